package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
)

// errNoSSHBackdoor says how to get one.
var errNoSSHBackdoor = errors.New("no machine has an SSH backdoor: ask for it with create_machine(ssh_backdoor = True), or " +
	"enable_ssh_backdoor in the configuration; or use shell_interact() in the interactive mode")

// firstCID is the lowest number of a guest in the family AF_VSOCK (vsock(7)).
const firstCID = 3

// DumpSSH logs how the machines are reached over their SSH backdoor.
func (d *Driver) DumpSSH(ctx context.Context) error {
	commands, err := d.sshCommands(ctx)
	if err == nil {
		d.o.Log.Logf(ctx, report.Info, "The machines' SSH backdoors, while they run:\n%s", strings.Join(commands, "\n"))
	}
	return err
}

// sshCommands are the commands that reach the machines over their SSH backdoor, each behind the machine's name.
func (d *Driver) sshCommands(ctx context.Context) ([]string, error) {
	proxied := sshKnowsSockets(ctx)
	var list []string
	for _, m := range d.Machines() {
		d.mu.Lock()
		mc := d.described[m.Name()].MachineConfig
		d.mu.Unlock()
		target := ""
		if mc.SSHBackdoor {
			target = "vsock-mux/" + qemu.VsockSocket(m.StateDir())
		} else if p := d.containerSSH(m.Name()); p != "" {
			target = "unix/" + p
		} else {
			continue
		}
		command := []string{"ssh", "-o", "User=root"}
		if !proxied {
			self, err := os.Executable()
			if err != nil {
				return nil, err
			}
			command = append(command, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
				"-o", "ProxyCommand="+shellescape.Quote(self)+" ssh-proxy %h %p")
		}
		list = append(list, "    "+m.Name()+": "+shellescape.QuoteCommand(append(command, target)))
	}
	if len(list) == 0 {
		return nil, errNoSSHBackdoor
	}
	return list, nil
}

// containerSSH is the socket of the SSH server that a container with systemd 256 or later offers to its host, as the
// host finds it; empty when there is none.
func (d *Driver) containerSSH(name string) string {
	pid := d.sandbox.PID()
	if pid == 0 {
		return ""
	}
	p := filepath.Join(fmt.Sprintf("/proc/%d/root/run/systemd/nspawn/unix-export", pid), name, "ssh")
	if _, err := os.Stat(p); err != nil {
		return ""
	}
	return p
}

// sshKnowsSockets reports whether this host's ssh reaches the addresses of systemd-ssh-proxy(1).
func sshKnowsSockets(ctx context.Context) bool {
	out, err := exec.CommandContext(ctx, "ssh", "-G", "vsock-mux/x").Output()
	return err == nil && bytes.Contains(out, []byte("\nproxycommand "))
}
