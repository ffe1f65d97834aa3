// Package guard makes sure that no process and no file of a run outlives the driver, even when the driver is
// killed with SIGKILL: a small shell process waits for the end of the driver, whatever its cause, and then
// cleans up. A normal end uses the same clean-up, so there is only one way.
package guard

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

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

// Guard is the process that cleans up. It is started before the first process or directory that it has to clean up.
// Its methods may be called concurrently. Those of a nil Guard start processes and clean up nothing.
type Guard struct {
	id string

	mu     sync.Mutex
	cmd    *exec.Cmd // nil: not started
	in     io.WriteCloser
	closed bool
}

// New returns a guard that is not started yet. The caller calls Close.
func New() *Guard { return &Guard{id: rand.Text()} }

// start starts the guard unless it runs. The caller holds g.mu.
func (g *Guard) start() error {
	if g.closed {
		return errors.New("the run is over, and its clean-up done")
	}
	if g.cmd != nil {
		return nil
	}
	cmd := exec.Command("/bin/sh", "-c", script, "gotest-driver-guard", g.id)
	cmd.Dir = "/"
	cmd.SysProcAttr = ownGroup()
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("the process that cleans up after a killed driver can't be started: %w", err)
	}
	g.cmd, g.in = cmd, in
	return nil
}

// Environ returns the environment for the processes of the run: env and the mark.
func (g *Guard) Environ(env []string) []string {
	if g == nil {
		return env
	}
	return append(env[:len(env):len(env)], Env+"="+g.id)
}

// order writes a line to the guard. The guard reads it however the driver ends, even if the guard has not started yet, so
// there is no need to wait.
func (g *Guard) order(format string, args ...any) error {
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
	if _, err := io.WriteString(g.in, line+"\n"); err != nil {
		return fmt.Errorf("the clean-up process has ended: %w", err)
	}
	return nil
}

// Command prepares a command of the run: in its own process group, with the mark in its environment. The guard runs
// before it does; where that fails, so does the start of the command.
func (g *Guard) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = g.Environ(os.Environ())
	cmd.SysProcAttr = ownGroup()
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
func (g *Guard) Started(pid int) error { return g.order("group %d", pid) }

// Ended removes a process group that has ended, because its number may be used again.
func (g *Guard) Ended(pid int) error { return g.order("ungroup %d", pid) }

// RemoveDir makes the guard remove a directory at the end. A path with a newline is an error.
func (g *Guard) RemoveDir(dir string) error { return g.order("dir %s", dir) }

// KeepDir undoes RemoveDir.
func (g *Guard) KeepDir(dir string) error { return g.order("keep %s", dir) }

// RunAtEnd makes the guard run a shell command at the end, after it has killed the processes, for example to remove a
// mount or a network device. The command must be harmless when there is nothing left to do.
func (g *Guard) RunAtEnd(command string) error { return g.order("run %s", command) }

// Close ends all remaining processes of the run, removes the directories, and waits until that is done.
func (g *Guard) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.cmd == nil {
		return nil
	}
	g.in.Close()
	return g.cmd.Wait()
}
