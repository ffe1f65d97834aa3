package driver

import "errors"

// SSHCommands are the commands that reach the machines over their SSH backdoor.
func (d *Driver) SSHCommands() ([]string, error) {
	return nil, errors.New("the SSH backdoor is not enabled: set enable_ssh_backdoor in the configuration (sshBackdoor.enable in a NixOS test)")
}
