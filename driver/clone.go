package driver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// CloneMachines makes machines of these names that go on from a snapshot of another one, all at once, while that one goes its own
// way. Each has a host name, a hardware address and, as a built-in guest, addresses and keys of its own.
func (d *Driver) CloneMachines(ctx context.Context, source *machine.Machine, snapshot string, names []string) (clones []*machine.Machine, err error) {
	if err := source.HasSnapshot(snapshot); err != nil {
		return nil, err
	}
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Machine: source.Name(), Text: fmt.Sprintf("cloning the snapshot %s: %s", snapshot, enumeration(names))})
	defer func() { span.End(err) }()
	d.mu.Lock()
	was := d.described[source.Name()].description
	d.mu.Unlock()
	defer func() {
		if err != nil {
			err = errors.Join(err, d.remove(clones))
			clones = nil
		}
	}()
	for _, name := range names {
		mc := was.MachineConfig
		mc.Name = name
		clone, err := d.CreateMachine(ctx, mc)
		if err != nil {
			return clones, err
		}
		clones = append(clones, clone)
	}
	return clones, source.Clone(ctx, snapshot, clones, func(m *machine.Machine) machine.Identity { return d.identity(m, was) })
}

// enumeration lists names in a log.
func enumeration(names []string) string {
	const most = 6
	if len(names) <= most {
		return fmt.Sprint(names)
	}
	return fmt.Sprintf("%v and %d more", names[:most-1], len(names)-most+1)
}

// identity returns what makes a machine that goes on from another one's snapshot a machine of its own. was describes that one.
func (d *Driver) identity(m *machine.Machine, was description) machine.Identity {
	d.mu.Lock()
	is := d.described[m.Name()].description
	d.mu.Unlock()
	e := &Environment{Config: is.MachineConfig, Number: is.number, d: d}
	i := guest.Identity{Name: is.Name, Seed: rand.Text() + rand.Text()}
	if is.StartScript == "" { // else the cards are not known here
		for n, c := range e.Cards() {
			card := guest.NewCard{Card: mac(was.Name, was.number, c.VLAN), MAC: c.MAC, Address: c.Address}
			if is.Guest != "" {
				card.Card = guest.CardName(n)
			}
			i.Cards = append(i.Cards, card)
		}
	}
	if is.Guest != "" {
		i.Hosts = e.Hosts()
	}
	var commands machine.Identity
	commands.Apart, commands.Joined = i.Commands()
	return commands
}

// remove closes machines, whose names can then be given again.
func (d *Driver) remove(ms []*machine.Machine) error {
	d.mu.Lock()
	d.machines = slices.DeleteFunc(d.machines, func(m *machine.Machine) bool { return slices.Contains(ms, m) })
	d.forget(ms)
	d.mu.Unlock()
	return closeAll(ms)
}
