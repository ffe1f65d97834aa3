package bridge

import (
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// foreground gives the terminal to the process when it starts: it has its own group, which gets Ctrl-C.
func (p *Process) foreground() {
	if term.IsTerminal(os.Stdin.Fd()) {
		p.cmd.SysProcAttr.Foreground, p.cmd.SysProcAttr.Ctty = true, int(os.Stdin.Fd())
		p.restore = takeTerminal
	}
}

// takeTerminal takes the terminal back. A process that is not in the foreground is stopped for this, unless it ignores the
// signal.
func takeTerminal() {
	signal.Ignore(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(os.Stdin.Fd()), unix.TIOCSPGRP, unix.Getpgrp()) // the terminal may be closed
	signal.Reset(unix.SIGTTOU)
}
