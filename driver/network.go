package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// VLAN returns the network of that number (1 to 254), which is started when it is not there yet.
func (d *Driver) VLAN(ctx context.Context, nr int) (*vlan.Network, error) {
	if nr < 1 || nr > 254 {
		return nil, fmt.Errorf("%d is not the number of a network: it must be between 1 and 254", nr)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.New("the run is over")
	}
	if s := d.networks[nr]; s != nil {
		return s, nil
	}
	dir, err := d.Dir()
	if err != nil {
		return nil, err
	}
	s, err := vlan.Start(ctx, nr, vlan.Options{Dir: dir, Guard: d.guard, OnDeath: d.o.OnFatal})
	if err != nil {
		return nil, err
	}
	d.networks[nr] = s
	for _, m := range d.machines {
		if startsVM(d.described[m.Name()].MachineConfig) {
			s.Add(m)
		}
	}
	return s, nil
}

// VLANs returns the networks, in the order of their numbers.
func (d *Driver) VLANs() []*vlan.Network {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []*vlan.Network
	for _, s := range d.networks {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *vlan.Network) int { return cmp.Compare(a.Nr, b.Nr) })
	return list
}

// switches are the control directories that a machine's cards belong on now, by the numbers of the networks.
func (d *Driver) switches(name string) map[int]string {
	dirs := map[int]string{}
	for _, s := range d.VLANs() {
		dirs[s.Nr] = s.Socket(name)
	}
	return dirs
}

// startsVM reports whether the machine is a start command that runs QEMU: its networks are known when it runs.
func startsVM(mc MachineConfig) bool {
	return mc.StartScript != "" && !mc.IsContainer && mc.Container == "" && !isContainerScript(mc.StartScript)
}

// maxMachines is how many machines have an address on a network: the last one is for broadcasts.
const maxMachines = 254

// Address returns the address of a machine on a network: 192.168.<network>.<number of the machine>, as nixpkgs has it.
func Address(vlan, machine int) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 168, byte(vlan), byte(machine)})
}

// words are what a guest of the driver's own is told: its name, its addresses, and the names of all machines,
// each with its address on its first network.
func (d *Driver) words(name string, nics []qemu.NIC) guest.Words {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := guest.Words{Hostname: name, Hosts: map[string]netip.Addr{}}
	for i, n := range nics {
		// The address is one that MAC made, so that it parses.
		mac, _ := net.ParseMAC(n.MAC)
		w.Cards = append(w.Cards, guest.Card{Name: fmt.Sprintf("eth%d", i+1), MAC: mac,
			Address: netip.PrefixFrom(Address(n.VLAN, d.numbers[name]), 24)})
	}
	for other, vlans := range d.onVLANs {
		if len(vlans) > 0 {
			w.Hosts[other] = Address(vlans[0], d.numbers[other])
		}
	}
	return w
}
