package vlan

import (
	"context"
	"os/exec"
)

// Guard starts the processes of a run, here and in the packages below machine, in such a way that none of them outlives
// the run, even when the program is killed. Package driver has one for its machines and networks. Where a nil Guard is
// given, processes are started without: nobody ends them when the program is killed.
type Guard interface {
	// Command prepares a command in a process group of its own.
	Command(ctx context.Context, name string, args ...string) *exec.Cmd
	// Started says that a process group runs, Ended that it has ended.
	Started(pid int) error
	Ended(pid int) error
	// RunAtEnd has a shell command run after the end of all processes. It must be harmless when there is nothing to do.
	RunAtEnd(command string) error
}
