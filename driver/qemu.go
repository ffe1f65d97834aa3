package driver

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// qemuType makes machines under QEMU from a start command, a guest or an image.
var qemuType = BackendType{
	Name: "qemu",
	Owns: func(mc MachineConfig) bool {
		return mc.StartScript != "" || mc.Guest != "" || mc.HasImage() || mc.Kernel != ""
	},
	Open: func(g vlan.Guard) Maker { return qemuMaker{g} },
}

type qemuMaker struct{ guard vlan.Guard }

// Close does nothing: machines under QEMU share nothing.
func (qemuMaker) Close() error { return nil }

// Make makes the backend of a machine.
func (q qemuMaker) Make(ctx context.Context, e *Environment) (machine.Backend, error) {
	b := &qemu.Backend{Guard: q.guard, StartCommand: e.Config.StartScript, Switches: e.Switches, Name: e.Config.Name, Seed: e.d.o.Seed, Date: e.Config.Date}
	b.Logf = func(format string, args ...any) {
		e.d.o.Log.Emit(context.Background(), report.Event{Kind: report.Message, Machine: e.Config.Name, Level: report.Warning, Text: fmt.Sprintf(format, args...)})
	}
	if e.Config.SSHBackdoor {
		program, err := qemu.FindVsock()
		if err != nil {
			return nil, err
		}
		b.Vsock = &qemu.Vsock{Program: program, CID: firstCID + e.Number - 1}
	}
	if e.Config.StartScript != "" {
		if err := e.NeedSwitches(); err != nil {
			return nil, err
		}
		e.JoinAll()
		e.fingerprint = func(state string) (string, error) { return b.Fingerprint(qemu.Spec{}, state, e.Config.Name) }
		return b, nil
	}
	spec, err := qemuSpec(ctx, e)
	if err != nil {
		return nil, err
	}
	if _, err := spec(true).Command(); err != nil {
		return nil, err
	}
	b.Spec = func() qemu.Spec { return spec(true) }
	e.fingerprint = func(state string) (string, error) { return b.Fingerprint(spec(false), state, e.Config.Name) }
	return b, nil
}

// qemuSpec returns a function that describes the machine of a guest or an image when it starts: as its own, or as any of the
// machines that can become it by another identity.
func qemuSpec(ctx context.Context, e *Environment) (func(own bool) qemu.Spec, error) {
	mc := e.Config
	s := qemu.Spec{
		Arch: mc.Arch, Image: e.Path(mc.Image), Kernel: e.Path(mc.Kernel), Initrd: e.Path(mc.Initrd), Cmdline: mc.Cmdline,
		Memory: mc.Memory, Cores: mc.Cores, EFI: mc.EFI, Options: mc.QEMUOptions, SharedDir: e.SharedDir(),
		SharedMemory: mc.SSHBackdoor, Internet: mc.Internet, ServeDisk: mc.DiskFaults, RunAs: e.d.user.Load().options,
	}
	if why := e.d.user.Load().why; why != "" {
		e.d.stays.Do(func() { e.d.o.Log.Logf(ctx, report.Info, "QEMU runs as root, %s", why) })
	}
	entry, err := stockEntry(ctx, e, &s)
	if err != nil {
		return nil, err
	}
	words := func(bool) []string { return nil } // further ones for the kernel command line
	if mc.Guest != "" {
		img, err := e.Guest(ctx, mc.Guest)
		if err != nil {
			return nil, err
		}
		if img.Root != "" {
			return nil, fmt.Errorf("the guest %q is a container: use container = %q", mc.Guest, mc.Guest)
		}
		e.Announce()
		s.Arch, s.Image, s.Kernel, s.Initrd = img.Arch, img.Disk, img.Kernel, img.Initrd
		if mc.EFI && img.KernelEFI != "" {
			s.Kernel = img.KernelEFI
		}
		s.Memory, s.Cores = cmp.Or(mc.Memory, img.Memory), cmp.Or(mc.Cores, img.Cores)
		words = func(own bool) []string {
			if !own {
				return img.Cmdline
			}
			return slices.Concat(img.Cmdline, guestWords(e).Cmdline())
		}
	}
	return func(own bool) qemu.Spec {
		s := s
		for _, c := range e.Cards() {
			if mc.Guest != "" && !own {
				c.MAC = ""
			}
			s.VLANs = append(s.VLANs, qemu.NIC{VLAN: c.VLAN, MAC: c.MAC, Socket: c.Switch, Hub: c.Hub})
		}
		s.Cmdline = strings.Join(append(words(own), s.Cmdline), " ")
		if entry != nil {
			s.Entry = entry()
		}
		return s
	}, nil
}

// guestWords returns the kernel words for a built-in guest: its name, its addresses, and the names of all machines.
func guestWords(e *Environment) guest.Words {
	w := guest.Words{Hostname: e.Config.Name, Hosts: e.Hosts()}
	for i, c := range e.Cards() {
		mac, _ := net.ParseMAC(c.MAC) // the driver has made the address, so it is valid
		w.Cards = append(w.Cards, guest.Card{Name: guest.CardName(i), MAC: mac, Address: c.Address})
	}
	return w
}

// backdoors reports whether the configuration's machines should have an SSH backdoor, and can.
func (d *Driver) backdoors(ctx context.Context) bool {
	if !d.o.Config.EnableSSHBackdoor {
		return false
	}
	_, err := qemu.FindVsock()
	if err != nil {
		d.o.Log.Logf(ctx, report.Warning, "%v", err)
	}
	return err == nil
}
