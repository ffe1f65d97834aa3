package vlan

import (
	"context"
	"os/exec"
)

// Guard starts the processes of networks, and of machines, in such a way that none of them outlives the run, even when the
// program is killed. Package driver has one and hands it on. A nil Guard starts processes that nobody ends then.
type Guard interface {
	// Command prepares a command in a process group of its own.
	Command(ctx context.Context, name string, args ...string) *exec.Cmd
	// Started says that a process group runs, Ended that it has ended.
	Started(pid int) error
	Ended(pid int) error
	// RunAtEnd has a shell command run after the end of all processes. It must be harmless when there is nothing to do.
	RunAtEnd(command string) error
}
