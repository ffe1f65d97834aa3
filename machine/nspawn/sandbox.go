package nspawn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/vlan"
)

func quote(s string) string { return shellescape.Quote(s) }

// Sandbox is a mount and a network namespace of one run, in which its containers are started. The mounts, bridges and
// cards that start scripts and the driver make there do not meet those of other runs, and end with the namespaces. The
// sandbox is made when the first container starts.
type Sandbox struct {
	guard vlan.Guard

	mu     sync.Mutex
	holder *exec.Cmd // keeps the namespaces
	stdin  io.WriteCloser
	closed bool

	bridgeMu sync.Mutex
	bridges  map[int]*plug // of the networks to which start scripts attach containers
}

// NewSandbox returns a sandbox that is not made yet. The guard, which may be nil, cleans up when the driver is killed. The
// caller calls Close.
func NewSandbox(g vlan.Guard) *Sandbox {
	return &Sandbox{guard: cmp.Or[vlan.Guard](g, (*guard.Guard)(nil)), bridges: map[int]*plug{}}
}

// prepare runs in the new namespaces. A build sandbox of Nix may lack some directories and files that systemd-nspawn
// needs.
const prepare = `set -e
ip link set lo up
for d in netns nixos-nspawn systemd/nspawn; do mkdir -p /run/$d; mount -t tmpfs -o mode=755 tmpfs /run/$d; done
if ! grep -q ' cgroup2 ' /proc/self/mounts; then
  mkdir -p /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup || { echo "the control groups (cgroup2) are not mounted and can't be" >&2; exit 1; }
fi
for f in /etc/os-release /etc/machine-id; do [ -e $f ] || : > $f; done
echo ready
exec cat > /dev/null`

// open makes the namespaces unless they exist.
func (s *Sandbox) open(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the run is over")
	}
	if s.holder != nil {
		return nil
	}
	cmd := s.guard.Command(context.Background(), "unshare", "--mount", "--net", "--propagation", "private", "--", "sh", "-c", prepare)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("containers need namespaces of their own: %w", err)
	}
	if err := s.guard.Started(cmd.Process.Pid); err != nil {
		return errors.Join(err, guard.KillGroup(cmd.Process.Pid))
	}
	stop := context.AfterFunc(ctx, func() { _ = guard.KillGroup(cmd.Process.Pid) })
	defer stop()
	answer := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(stdout, answer); err != nil {
		stdin.Close()
		werr := cmd.Wait()
		_ = s.guard.Ended(cmd.Process.Pid)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("containers need a mount and a network namespace of their own, which can't be made here: %s (%v)", strings.TrimSpace(stderr.String()), werr)
	}
	s.holder, s.stdin = cmd, stdin
	return nil
}

// pid returns the process whose namespaces the containers of the run are started in, 0 when there are none.
func (s *Sandbox) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == nil {
		return 0
	}
	return s.holder.Process.Pid
}

// enter returns the words in front of a command that runs in the sandbox.
func (s *Sandbox) enter() []string {
	return []string{"nsenter", "--target", strconv.Itoa(s.pid()), "--mount", "--net", "--"}
}

// path returns the host's path of a file in the sandbox.
func (s *Sandbox) path(p string) string {
	return filepath.Join("/proc", strconv.Itoa(s.pid()), "root", p)
}

// command prepares a command in the sandbox.
func (s *Sandbox) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(s.enter(), args...)
	return s.guard.Command(ctx, args[0], args[1:]...)
}

// run runs a command in the sandbox; its error has the command's output.
func (s *Sandbox) run(ctx context.Context, args ...string) error {
	out, err := s.command(ctx, args...).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return err
}

// Close releases the namespaces.
func (s *Sandbox) Close() error {
	var errs []error
	s.bridgeMu.Lock()
	for _, p := range s.bridges {
		errs = append(errs, p.Close())
	}
	s.bridges = map[int]*plug{}
	s.bridgeMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.holder == nil {
		return errors.Join(errs...)
	}
	s.stdin.Close()
	errs = append(errs, guard.KillGroup(s.holder.Process.Pid))
	_ = s.holder.Wait() // it was killed
	errs = append(errs, s.guard.Ended(s.holder.Process.Pid))
	s.holder = nil
	return errors.Join(errs...)
}
