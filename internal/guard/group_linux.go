package guard

import (
	"os/exec"
	"syscall"
)

// dyingGroup puts a process into a group of its own and makes the kernel kill it with the driver (prctl(2),
// PR_SET_PDEATHSIG).
func dyingGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// AtDeath sets the signal that a command of the run gets when the driver has been killed and the guard too.
func AtDeath(cmd *exec.Cmd, s syscall.Signal) { cmd.SysProcAttr.Pdeathsig = s }
