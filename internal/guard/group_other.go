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

// Tether does nothing: only Linux has such a signal.
type Tether struct{}

// NewTether returns nil.
func NewTether(*exec.Cmd) (*Tether, error) { return nil, nil }

// Tie does nothing.
func (*Tether) Tie(*exec.Cmd) error { return nil }

// Close does nothing.
func (*Tether) Close() {}
