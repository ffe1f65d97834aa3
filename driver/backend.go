package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
)

// backend makes the backend that a description asks for.
func (d *Driver) backend(ctx context.Context, mc MachineConfig, number int) (machine.Backend, error) {
	described := 0
	for _, set := range []bool{mc.StartScript != "", mc.Guest != "", mc.Image != "" || mc.Kernel != "", mc.Container != "" && mc.StartScript == ""} {
		if set {
			described++
		}
	}
	if described != 1 {
		return nil, errors.New("describe it in one way: a start command, a guest, an image and/or a kernel, or a container")
	}
	if mc.IsContainer || mc.Container != "" || isContainerScript(mc.StartScript) {
		return d.container(ctx, mc, number)
	}
	b := &qemu.Backend{Guard: d.guard, StartCommand: mc.StartScript, Switches: func() map[int]string { return d.switches(mc.Name) }}
	if mc.SSHBackdoor {
		program, err := qemu.FindVsock()
		if err != nil {
			return nil, err
		}
		b.Vsock = &qemu.Vsock{Program: program, CID: firstCID + number - 1}
	}
	if mc.StartScript != "" {
		return b, nil
	}
	spec, words, err := d.spec(ctx, mc, number)
	if err != nil {
		return nil, err
	}
	if _, err := spec.Command(); err != nil {
		return nil, err
	}
	b.Spec = func() (qemu.Spec, error) {
		s := spec
		s.VLANs = slices.Clone(spec.VLANs)
		for i, n := range s.VLANs {
			network, err := d.VLAN(context.Background(), n.VLAN)
			if err != nil {
				return s, err
			}
			s.VLANs[i].Socket = network.Socket(mc.Name)
		}
		s.Cmdline = strings.Join(append(words(), s.Cmdline), " ")
		return s, nil
	}
	return b, nil
}

// spec describes the QEMU machine of a guest or an image, and gives what is told to the guest on the kernel
// command line when it starts.
func (d *Driver) spec(ctx context.Context, mc MachineConfig, number int) (qemu.Spec, func() []string, error) {
	none := func() []string { return nil }
	s := qemu.Spec{
		Image: d.path(mc.Image), Kernel: d.path(mc.Kernel), Initrd: d.path(mc.Initrd), Cmdline: mc.Cmdline,
		Memory: mc.Memory, Cores: mc.Cores, EFI: mc.EFI, Options: mc.QEMUOptions, SharedDir: d.SharedDir(),
		SharedMemory: mc.SSHBackdoor,
	}
	for _, nr := range mc.VLANs {
		sw, err := d.VLAN(ctx, nr)
		if err != nil {
			return s, nil, err
		}
		s.VLANs = append(s.VLANs, qemu.NIC{VLAN: nr, MAC: qemu.MAC(mc.Name, number, nr), Socket: sw.Dir()})
	}
	if mc.Guest == "" {
		return s, none, nil
	}
	img, err := d.ensureGuest(ctx, mc.Guest)
	if err != nil {
		return s, nil, err
	}
	if img.Root != "" {
		return s, nil, fmt.Errorf("the guest %q is a container: use container = %q", mc.Guest, mc.Guest)
	}
	d.mu.Lock()
	d.onVLANs[mc.Name] = mc.VLANs
	d.mu.Unlock()
	s.Image, s.Kernel, s.Initrd = img.Disk, img.Kernel, img.Initrd
	if mc.EFI && img.KernelEFI != "" {
		s.Kernel = img.KernelEFI
	}
	s.Memory, s.Cores = cmp.Or(mc.Memory, img.Memory), cmp.Or(mc.Cores, img.Cores)
	s.Options = slices.Concat(img.QEMU, mc.QEMUOptions)
	return s, func() []string { return slices.Concat(img.Cmdline, d.words(mc.Name, s.VLANs).Cmdline()) }, nil
}

// ensureGuest builds a guest's image when it is not there, and says so in the log.
func (d *Driver) ensureGuest(ctx context.Context, name string) (_ *guest.Image, err error) {
	var span *report.Span
	defer func() {
		if span != nil {
			span.End(err)
		}
	}()
	var once sync.Once
	return guest.Ensure(ctx, name, guest.Options{Progress: func(p guest.Progress) {
		once.Do(func() {
			ctx, span = d.o.Log.Begin(ctx, report.Entry{Action: report.ActionSetup, Text: "building the guest image " + name})
		})
		level := report.Info
		if p.Detail {
			level = report.Debug
		}
		d.o.Log.Logf(ctx, level, "%s", p.Text)
	}})
}

// path makes a path of the test absolute.
func (d *Driver) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(d.o.Root, p)
}
