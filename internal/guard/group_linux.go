package guard

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// dyingGroup puts a process into a group of its own and makes the kernel kill it with the driver (prctl(2),
// PR_SET_PDEATHSIG).
func dyingGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// AtDeath sets the signal that a command of the run gets when the driver has been killed and the guard too.
func AtDeath(cmd *exec.Cmd, s syscall.Signal) { cmd.SysProcAttr.Pdeathsig = s }

// Tether makes the kernel kill a command's process group when the driver has ended. Unlike Guard.Command alone, it
// also kills a process that changes its user: the kernel then forgets PR_SET_PDEATHSIG. The methods of a nil Tether do nothing.
type Tether struct{ held, given *os.File }

// NewTether gives a command that is not started yet the end of a pipe. The caller calls Tie after the start, and Close when
// the command has ended.
func NewTether(cmd *exec.Cmd) (*Tether, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	return &Tether{held: w, given: r}, nil
}

// Tie has the kernel send SIGKILL to the group when nobody has the driver's end of the pipe any more (fcntl(2), F_SETSIG).
func (t *Tether) Tie(cmd *exec.Cmd) error {
	if t == nil {
		return nil
	}
	defer t.given.Close()
	for _, c := range []struct{ request, value int }{
		{unix.F_SETSIG, int(unix.SIGKILL)}, {unix.F_SETOWN, -cmd.Process.Pid}, {unix.F_SETFL, unix.O_ASYNC},
	} {
		if _, err := unix.FcntlInt(t.given.Fd(), c.request, c.value); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}

// Close ends the tether: what is left of the group is killed.
func (t *Tether) Close() {
	if t != nil {
		t.given.Close()
		t.held.Close()
	}
}
