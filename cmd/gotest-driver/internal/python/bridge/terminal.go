package bridge

import (
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// foreground gives the terminal to the process when it starts: it has a group of its own, and Ctrl-C is for that.
func (p *Process) foreground() {
	if term.IsTerminal(os.Stdin.Fd()) {
		p.cmd.SysProcAttr.Foreground, p.cmd.SysProcAttr.Ctty = true, int(os.Stdin.Fd())
		p.restore = takeTerminal
	}
}

// takeTerminal takes the terminal back. Who is not in the foreground is stopped for it, unless the signal is ignored.
func takeTerminal() {
	signal.Ignore(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(os.Stdin.Fd()), unix.TIOCSPGRP, unix.Getpgrp()) // the terminal may have gone
	signal.Reset(unix.SIGTTOU)
}
