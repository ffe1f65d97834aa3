package driver

import (
	"context"
	"slices"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// checkpointName is the name of the snapshots that Checkpoint takes.
const checkpointName = "per_test"

// Checkpoint saves the state of all machines and networks, and returns a function that brings it back, any number of times: the machines
// that run are restored, others are ended, and those that were made later are released. Faults of the networks are as they were.
func (d *Driver) Checkpoint(ctx context.Context) (back func(context.Context) error, err error) {
	all := d.Machines()
	running := slices.DeleteFunc(slices.Clone(all), func(m *machine.Machine) bool { return !m.Booted() })
	faults := map[*vlan.Network]vlan.Faults{}
	for _, n := range d.VLANs() {
		faults[n] = n.Faults()
	}
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "saving the state from which each test function starts"})
	defer func() { span.End(err) }()
	if err := machine.SnapshotAll(ctx, running, checkpointName); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (err error) {
		ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "restoring the state from which each test function starts"})
		defer func() { span.End(err) }()
		var later []*machine.Machine
		for _, m := range d.Machines() {
			switch {
			case !slices.Contains(all, m):
				later = append(later, m)
			case !slices.Contains(running, m):
				if err := m.Crash(ctx); err != nil {
					return err
				}
			}
		}
		if err := d.remove(later); err != nil {
			return err
		}
		for _, n := range d.VLANs() {
			was, known := faults[n]
			if !known { // it was made later
				err = n.Heal(ctx, "")
			} else {
				err = n.Restore(ctx, was)
			}
			if err != nil {
				return err
			}
		}
		return machine.RestoreAll(ctx, running, checkpointName)
	}, nil
}
