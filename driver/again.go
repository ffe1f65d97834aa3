package driver

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// description has all that must be equal for a machine of an earlier run to be used again.
type description struct {
	MachineConfig
	number     int  // its addresses depend on it
	configured bool // by the configuration, not by the script
}

// equal reports whether two descriptions are the same. Preparations of the same key are.
func (d description) equal(other description) bool {
	for _, x := range []*description{&d, &other} {
		if x.Prepare != nil {
			x.Prepare = &config.Preparation{Key: x.Prepare.Key}
		}
	}
	return reflect.DeepEqual(d, other)
}

// made is a machine that was made from a description.
type made struct {
	description
	backend    string // its name
	everywhere bool   // the machine is a member of all networks
	// fingerprint is that of its Environment.
	fingerprint func(state string) (string, error)
}

// BeginRun prepares a further run of the script on the existing machines. Those that the script has made are set aside
// until CreateMachine asks for them again; configured ones that have ended are replaced. Faults of the networks are
// healed. EndRun must be called after the run.
func (d *Driver) BeginRun(ctx context.Context) error {
	d.mu.Lock()
	var ended []*machine.Machine
	var anew []MachineConfig
	d.machines = slices.DeleteFunc(d.machines, func(m *machine.Machine) bool {
		switch {
		case !d.described[m.Name()].configured:
			d.aside = append(d.aside, m)
			delete(d.numbers, m.Name())
		case !m.Booted():
			ended = append(ended, m)
			anew = append(anew, d.described[m.Name()].MachineConfig)
		default:
			return false
		}
		return true
	})
	up := slices.Clone(d.machines)
	d.prepared = false // what is made now belongs to the configuration
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.prepared = true
		d.mu.Unlock()
	}()
	for _, m := range up {
		d.tellState(m)
	}
	if err := closeAll(ended); err != nil {
		return err
	}
	for _, mc := range anew {
		if _, err := d.CreateMachine(ctx, mc); err != nil {
			return err
		}
	}
	for _, n := range d.VLANs() {
		if err := n.Heal(ctx, ""); err != nil {
			return err
		}
	}
	return nil
}

// EndRun closes the machines that an earlier run has made and that the run since BeginRun did not ask for.
func (d *Driver) EndRun() error {
	d.mu.Lock()
	unused := d.aside
	d.aside = nil
	d.forget(unused)
	d.mu.Unlock()
	return closeAll(unused)
}

// tellState logs the state of a machine that existed before the run.
func (d *Driver) tellState(m *machine.Machine) {
	state := report.StateBooting
	if m.Connected() {
		state = report.StateUp
	}
	d.o.Log.Emit(context.Background(), report.Event{Kind: report.State, Machine: m.Name(), Text: state})
}

// free makes room for a machine of that name. If there is one already, that is an error, unless it may be used again
// (Options.Reuse): then it is set aside. The caller holds d.mu.
func (d *Driver) free(name string) error {
	i := slices.IndexFunc(d.machines, func(m *machine.Machine) bool { return config.Identifier(m.Name()) == config.Identifier(name) })
	if i < 0 {
		return nil
	}
	old := d.machines[i]
	if d.described[old.Name()].configured || !d.o.Reuse {
		return fmt.Errorf("there is already a machine %q: give this one another name", old.Name())
	}
	d.machines = slices.Delete(d.machines, i, i+1)
	d.aside = append(d.aside, old)
	return nil
}

// takeBack returns the machine of that description if it was set aside and runs, else the machines set aside that must
// be closed for a new one. The caller holds d.mu.
func (d *Driver) takeBack(want description) (kept *machine.Machine, unfit []*machine.Machine) {
	d.aside = slices.DeleteFunc(d.aside, func(m *machine.Machine) bool {
		was := d.described[m.Name()]
		switch {
		case m.Booted() && was.description.equal(want):
			kept = m
		case config.Identifier(m.Name()) == config.Identifier(want.Name) || was.number == want.number:
			unfit = append(unfit, m)
		default:
			return false
		}
		return true
	})
	d.forget(unfit)
	if kept != nil {
		d.machines = append(d.machines, kept)
		d.tellState(kept)
	}
	return kept, unfit
}

// forget removes machines that are about to be closed from the lists that others see. The caller holds d.mu.
func (d *Driver) forget(ms []*machine.Machine) {
	for _, m := range ms {
		delete(d.described, m.Name())
		if !slices.ContainsFunc(d.machines, func(other *machine.Machine) bool { return other.Name() == m.Name() }) {
			delete(d.onVLANs, m.Name())
		}
	}
}

func closeAll(ms []*machine.Machine) error {
	var errs []error
	for _, m := range ms {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
