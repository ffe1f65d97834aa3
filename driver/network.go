package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"os"
	"os/exec"
	"slices"

	"github.com/gotest-driver/gotest-driver/internal/programs"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// VLAN returns the network of that number (1 to 254), and starts it if it does not run yet.
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
	medium, err := d.medium()
	if err != nil {
		return nil, err
	}
	warn := func(text string) { d.o.Log.Logf(context.Background(), report.Warning, "%s", text) }
	s, err := vlan.Start(ctx, nr, vlan.Options{Dir: dir, OutDir: d.o.OutDir, Group: d.user.Load().group(), Guard: d.guard, OnDeath: d.o.OnFatal, Warn: warn, Hub: medium.hub})
	if err != nil {
		return nil, err
	}
	d.networks[nr] = s
	for _, m := range d.machines {
		if d.described[m.Name()].everywhere {
			s.Add(m)
		}
	}
	return s, nil
}

// medium is what the run's networks are made of.
type medium struct {
	hub bool   // or VDE
	why string // why they are hubs
}

// chooseMedium follows the configuration's Networks, else $GOTEST_NET. Without both it chooses VDE, unless the host lacks it
// and no machine of the configuration needs it.
func (d *Driver) chooseMedium() (medium, error) {
	config := cmp.Or(d.o.Config, &Config{})
	from, kind := "networks", config.Networks
	if kind == "" {
		from, kind = "$GOTEST_NET", os.Getenv("GOTEST_NET")
	}
	switch kind {
	case "vde":
		return medium{}, nil
	case "hub":
		return medium{true, from + ` is "hub"`}, nil
	case "":
	default:
		return medium{}, fmt.Errorf(`%s is %q: want "vde" or "hub"`, from, kind)
	}
	for _, mc := range config.All() {
		if mc.IsContainer || mc.Container != "" || mc.StartScript != "" {
			return medium{}, nil
		}
	}
	if _, err := exec.LookPath("vde_switch"); err != nil {
		return medium{true, "vde_switch was not found (" + programs.Install("vde_switch") + ")"}, nil
	}
	program, err := qemu.Find("")
	if err != nil {
		return medium{}, nil // the machines that need it return the error
	}
	kinds, err := qemu.Backends(context.Background(), program)
	return medium{!slices.Contains(kinds, "vde"), program + " has no vde"}, err
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

// maxMachines is how many machines have an address on a network: the last address is for broadcasts.
const maxMachines = 254

// Address returns the address of a machine on a network: 192.168.<network>.<number of the machine>, as in nixpkgs.
func Address(vlan, machine int) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 168, byte(vlan), byte(machine)})
}

// mac returns the address of a machine's card on a VLAN: locally administered, and different for each machine name and
// VLAN of a run.
func mac(machine string, number, vlan int) string {
	h := fnv.New32a()
	h.Write([]byte(machine))
	return fmt.Sprintf("52:54:00:%02x:%02x:%02x", byte(vlan), byte(number), byte(h.Sum32()))
}
