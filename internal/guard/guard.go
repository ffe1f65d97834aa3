// Package guard makes sure that no process and no file of a run outlives the driver, even when the driver is
// killed with SIGKILL: a small shell process waits for the end of the driver, whatever its cause, and then
// cleans up. A normal end uses the same clean-up, so there is only one way.
package guard

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// Env is the environment variable that marks every process of a run.
const Env = "GOTEST_DRIVER_RUN"

// script reads orders until its input ends, which happens when the driver ends. It finds a process that has left its
// group (setsid) by the mark in its environment. $1 is the mark.
const script = `trap '' INT TERM HUP QUIT
groups= dirs= hooks=
nl='
'
while IFS= read -r line; do
  case $line in
    "group "*) groups="$groups ${line#group }" ;;
    "ungroup "*) new=; for g in $groups; do [ "$g" = "${line#ungroup }" ] || new="$new $g"; done; groups=$new ;;
    "dir "*) dirs="$dirs${line#dir }$nl" ;;
    "keep "*) new=; IFS=$nl; for d in $dirs; do [ "$d" = "${line#keep }" ] || new="$new$d$nl"; done; dirs=$new; unset IFS ;;
    "run "*) hooks="$hooks${line#run }$nl" ;;
  esac
done
marked() { grep -lsaF "` + Env + `=$1" /proc/[0-9]*/environ 2>/dev/null; }
for g in $groups; do kill -9 -- "-$g" 2>/dev/null; done
n=0
while [ $n -lt 200 ]; do
  n=$((n + 1)); left=
  for e in $(marked "$1"); do p=${e#/proc/}; kill -9 "${p%/environ}" 2>/dev/null && left=1; done
  [ -n "$left" ] || break
  sleep 0.05
done
set -f
IFS=$nl
for h in $hooks; do sh -c "$h" >/dev/null 2>&1; done
for d in $dirs; do rm -rf -- "$d"; done
exit 0
`

// Guard is the process that cleans up. It is started before the first process or directory that it has to clean up, and
// again when it has ended too early. Its methods may be called concurrently. Those of a nil Guard start processes and
// clean up nothing.
type Guard struct {
	id string

	mu     sync.Mutex
	p      *process // nil: not started, or ended too early
	groups []int
	dirs   []string
	hooks  []string
	used   bool // it has been started once
	closed bool
}

// process is a running guard.
type process struct {
	cmd   *exec.Cmd
	in    *os.File
	start time.Time
	done  chan struct{} // closed when it has ended and err is set
	err   error
}

// New returns a guard that is not started yet. The caller calls Close.
func New() *Guard { return &Guard{id: rand.Text()} }

// start starts the guard unless it runs, with the orders so far. The caller holds g.mu.
func (g *Guard) start() error {
	if g.closed {
		return errors.New("the run is over, and its clean-up done")
	}
	if g.p != nil {
		return nil
	}
	p, err := g.launch()
	if err != nil {
		return fmt.Errorf("the process that cleans up after a killed driver can't be started: %w", err)
	}
	g.p, g.used = p, true
	go g.watch(p)
	return nil
}

// launch starts a process and gives it the orders so far.
func (g *Guard) launch() (*process, error) {
	cmd := exec.Command("/bin/sh", "-c", script, "gotest-driver-guard", g.id)
	cmd.Dir = "/"
	cmd.SysProcAttr = ownGroup()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdin = r
	err = cmd.Start()
	r.Close()
	if err != nil {
		w.Close()
		return nil, err
	}
	p := &process{cmd: cmd, in: w, start: time.Now(), done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	var all strings.Builder
	for _, x := range g.groups {
		fmt.Fprintf(&all, "group %d\n", x)
	}
	for _, x := range g.dirs {
		fmt.Fprintf(&all, "dir %s\n", x)
	}
	for _, x := range g.hooks {
		fmt.Fprintf(&all, "run %s\n", x)
	}
	if err := p.write(all.String()); err != nil {
		w.Close()
		return nil, err
	}
	return p, nil
}

// writeTimeout bounds the wait for a guard that does not read, because somebody has stopped it.
const writeTimeout = 2 * time.Second

// write writes orders. The guard reads them however the driver ends, even if it has not started yet, so there is no need
// to wait.
func (p *process) write(orders string) error {
	_ = p.in.SetWriteDeadline(time.Now().Add(writeTimeout)) // pipes have deadlines
	_, err := p.in.WriteString(orders)
	if err != nil {
		_ = KillGroup(p.cmd.Process.Pid)
	}
	return err
}

// watch starts another guard when one has ended although the run goes on. One that ends at once is not replaced before
// the next order.
func (g *Guard) watch(p *process) {
	<-p.done
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.p != p || g.closed {
		return
	}
	g.p = nil
	p.in.Close()
	if time.Since(p.start) > time.Second {
		_ = g.start() // the next order tries again, and reports an error
	}
}

// Environ returns the environment for the processes of the run: env and the mark.
func (g *Guard) Environ(env []string) []string {
	if g == nil {
		return env
	}
	return append(env[:len(env):len(env)], Env+"="+g.id)
}

// order writes a line to the guard, after keep has noted it for the next one.
func (g *Guard) order(keep func(), format string, args ...any) error {
	if g == nil {
		return nil
	}
	line := fmt.Sprintf(format, args...)
	if strings.ContainsRune(line, '\n') {
		return fmt.Errorf("a path with a line end in it can't be cleaned up: %q; %s", line, sockpath.Elsewhere)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.start(); err != nil {
		return err
	}
	keep()
	if g.p.write(line+"\n") == nil {
		return nil
	}
	g.p.in.Close()
	g.p = nil
	return g.start() // which gets this order with all others
}

// Command prepares a command of the run: in its own process group, with the mark in its environment. The guard runs
// before it does; where that fails, so does the start of the command. On Linux it dies with the driver, even if the guard
// has been killed too.
func (g *Guard) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = g.Environ(os.Environ())
	cmd.SysProcAttr = dyingGroup()
	cmd.Cancel = func() error { return KillGroup(cmd.Process.Pid) }
	if g != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		if err := g.start(); err != nil {
			cmd.Err = err
		}
	}
	return cmd
}

// Started adds a process group to those that the guard ends.
func (g *Guard) Started(pid int) error {
	return g.order(func() { g.groups = append(g.groups, pid) }, "group %d", pid)
}

// Ended removes a process group that has ended, because its number may be used again.
func (g *Guard) Ended(pid int) error {
	return g.order(func() { g.groups = without(g.groups, pid) }, "ungroup %d", pid)
}

// RemoveDir makes the guard remove a directory at the end. A path with a newline is an error.
func (g *Guard) RemoveDir(dir string) error {
	return g.order(func() { g.dirs = append(g.dirs, dir) }, "dir %s", dir)
}

// KeepDir undoes RemoveDir.
func (g *Guard) KeepDir(dir string) error {
	return g.order(func() { g.dirs = without(g.dirs, dir) }, "keep %s", dir)
}

// RunAtEnd makes the guard run a shell command at the end, after it has killed the processes, for example to remove a
// mount or a network device. The command must be harmless when there is nothing left to do.
func (g *Guard) RunAtEnd(command string) error {
	return g.order(func() { g.hooks = append(g.hooks, command) }, "run %s", command)
}

func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(list, func(x T) bool { return x == gone })
}

// cleanUpTimeout bounds the work of a guard at the end.
const cleanUpTimeout = time.Minute

// Close ends all remaining processes of the run, removes the directories, and waits until that is done. When the guard is
// killed meanwhile, or has not finished after cleanUpTimeout, another one does it.
func (g *Guard) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || !g.used {
		g.closed = true
		return nil
	}
	g.closed = true
	p := g.p
	var err error
	for range 2 {
		if p == nil {
			if p, err = g.launch(); err != nil {
				continue
			}
		}
		if err = p.finish(); err == nil {
			return nil
		}
		p = nil
	}
	return fmt.Errorf("the clean-up of the run was not completed, so that something may be left in %s: %w", strings.Join(g.dirs, ", "), err)
}

// finish makes a guard clean up, and waits for it.
func (p *process) finish() error {
	p.in.Close()
	_ = syscall.Kill(p.cmd.Process.Pid, syscall.SIGCONT) // somebody may have stopped it
	limit := time.NewTimer(cleanUpTimeout)
	defer limit.Stop()
	select {
	case <-p.done:
		return p.err
	case <-limit.C:
		err := KillGroup(p.cmd.Process.Pid)
		<-p.done
		return errors.Join(fmt.Errorf("it took longer than %s", cleanUpTimeout), err)
	}
}
