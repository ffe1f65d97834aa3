package driver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// nspawnType makes systemd-nspawn containers from a start script or a root directory.
var nspawnType = BackendType{
	Name: "nspawn",
	Owns: func(mc MachineConfig) bool {
		return mc.IsContainer || mc.Container != "" || isContainerScript(mc.StartScript)
	},
	Open: func(g vlan.Guard) Maker { return nspawnMaker{nspawn.NewSandbox(g)} },
}

// isContainerScript reports whether a start command runs a container, by the name that nixpkgs gives it.
func isContainerScript(command string) bool {
	return config.MachineName(command) != "" && strings.HasSuffix(strings.Fields(command)[0], "-nspawn")
}

// nspawnMaker makes containers in one sandbox.
type nspawnMaker struct{ sandbox *nspawn.Sandbox }

// Close releases the sandbox.
func (n nspawnMaker) Close() error { return n.sandbox.Close() }

// Make makes the backend of a container.
func (n nspawnMaker) Make(ctx context.Context, e *Environment) (machine.Backend, error) {
	mc := e.Config
	if err := nspawn.Check(mc.StartScript == ""); err != nil {
		return nil, err
	}
	for option, set := range map[string]bool{"arch": mc.Arch != "", "cmdline": mc.Cmdline != "", "initrd": mc.Initrd != "", "memory": mc.Memory != 0,
		"cores": mc.Cores != 0, "qemu_options": len(mc.QEMUOptions) > 0, "efi": mc.EFI, "ssh_backdoor": mc.SSHBackdoor,
		"keyboard layout": mc.Keyboard != "", "internet": mc.Internet, "disk_faults": mc.DiskFaults, "date": !mc.Date.IsZero()} {
		if set {
			return nil, fmt.Errorf("a container has no %s: that is for QEMU machines", option)
		}
	}
	b := &nspawn.Backend{StartScript: mc.StartScript, Sandbox: n.sandbox, OnFatal: e.Fatal}
	if mc.StartScript != "" {
		if len(mc.VLANs) > 0 {
			return nil, errors.New("the networks of a container with a start script are in that script: leave out vlans")
		}
		if err := e.NeedSwitches(); err != nil {
			return nil, err
		}
		b.NICs = func() (nics []nspawn.NIC) {
			for nr, socket := range e.Switches() {
				nics = append(nics, nspawn.NIC{VLAN: nr, Socket: socket})
			}
			return nics
		}
		return b, nil
	}
	if len(mc.VLANs) > 0 {
		if err := e.NeedSwitches(); err != nil {
			return nil, err
		}
	}
	var err error
	if b.Root, err = containerRoot(ctx, e); err != nil {
		return nil, err
	}
	e.Announce()
	b.NICs = func() (nics []nspawn.NIC) {
		for _, c := range e.Cards() {
			nics = append(nics, nspawn.NIC{VLAN: c.VLAN, MAC: c.MAC, Socket: c.Switch, Address: c.Address})
		}
		return nics
	}
	b.Hosts = e.Hosts
	return b, nil
}

// containerRoot returns the root directory that container= names: a path, or a built-in container.
func containerRoot(ctx context.Context, e *Environment) (string, error) {
	name := e.Config.Container
	if strings.ContainsRune(name, filepath.Separator) {
		return filepath.Clean(e.Path(name)), nil
	}
	img, err := e.Guest(ctx, name)
	if err != nil {
		return "", err
	}
	if img.Root == "" {
		return "", fmt.Errorf("the guest %q is a VM: use guest = %q", name, name)
	}
	return img.Root, nil
}
