// Package attach lets a user attach to a run that has stopped without a terminal, as in a Nix sandbox. It offers the
// debugger's prompt on a Unix socket.
package attach

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/sibling"
	"github.com/gotest-driver/gotest-driver/internal/sockpath"
	"github.com/gotest-driver/gotest-driver/report"
)

// Hook is the debugger's front end on a socket. It implements debugger.Frontend.
type Hook struct {
	Context context.Context // of the run
	Report  *report.Log     // gets the message how to attach
	// Enter is a command that enters the run's sandbox, nixpkgs' attach script. Its argument is the number of seconds of a
	// process `sleep` in the sandbox. Empty: there is no sandbox.
	Enter string
	// Debugger takes breakpoints; set before the run.
	Debugger *debugger.Debugger

	dir      func() (string, error)
	listener net.Listener
	client   *editor // the attached client, nil: none
	guard    *guard.Guard
	sleeper  *exec.Cmd
}

// In says where the socket is made: dir returns the run's directory. It is called before the run's first stop.
func (h *Hook) In(dir func() (string, error)) { h.dir = dir }

// Stopped waits until a client attaches, and runs the prompt. The script continues when the client ends.
func (h *Hook) Stopped(s *debugger.Stop) debugger.Action {
	if h.client == nil {
		if err := h.wait(s); err != nil {
			if h.Context.Err() == nil {
				h.Report.Logf(h.Context, report.Error, "nobody can attach: %v", err)
			}
			return debugger.Quit
		}
	}
	front := &repl.Debug{Console: h.client.console(), Context: h.Context, Debugger: h.Debugger}
	action := front.Stopped(s)
	if h.client.gone() {
		h.leave()
		h.Report.Logf(h.Context, report.Info, "detached: the run continues")
	}
	return action
}

// Log writes the message of a breakpoint.
func (h *Hook) Log(_ report.Source, text string) {
	h.Report.Logf(h.Context, report.Info, "%s", report.CleanLines(text))
}

// wait reports how to attach and waits for a client.
func (h *Hook) wait(s *debugger.Stop) error {
	if err := h.listen(); err != nil {
		return err
	}
	h.announce(s)
	stop := context.AfterFunc(h.Context, func() { _ = h.listener.Close() })
	defer stop()
	conn, err := h.listener.Accept()
	if err != nil {
		return err
	}
	h.client = newEditor(h.Context, conn)
	return nil
}

// listen creates the socket, and the process by which the attach script finds the sandbox.
func (h *Hook) listen() (err error) {
	if h.listener != nil {
		return nil
	}
	dir, err := h.dir()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "debugger")
	if err := sockpath.Check(path, 0); err != nil {
		return err
	}
	_ = os.Remove(path) // the socket of an earlier run with kept state
	if h.listener, err = net.Listen("unix", path); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	if h.Enter == "" {
		return nil
	}
	h.guard = guard.New()
	h.sleeper = h.guard.Command(h.Context, "sleep", fmt.Sprint(999_999+rand.IntN(9_000_000)))
	bash, err := exec.LookPath("bash")
	if err != nil {
		return err
	}
	// The attach script takes the shell from the environment of the process that it finds.
	h.sleeper.Env = append(h.guard.Environ(os.Environ()), "bashInteractive="+bash)
	if err := h.sleeper.Start(); err != nil {
		h.sleeper = nil
		return err
	}
	return h.guard.Started(h.sleeper.Process.Pid)
}

// announce reports how to attach.
func (h *Hook) announce(s *debugger.Stop) {
	program, err := sibling.Find("gotest-driver") // this process is gotest-driver-tools, as which it continues
	if err != nil {
		program = "gotest-driver"
	}
	attach := shellescape.QuoteCommand([]string{program, "attach", h.listener.Addr().String()})
	lines := []string{fmt.Sprintf("Breakpoint reached (%s); the machines stay up. To open the debugger, run", s.Reason)}
	if h.sleeper != nil {
		lines = append(lines, "    sudo "+shellescape.QuoteCommand([]string{h.Enter, h.sleeper.Args[1]}), "and in the shell of the sandbox that it opens")
	}
	lines = append(lines, "    "+attach)
	h.Report.Logf(h.Context, report.Error, "%s", strings.Join(lines, "\n"))
}

func (h *Hook) leave() {
	h.client.close()
	h.client = nil
}

// Close ends the attached client and removes the socket, after the run.
func (h *Hook) Close() error {
	if h.client != nil {
		h.leave()
	}
	if h.listener != nil {
		_ = h.listener.Close()
	}
	if h.sleeper != nil {
		_ = h.sleeper.Process.Kill()
		_ = h.sleeper.Wait()
		_ = h.guard.Ended(h.sleeper.Process.Pid)
	}
	if h.guard != nil {
		return h.guard.Close()
	}
	return nil
}
