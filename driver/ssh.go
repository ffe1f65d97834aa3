package driver

import "errors"

// errNoSSHBackdoor says what to use instead.
var errNoSSHBackdoor = errors.New("the SSH backdoor is not available: use shell_interact() in the interactive mode")

// SSHCommands are the commands that reach the machines over their SSH backdoor; there is none in this version.
func (d *Driver) SSHCommands() ([]string, error) { return nil, errNoSSHBackdoor }
