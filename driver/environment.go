package driver

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Environment is what a run offers a backend for one machine.
type Environment struct {
	// Config describes the machine, which has a name.
	Config MachineConfig
	// Number is the machine's number in the run, from 1.
	Number int

	d          *Driver
	everywhere bool // see JoinAll
	// fingerprint describes what a boot of the machine leads to, nil when its boot can't be kept (qemu.Backend.Fingerprint).
	fingerprint func(state string) (string, error)
}

// Card is a network card that a machine's description asks for.
type Card struct {
	VLAN    int
	MAC     string
	Address netip.Prefix // by which other machines know the card
	Switch  string       // what the card now connects to: the control directory of a vde_switch, or the Unix socket of a hub
	Hub     bool         // the network is a hub (vlan.Options)
}

// Cards returns the machine's network cards (MachineConfig.VLANs) in their present state. Their networks run.
func (e *Environment) Cards() []Card {
	networks := map[int]*vlan.Network{}
	for _, n := range e.d.VLANs() {
		networks[n.Nr] = n
	}
	var cards []Card
	for _, nr := range e.Config.VLANs {
		n := networks[nr]
		cards = append(cards, Card{VLAN: nr, MAC: mac(e.Config.Name, e.Number, nr), Address: netip.PrefixFrom(Address(nr, e.Number), 24),
			Switch: n.Socket(e.Config.Name), Hub: n.IsHub()})
	}
	return cards
}

// Switches returns the control directories of the switches that cards of the machine now connect to, by the numbers of
// all networks of the run that have switches.
func (e *Environment) Switches() map[int]string {
	dirs := map[int]string{}
	for _, n := range e.d.VLANs() {
		if !n.IsHub() {
			dirs[n.Nr] = n.Socket(e.Config.Name)
		}
	}
	return dirs
}

// NeedSwitches returns an error if the run has networks that are hubs: the machine can only connect to a vde_switch.
func (e *Environment) NeedSwitches() error {
	for _, n := range e.d.VLANs() {
		if n.IsHub() {
			medium, err := e.d.medium()
			return cmp.Or(err, fmt.Errorf("it can't be on this run's networks: those of containers and start scripts need VDE, and %s", medium.why))
		}
	}
	return nil
}

// JoinAll makes the machine a member of all networks, and of those that are added later: only its start command knows
// which cards it has, and the cards can be moved to other switches. Without JoinAll, the machine is a member of the
// networks of its description.
func (e *Environment) JoinAll() { e.everywhere = true }

// Announce lets the other machines reach this one by its name: its guest gives its cards the addresses of Cards.
func (e *Environment) Announce() {
	e.d.mu.Lock()
	defer e.d.mu.Unlock()
	e.d.onVLANs[e.Config.Name] = e.Config.VLANs
}

// Hosts returns the names and addresses of the machines that have been announced.
func (e *Environment) Hosts() map[string]netip.Addr {
	e.d.mu.Lock()
	defer e.d.mu.Unlock()
	hosts := map[string]netip.Addr{}
	for name, vlans := range e.d.onVLANs {
		if len(vlans) > 0 {
			hosts[name] = Address(vlans[0], e.d.numbers[name])
		}
	}
	return hosts
}

// Path returns a path of the test as an absolute path.
func (e *Environment) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(e.d.o.Root, p)
}

// SharedDir returns the directory that all machines share with the host.
func (e *Environment) SharedDir() string { return e.d.SharedDir() }

// Fatal ends the run with an error: something that all tests need has failed, such as a network.
func (e *Environment) Fatal(err error) {
	if e.d.o.OnFatal != nil {
		e.d.o.OnFatal(err)
	}
}

// Guest returns a built-in guest. It builds the image if necessary, and logs that.
func (e *Environment) Guest(ctx context.Context, name string) (_ *guest.Image, err error) {
	log := e.d.o.Log
	var span *report.Span
	defer func() {
		if span != nil {
			span.End(err)
		}
	}()
	var once sync.Once
	return guest.Ensure(ctx, name, guest.Options{Arch: e.Config.Arch, Progress: func(p guest.Progress) {
		once.Do(func() {
			ctx, span = log.Begin(ctx, report.Entry{Action: report.ActionSetup, Text: "building the guest image " + name})
		})
		level := report.Info
		if p.Detail {
			level = report.Debug
		}
		log.Logf(ctx, level, "%s", p.Text)
	}})
}
