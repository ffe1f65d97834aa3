package nspawn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/creack/pty"

	"github.com/gotest-driver/gotest-driver/machine"
)

var _ machine.TerminalOpener = (*instance)(nil)

// openTerminal starts a login shell on its standard input. With a session and a controlling terminal of its own the
// shell has job control; script provides one whose name is known in the container. Processes that a shell starts in the
// background ignore SIGINT, and so would the programs of this one. %[1]s sets $term.
const openTerminal = `%[1]s
cd; export TERM=${term:-xterm}
d=
env --default-signal=INT,QUIT true 2>/dev/null && d='env --default-signal=INT,QUIT'
export PS1='\u@\h:\w\$ '
if type script >/dev/null 2>&1; then exec setsid -c $d script -qc 'bash -l' /dev/null; fi
exec setsid -c $d bash -l`

// terminal is a pseudo-terminal of the host, with a shell in the container on its other side.
type terminal struct{ pty *os.File }

// OpenTerminal starts a login shell on a new terminal.
func (i *instance) OpenTerminal(ctx context.Context, o machine.TerminalOptions) (machine.Terminal, error) {
	p, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: no terminal can be had: %w", i.o.Name, err)
	}
	defer tty.Close()
	t := &terminal{p}
	err = t.Resize(ctx, o.Columns, o.Rows)
	if err == nil {
		script := fmt.Sprintf(openTerminal, machine.KnownTerm(o.Term))
		cmd := i.enter(context.WithoutCancel(ctx), inBackground("exec bash -c "+shellescape.Quote(script)))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		err = i.startShell(cmd)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: the terminal's shell can't be started: %w", i.o.Name, err), p.Close())
	}
	return t, nil
}

// Read returns the container's output. The end of the shell is io.EOF.
func (t *terminal) Read(b []byte) (int, error) {
	n, err := t.pty.Read(b)
	if errors.Is(err, syscall.EIO) { // no process has the other side open
		err = io.EOF
	}
	return n, err
}

// Write types.
func (t *terminal) Write(b []byte) (int, error) { return t.pty.Write(b) }

// Resize sets the size; the kernel signals it to the programs.
func (t *terminal) Resize(_ context.Context, columns, rows int) error {
	return pty.Setsize(t.pty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
}

// StopReading ends the current Read.
func (t *terminal) StopReading() { _ = t.pty.SetReadDeadline(time.Unix(1, 0)) }

// Close hangs up, which ends the programs on the terminal.
func (t *terminal) Close() error { return t.pty.Close() }
