package driver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// isContainerScript reports whether a start command runs a container, by the name that nixpkgs gives it.
func isContainerScript(command string) bool {
	return config.MachineName(command) != "" && strings.HasSuffix(strings.Fields(command)[0], "-nspawn")
}

// container makes the backend of a container.
func (d *Driver) container(ctx context.Context, mc MachineConfig, number int) (machine.Backend, error) {
	if err := nspawn.Check(mc.StartScript == ""); err != nil {
		return nil, err
	}
	for option, set := range map[string]bool{"cmdline": mc.Cmdline != "", "initrd": mc.Initrd != "", "memory": mc.Memory != 0,
		"cores": mc.Cores != 0, "qemu_options": len(mc.QEMUOptions) > 0, "efi": mc.EFI, "ssh_backdoor": mc.SSHBackdoor} {
		if set {
			return nil, fmt.Errorf("a container has no %s: that is for QEMU machines", option)
		}
	}
	b := &nspawn.Backend{StartScript: mc.StartScript, Sandbox: d.sandbox, OnFatal: d.o.OnFatal}
	if mc.StartScript != "" {
		if len(mc.VLANs) > 0 {
			return nil, errors.New("the networks of a container with a start script are in that script: leave out vlans")
		}
		b.NICs = func() (nics []nspawn.NIC, _ error) {
			for _, n := range d.VLANs() {
				nics = append(nics, nspawn.NIC{VLAN: n.Nr, Socket: n.Dir()})
			}
			return nics, nil
		}
		return b, nil
	}
	root, err := d.containerRoot(ctx, mc.Container)
	if err != nil {
		return nil, err
	}
	b.Root = func() (string, error) { return root, nil }
	for _, nr := range mc.VLANs {
		if _, err := d.VLAN(ctx, nr); err != nil {
			return nil, err
		}
	}
	d.mu.Lock()
	d.onVLANs[mc.Name] = mc.VLANs
	d.mu.Unlock()
	b.NICs = func() (nics []nspawn.NIC, _ error) {
		for _, nr := range mc.VLANs {
			n, err := d.VLAN(context.Background(), nr)
			if err != nil {
				return nil, err
			}
			nics = append(nics, nspawn.NIC{VLAN: nr, MAC: qemu.MAC(mc.Name, number, nr), Socket: n.Socket(mc.Name),
				Address: netip.PrefixFrom(Address(nr, number), 24)})
		}
		return nics, nil
	}
	b.Hosts = func() map[string]netip.Addr { return d.words(mc.Name, nil).Hosts }
	return b, nil
}

// containerRoot is the root directory that container= names: a path, or a built-in container.
func (d *Driver) containerRoot(ctx context.Context, name string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return filepath.Clean(d.path(name)), nil
	}
	img, err := d.ensureGuest(ctx, name)
	if err != nil {
		return "", err
	}
	if img.Root == "" {
		return "", fmt.Errorf("the guest %q is a VM: use guest = %q", name, name)
	}
	return img.Root, nil
}
