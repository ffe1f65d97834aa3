//go:build !linux

package guard

import (
	"os/exec"
	"syscall"
)

// dyingGroup puts a process into a group of its own.
func dyingGroup() *syscall.SysProcAttr { return ownGroup() }

// AtDeath does nothing: only Linux has such a signal.
func AtDeath(*exec.Cmd, syscall.Signal) {}
