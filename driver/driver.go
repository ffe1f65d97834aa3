package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gotest-driver/gotest-driver/driver/bootcache"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Options are the settings of a run. The zero value is a run without machines that logs nothing. The caller closes Log.
type Options struct {
	Config    *Config // nil: only machines that are created later
	Name      string  // the test's name
	OutDir    string  // for screenshots, copied files and reports; empty: the working directory
	Root      string  // the directory for relative host paths of the test; empty: the working directory
	KeepState bool    // keep the machines' state directories for the next run
	// Reuse lets a repeated run of a script use the machines that it made before: CreateMachine returns the running
	// machine of the same name and description, and replaces one that has ended or differs.
	Reuse bool
	Log   *report.Log
	// Seed decides what is random in the faults of machines: the same seed makes the same faults.
	Seed int64
	// Limits bound what each guest can make the host keep.
	Limits machine.Limits
	// Snapshots says what machines with a cached boot do with those of other runs.
	Snapshots Snapshots
	// Backends are the kinds of machines that are possible, in the order in which they are asked whether they own a
	// description; nil: DefaultBackends.
	Backends []BackendType
	// OnFatal is called when something that all tests need has ended, such as a network, and with a *machine.KernelError.
	OnFatal func(error)
}

// Driver is a test run. Its methods may be called concurrently.
type Driver struct {
	o     Options
	guard *guard.Guard
	tmp   string                   // the run's directory, which dir makes
	dir   func() (string, error)   // see Dir
	user  atomic.Pointer[qemuUser] // of QEMU; nil before dir is called
	stays sync.Once                // tells why QEMU stays root
	kept  string                   // the directory of kept state; empty: state is not kept
	lock  *os.File                 // of kept

	makers []Maker // of the backends

	mu        sync.Mutex
	machines  []*machine.Machine
	numbers   map[string]int   // of the machines, from 1, for addresses
	onVLANs   map[string][]int // the networks of the machines that the driver describes
	networks  map[int]*vlan.Network
	medium    func() (medium, error) // what networks are made of; the first use decides
	closed    bool
	prepared  bool               // New has made the configuration's machines
	described map[string]made    // the machines
	entries   []*bootcache.Entry // that machines have started from
	aside     []*machine.Machine // those that the script has made before; CreateMachine may return them
}

// New prepares a run: its networks and machines, none of them started. The context bounds only the preparation. The
// caller calls Close, which leaves nothing behind.
func New(ctx context.Context, o Options) (_ *Driver, err error) {
	if o.OutDir, err = writableDir(o.OutDir); err != nil {
		return nil, err
	}
	d := &Driver{o: o, numbers: map[string]int{}, described: map[string]made{}, onVLANs: map[string][]int{}, networks: map[int]*vlan.Network{}}
	d.guard, d.medium = guard.New(), sync.OnceValues(d.chooseMedium)
	if d.o.Backends == nil {
		d.o.Backends = DefaultBackends()
	}
	for _, t := range d.o.Backends {
		d.makers = append(d.makers, t.Open(d.guard))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	d.tmp, d.dir = tmpDir(), sync.OnceValues(d.makeDir)
	if o.KeepState {
		if err = d.openKept(); err != nil {
			return nil, err
		}
	}
	defer func() { d.prepared = true }()
	if o.Config == nil {
		return d, nil
	}
	for _, w := range o.Config.Unknown {
		o.Log.Logf(ctx, report.Warning, "%s", w)
	}
	backdoor := d.backdoors(ctx)
	for _, nr := range o.Config.VLANs {
		if _, err = d.VLAN(ctx, nr); err != nil {
			return nil, err
		}
	}
	for _, mc := range o.Config.All() {
		mc.SSHBackdoor = mc.SSHBackdoor || !mc.IsContainer && backdoor
		if _, err = d.CreateMachine(ctx, mc); err != nil {
			return nil, err
		}
	}
	if backdoor && len(o.Config.VMs) > 0 {
		err = d.DumpSSH(ctx)
	}
	return d, err
}

// SharedDir returns the directory that all machines share with the host. It is made with the first machine.
func (d *Driver) SharedDir() string { return filepath.Join(d.tmp, "shared-xchg") }

// OutDir returns the output directory, as an absolute path.
func (d *Driver) OutDir() string { return d.o.OutDir }

// Name returns the test's name.
func (d *Driver) Name() string { return d.o.Name }

// Config returns the configuration, nil when there is none.
func (d *Driver) Config() *Config { return d.o.Config }

// Seed returns the seed of the run.
func (d *Driver) Seed() int64 { return d.o.Seed }

// Log returns the log of the run, nil when there is none.
func (d *Driver) Log() *report.Log { return d.o.Log }

// Machines returns all machines, sorted by name.
func (d *Driver) Machines() []*machine.Machine {
	d.mu.Lock()
	defer d.mu.Unlock()
	ms := slices.Clone(d.machines)
	slices.SortFunc(ms, func(a, b *machine.Machine) int { return cmp.Compare(a.Name(), b.Name()) })
	return ms
}

// CreateMachine adds a machine, which is not started.
func (d *Driver) CreateMachine(ctx context.Context, mc MachineConfig) (*machine.Machine, error) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil, errors.New("the run is over")
	}
	if mc.Name == "" {
		mc.Name = cmp.Or(config.MachineName(mc.StartScript), mc.Guest)
	}
	if mc.Name == "" {
		mc.Name = "machine"
	}
	if mc.FailOn == nil && d.o.Config != nil {
		mc.FailOn = d.o.Config.FailOn
	}
	if len(config.Identifier(mc.Name)) > 64 || strings.ContainsAny(mc.Name, "/\x00\n") {
		d.mu.Unlock()
		return nil, fmt.Errorf("%q can't be a machine's name: it must be at most 64 characters without slashes", mc.Name)
	}
	if err := d.free(mc.Name); err != nil {
		d.mu.Unlock()
		return nil, err
	}
	number := d.numbers[mc.Name]
	if number == 0 {
		number = len(d.numbers) + 1
		if number > maxMachines && len(mc.VLANs) > 0 {
			d.mu.Unlock()
			return nil, fmt.Errorf("machine %s: it is number %d, and a network has addresses for %d machines only: create those on networks first", mc.Name, number, maxMachines)
		}
		d.numbers[mc.Name] = number
	}
	described := description{MachineConfig: mc, number: number, configured: !d.prepared}
	kept, unfit := d.takeBack(described)
	d.mu.Unlock()
	if err := closeAll(unfit); err != nil {
		return nil, err
	}
	if kept != nil {
		return kept, nil
	}

	state, err := d.stateDir(mc)
	if err != nil {
		return nil, err
	}
	made := made{description: described}
	backend, err := d.prepare(ctx, &made)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", mc.Name, err)
	}
	var boot func(context.Context, *machine.Starter) error
	if mc.Boot == config.BootCached {
		boot = d.cachedBoot(made)
	}
	m, err := machine.New(machine.Options{
		Boot: boot, Name: mc.Name, Backend: backend, Log: d.o.Log, StateDir: state, SharedDir: d.SharedDir(),
		OutDir: d.o.OutDir, HostRoot: d.o.Root, Limits: d.o.Limits, FailOn: mc.FailOn, OnTrouble: d.o.OnFatal, Keyboard: mc.Keyboard, Language: mc.OCRLanguage,
		BootTimeout: mc.BootTimeout, KeepState: mc.KeepState || d.kept != "",
	})
	if err != nil {
		return nil, err
	}
	if mc.EFI {
		if err := m.CreateEFIVars(ctx); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.Join(errors.New("the run is over"), m.Close())
	}
	d.machines = append(d.machines, m)
	if mc.StartScript == "" {
		for _, nr := range mc.VLANs {
			d.networks[nr].Add(m)
		}
	} else if made.everywhere {
		for _, n := range d.networks {
			n.Add(m)
		}
	}
	d.described[m.Name()] = made
	return m, nil
}

// prepare makes the backend that owns a description prepare the machine.
func (d *Driver) prepare(ctx context.Context, m *made) (machine.Backend, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	owner := ownerOf(d.o.Backends, m.MachineConfig)
	if owner < 0 {
		return nil, fmt.Errorf("no backend of the run makes such a machine (there are: %s)", strings.Join(d.Backends(), ", "))
	}
	if m.StartScript == "" {
		for _, nr := range m.VLANs {
			if _, err := d.VLAN(ctx, nr); err != nil {
				return nil, err
			}
		}
	}
	e := &Environment{Config: m.MachineConfig, Number: m.number, d: d}
	backend, err := d.makers[owner].Make(ctx, e)
	m.backend, m.everywhere, m.fingerprint = d.o.Backends[owner].Name, e.everywhere, e.fingerprint
	return backend, err
}

// StartAll starts all machines at once, without waiting for the boot. The error names all that failed.
func (d *Driver) StartAll(ctx context.Context) (err error) {
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "start all VMs"})
	defer func() { span.End(err) }()
	return d.each(func(m *machine.Machine) error { return m.Start(ctx, machine.StartConfig{}) })
}

// SnapshotAll takes a snapshot of all machines that run, at one moment (machine.SnapshotAll).
func (d *Driver) SnapshotAll(ctx context.Context, name string) error {
	ms := slices.DeleteFunc(d.Machines(), func(m *machine.Machine) bool { return !m.Booted() })
	if len(ms) == 0 {
		return fmt.Errorf("no machine runs whose snapshot could be taken")
	}
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "taking the snapshot " + name + " of all machines"})
	err := machine.SnapshotAll(ctx, ms, name)
	span.End(err)
	return err
}

// RestoreAll restores all machines that have a snapshot of that name, at one moment (machine.RestoreAll).
func (d *Driver) RestoreAll(ctx context.Context, name string) error {
	ms := slices.DeleteFunc(d.Machines(), func(m *machine.Machine) bool { return !slices.Contains(m.Snapshots(), name) })
	if len(ms) == 0 {
		return fmt.Errorf("no machine has a snapshot %q", name)
	}
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "restoring the snapshot " + name + " of all machines"})
	err := machine.RestoreAll(ctx, ms, name)
	span.End(err)
	return err
}

// JoinAll waits until all machines have powered off.
func (d *Driver) JoinAll(ctx context.Context) (err error) {
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "wait for all VMs to finish"})
	defer func() { span.End(err) }()
	return d.each(func(m *machine.Machine) error { return m.WaitForShutdown(ctx, 0) })
}

// each calls f for all machines at once and joins their errors.
func (d *Driver) each(f func(*machine.Machine) error) error {
	ms := d.Machines()
	errs := make([]error, len(ms))
	var wg sync.WaitGroup
	for i, m := range ms {
		wg.Go(func() { errs[i] = f(m) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close ends all machines and networks at once, and removes what the run has made in the temporary directory.
func (d *Driver) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.mu.Unlock()
	err := d.each(func(m *machine.Machine) error { return m.Close() })
	err = errors.Join(err, d.EndRun())
	for _, e := range d.entries {
		err = errors.Join(err, e.Close())
	}
	for _, maker := range d.makers {
		err = errors.Join(err, maker.Close())
	}
	for _, s := range d.VLANs() {
		err = errors.Join(err, s.Close())
	}
	err = errors.Join(err, d.guard.Close())
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	if u := d.user.Load(); u != nil {
		err = errors.Join(err, u.Close())
	}
	return err
}
