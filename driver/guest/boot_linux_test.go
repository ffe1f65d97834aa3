package guest

import (
	"os/exec"
	"syscall"
)

// endWithTest makes a process end with the test program, also when that one runs into its time limit.
func endWithTest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
