// Package driver is one test run: it reads the configuration, makes the machines and networks, keeps the
// time limit, and cleans up.
package driver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/guest"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Options are what a run is made of.
type Options struct {
	Config    *Config // nil: no machines but those that are created later
	Name      string  // the test's name
	OutDir    string  // for screenshots, copied files and reports; must be writable
	Root      string  // the directory that relative host paths of the test start at
	KeepState bool    // keep the machines' state directories for the next run
	// Reuse lets a script that is run again have the machines that it made before: CreateMachine gives the running
	// machine of the same name and description, and puts another in the place of one that ended or differs.
	Reuse   bool
	Log     *report.Log
	OnFatal func(error) // called when something that all tests need has gone, such as a network
}

// Driver is a test run. Its methods may be called concurrently.
type Driver struct {
	o     Options
	guard *guard.Guard
	tmp   string
	lock  *os.File // of a kept state directory

	mu        sync.Mutex
	machines  []*machine.Machine
	sandbox   *nspawn.Sandbox  // of the containers
	numbers   map[string]int   // of the machines, from 1, for addresses
	onVLANs   map[string][]int // the networks of the machines that the driver describes
	networks  map[int]*vlan.Network
	closed    bool
	prepared  bool                   // New has made the configuration's machines
	described map[string]description // the machines
	aside     []*machine.Machine     // those that the script has made before, and CreateMachine may give back
}

// New prepares a run: its temporary directory, networks and machines, none of them started. The context bounds the preparation
// only. The caller calls Close, which leaves nothing behind.
func New(ctx context.Context, o Options) (_ *Driver, err error) {
	if o.OutDir, err = writableDir(o.OutDir); err != nil {
		return nil, err
	}
	d := &Driver{o: o, numbers: map[string]int{}, described: map[string]description{}, onVLANs: map[string][]int{}, networks: map[int]*vlan.Network{}}
	if d.guard, err = guard.Start(); err != nil {
		return nil, err
	}
	d.sandbox = nspawn.NewSandbox(d.guard)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if err = d.makeTmp(); err != nil {
		return nil, err
	}
	defer func() { d.prepared = true }()
	if o.Config == nil {
		return d, nil
	}
	for _, w := range o.Config.Unknown {
		o.Log.Logf(ctx, report.Warning, "%s", w)
	}
	backdoor := o.Config.EnableSSHBackdoor
	if backdoor {
		if _, err := qemu.FindVsock(); err != nil {
			o.Log.Logf(ctx, report.Warning, "%v", err)
			backdoor = false
		}
	}
	for _, nr := range o.Config.VLANs {
		if _, err = d.VLAN(ctx, nr); err != nil {
			return nil, err
		}
	}
	names := []string{}
	for n := range o.Config.VMs {
		names = append(names, n)
	}
	for n := range o.Config.Containers {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		mc, vm := o.Config.VMs[n]
		if !vm {
			mc = o.Config.Containers[n]
			mc.IsContainer = true
		}
		mc.SSHBackdoor = mc.SSHBackdoor || vm && backdoor
		if _, err = d.CreateMachine(ctx, mc); err != nil {
			return nil, err
		}
	}
	if backdoor && len(o.Config.VMs) > 0 {
		err = d.DumpSSH(ctx)
	}
	return d, err
}

// writableDir makes the output directory if need be and proves that it can be written to.
func writableDir(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o755)
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(abs, ".gotest-driver-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		return "", fmt.Errorf("the output directory %s can't be written to: %w", dir, err)
	}
	return abs, nil
}

// tmpBase is where temporary directories go: $XDG_RUNTIME_DIR, else $TMPDIR, else the system's.
func tmpBase() string { return cmp.Or(os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()) }

// makeTmp makes the run's directory. A kept one is named after the test and locked, so that two runs don't
// share it; any other is fresh.
func (d *Driver) makeTmp() error {
	if !d.o.KeepState {
		var err error
		if d.tmp, err = os.MkdirTemp(tmpBase(), "gotest-"); err != nil {
			return fmt.Errorf("the temporary directory can't be made: %w", err)
		}
		if err := d.guard.RemoveDir(d.tmp); err != nil {
			return errors.Join(err, os.Remove(d.tmp))
		}
	} else {
		d.tmp = filepath.Join(tmpBase(), "gotest-keep-"+fileName(d.o.Name))
		if err := os.MkdirAll(d.tmp, 0o700); err != nil {
			return fmt.Errorf("the directory for kept state can't be made: %w", err)
		}
		var err error
		if d.lock, err = lockDir(d.tmp); err != nil {
			return err
		}
	}
	return os.MkdirAll(d.SharedDir(), 0o700)
}

// maxFileName leaves room for the names of sockets below a directory.
const maxFileName = 40

// fileName makes a short file name of any text. Long texts that differ have names that differ.
func fileName(s string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
	if len(name) > maxFileName {
		sum := fmt.Sprintf("-%x", sha256.Sum256([]byte(s)))[:9]
		name = name[:maxFileName-len(sum)] + sum
	}
	return cmp.Or(name, "test")
}

// Dir is the run's temporary directory.
func (d *Driver) Dir() string { return d.tmp }

// SharedDir is the directory that all machines share with the host.
func (d *Driver) SharedDir() string { return filepath.Join(d.tmp, "shared-xchg") }

// OutDir is the output directory, absolute.
func (d *Driver) OutDir() string { return d.o.OutDir }

// Name is the test's name.
func (d *Driver) Name() string { return d.o.Name }

// Config is the configuration, nil when there is none.
func (d *Driver) Config() *Config { return d.o.Config }

// Log is where the run is told.
func (d *Driver) Log() *report.Log { return d.o.Log }

// Machines are all machines, sorted by name.
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
		mc.Name = cmp.Or(MachineName(mc.StartScript), mc.Guest)
	}
	if mc.Name == "" {
		mc.Name = "machine"
	}
	if len(Identifier(mc.Name)) > 64 || strings.ContainsAny(mc.Name, "/\x00\n") {
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

	backend, err := d.backend(ctx, mc, number)
	if err != nil {
		return nil, fmt.Errorf("machine %s: %w", mc.Name, err)
	}
	state := filepath.Join(d.tmp, "vm-state-"+fileName(mc.Name))
	if !d.o.KeepState && !mc.KeepState {
		if err := os.RemoveAll(state); err != nil {
			return nil, err
		}
	}
	m, err := machine.New(machine.Options{
		Name: mc.Name, Backend: backend, Log: d.o.Log, StateDir: state, SharedDir: d.SharedDir(),
		OutDir: d.o.OutDir, HostRoot: d.o.Root,
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
	} else if mc.startsVM() {
		for _, n := range d.networks {
			n.Add(m)
		}
	}
	d.described[m.Name()] = described
	return m, nil
}

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
	b.Command = func() (string, error) {
		s := spec
		s.VLANs = slices.Clone(spec.VLANs)
		for i, n := range s.VLANs {
			network, err := d.VLAN(context.Background(), n.VLAN)
			if err != nil {
				return "", err
			}
			s.VLANs[i].Socket = network.Socket(mc.Name)
		}
		s.Cmdline = strings.Join(append(words(), s.Cmdline), " ")
		return s.Command()
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

// StartAll starts all machines, all at once, without waiting for the boot. The error names all that failed.
func (d *Driver) StartAll(ctx context.Context) (err error) {
	ctx, span := d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Text: "start all VMs"})
	defer func() { span.End(err) }()
	return d.each(func(m *machine.Machine) error { return m.Start(ctx, machine.StartConfig{}) })
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
	err = errors.Join(err, d.EndRun(), d.sandbox.Close())
	for _, s := range d.VLANs() {
		err = errors.Join(err, s.Close())
	}
	err = errors.Join(err, d.guard.Close())
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}
