package driver

import (
	"context"
	"slices"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// BackendType registers a backend: it says which descriptions of machines are the backend's, and makes the machines.
type BackendType struct {
	// Name is the backend's name: scripts find its machines in the list machines_NAME, which package script/api declares.
	Name string
	// Owns reports whether a machine is described in the backend's way.
	Owns func(MachineConfig) bool
	// Open returns the Maker of the backend's machines in one run, and starts nothing. The Maker starts processes through
	// the guard.
	Open func(vlan.Guard) Maker
}

// Maker makes the machines of one backend in one run. Its methods may be called concurrently.
type Maker interface {
	// Make makes the backend of a machine, which is not started. The context bounds the preparation only.
	Make(ctx context.Context, e *Environment) (machine.Backend, error)
	// Close releases what the machines share. The machines have been closed before.
	Close() error
}

// DefaultBackends are the backends of a run that names no others. The first one that owns a description makes the machine.
func DefaultBackends() []BackendType { return []BackendType{nspawnType, qemuType} }

// ownerOf returns the index of the backend that owns a description, -1 when none does.
func ownerOf(types []BackendType, mc MachineConfig) int {
	return slices.IndexFunc(types, func(t BackendType) bool { return t.Owns(mc) })
}

// BackendName returns the name of the default backend that owns a description, empty when none does.
func BackendName(mc MachineConfig) string {
	types := DefaultBackends()
	if i := ownerOf(types, mc); i >= 0 {
		return types[i].Name
	}
	return ""
}

// Backends returns the names of the run's backends.
func (d *Driver) Backends() []string {
	var names []string
	for _, t := range d.o.Backends {
		names = append(names, t.Name)
	}
	return names
}

// BackendOf returns the name of the backend that has made a machine of the run.
func (d *Driver) BackendOf(m *machine.Machine) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.described[m.Name()].backend
}

// Description returns what a machine of the run was made from.
func (d *Driver) Description(m *machine.Machine) MachineConfig {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.described[m.Name()].MachineConfig
}
