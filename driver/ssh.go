package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// errNoSSHBackdoor says how to get an SSH backdoor.
var errNoSSHBackdoor = errors.New("no machine has an SSH backdoor: ask for it with create_machine(ssh_backdoor = True), or " +
	"enable_ssh_backdoor in the configuration; or use shell_interact() in the interactive mode")

// firstCID is the lowest number of a guest in the address family AF_VSOCK (vsock(7)).
const firstCID = 3

// DumpSSH logs the commands that reach the machines through their SSH backdoors, or that there is none.
func (d *Driver) DumpSSH(ctx context.Context) error {
	commands, err := d.sshCommands(ctx)
	switch {
	case errors.Is(err, errNoSSHBackdoor):
		d.o.Log.Logf(ctx, report.Warning, "%v", err)
		return nil
	case err == nil:
		d.o.Log.Logf(ctx, report.Info, "The machines' SSH backdoors, while they run:\n%s", strings.Join(commands, "\n"))
	}
	return err
}

// sshCommands returns the commands that reach the machines through their SSH backdoors, each after the machine's name.
func (d *Driver) sshCommands(ctx context.Context) ([]string, error) {
	var list []string
	for _, m := range d.Machines() {
		if m.SSHAddress() == "" {
			continue
		}
		command, err := d.SSHCommand(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, "    "+m.Name()+": "+command)
	}
	if len(list) == 0 {
		return nil, errNoSSHBackdoor
	}
	return list, nil
}

// SSHCommand returns the shell command that reaches a machine through its SSH backdoor. It is an error when it has none.
func (d *Driver) SSHCommand(ctx context.Context, m *machine.Machine) (string, error) {
	target := m.SSHAddress()
	if target == "" {
		return "", fmt.Errorf("%s has no SSH backdoor: ask for it with create_machine(ssh_backdoor = True), or enable_ssh_backdoor "+
			"in the configuration", m.Name())
	}
	command := []string{"ssh", "-o", "User=root"}
	if !sshKnowsSockets(ctx) {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		command = append(command, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
			"-o", "ProxyCommand="+shellescape.Quote(self)+" ssh-proxy %h %p")
	}
	return shellescape.QuoteCommand(append(command, target)), nil
}

// sshKnowsSockets reports whether this host's ssh supports the addresses of systemd-ssh-proxy(1).
func sshKnowsSockets(ctx context.Context) bool {
	out, err := exec.CommandContext(ctx, "ssh", "-G", "vsock-mux/x").Output()
	return err == nil && bytes.Contains(out, []byte("\nproxycommand "))
}
