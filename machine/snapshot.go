package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/gotest-driver/gotest-driver/report"
)

// snapshots are the snapshots of a machine.
type snapshots struct {
	mu    sync.Mutex // held while one is taken or restored
	named map[string]snapshot
	count int // of all that there have been
}

// snapshot is a saved state of a machine.
type snapshot struct {
	dir     string
	reboots bool // of a machine that was started with allow_reboot
}

// snapshotDir begins the names of the snapshots' directories in the state directory, which another machine may use, too.
const snapshotDir = "snapshot-"

// Snapshot saves the state of the machine under a name: memory, processors, devices, disks, screen, and the root shell. The
// guest stands still meanwhile and then goes on. An earlier snapshot of that name is replaced. The snapshots end with the
// machine; their disks stay in the state directory, since its disks build on them.
func (m *Machine) Snapshot(ctx context.Context, name string) error {
	return SnapshotAll(ctx, []*Machine{m}, name)
}

// Restore brings the machine back to its snapshot of that name, whether it runs or has ended. The root shell is connected, and
// the guest's clock is set to the present time.
func (m *Machine) Restore(ctx context.Context, name string) error {
	return RestoreAll(ctx, []*Machine{m}, name)
}

// SnapshotAll takes snapshots of different machines at one moment: none goes on before all stand still, so that connections
// between them survive RestoreAll. If one fails, no machine has a new snapshot.
func SnapshotAll(ctx context.Context, ms []*Machine, name string) error {
	taken := make([]snapshot, len(ms))
	return together(ctx, ms, func(ctx context.Context, n int, barrier func(context.Context) error) (err error) {
		taken[n], err = ms[n].takeSnapshot(ctx, name, barrier)
		return err
	}, func(err error) error {
		var errs []error
		for n, m := range ms {
			unused := taken[n]
			if err == nil {
				unused = m.snapshots.named[name]
				m.snapshots.named[name] = taken[n]
			}
			if unused.dir != "" {
				errs = append(errs, m.o.Backend.(Restorer).Discard(unused.dir))
			}
		}
		return errors.Join(errs...)
	})
}

// RestoreAll restores different machines, each to its snapshot of that name. None goes on before all are as they were.
func RestoreAll(ctx context.Context, ms []*Machine, name string) error {
	for _, m := range ms {
		if err := m.HasSnapshot(name); err != nil { // before another one has lost its present state
			return err
		}
	}
	return together(ctx, ms, func(ctx context.Context, n int, barrier func(context.Context) error) error {
		m := ms[n]
		return m.restore(ctx, m.snapshots.named[name], "restoring the snapshot "+name, SnapshotOptions{Barrier: barrier})
	}, func(error) error { return nil })
}

// Clone makes other machines, none of which runs, go on from this machine's snapshot of that name, which may itself go on, too.
// They are made as this one is, but for their names and their cards' addresses. identity returns what makes a clone's guest a
// machine of its own.
func (m *Machine) Clone(ctx context.Context, name string, clones []*Machine, identity func(*Machine) Identity) error {
	if err := m.HasSnapshot(name); err != nil {
		return err
	}
	m.snapshots.mu.Lock()
	defer m.snapshots.mu.Unlock()
	s, there := m.snapshots.named[name]
	if !there {
		return m.released()
	}
	if err := m.share(ctx, name, s); err != nil {
		return err
	}
	errs := make([]error, len(clones))
	var wg sync.WaitGroup
	for n, clone := range clones {
		wg.Go(func() {
			what := fmt.Sprintf("going on from the snapshot %s of %s", name, m.o.Name)
			errs[n] = clone.restore(ctx, s, what, SnapshotOptions{Identity: identity(clone)})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// share has the clones of a snapshot share its memory.
func (m *Machine) share(ctx context.Context, name string, s snapshot) (err error) {
	ctx, span := m.entry(ctx, report.ActionMachine, "making the memory of the snapshot %s one that machines share", name)
	defer func() { span.End(err) }()
	return m.shareMemory(ctx, s.dir, s.dir)
}

// shareMemory calls Restorer.Share with a state directory of its own.
func (m *Machine) shareMemory(ctx context.Context, dir, to string) (err error) {
	state, err := os.MkdirTemp(m.StateDir(), "share-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(state)) }()
	o := m.startOptions(ctx, StartConfig{})
	o.StateDir, o.Console = state, io.Discard
	return m.o.Backend.(Restorer).Share(ctx, o, dir, to)
}

// together calls f for all machines at once, and after with the error of those calls, while no other snapshot of them is taken
// or restored. The barrier that f gets returns when all calls have reached it, or with the error of one that has failed.
func together(ctx context.Context, ms []*Machine, f func(ctx context.Context, n int, barrier func(context.Context) error) error, after func(error) error) error {
	for _, m := range slices.SortedFunc(slices.Values(ms), func(a, b *Machine) int { return strings.Compare(a.o.Name, b.o.Name) }) {
		m.snapshots.mu.Lock() // always in this order
		defer m.snapshots.mu.Unlock()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var reached atomic.Int64
	all := make(chan struct{})
	barrier := func(ctx context.Context) error {
		if reached.Add(1) == int64(len(ms)) {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	var wg sync.WaitGroup
	for n := range ms {
		wg.Go(func() {
			if err := f(ctx, n, barrier); err != nil {
				cancel(err) // the first one counts
			}
		})
	}
	wg.Wait()
	err := context.Cause(ctx)
	return errors.Join(err, after(err))
}

// takeSnapshot saves the machine. What it returns is to be discarded if there is an error.
func (m *Machine) takeSnapshot(ctx context.Context, name string, barrier func(context.Context) error) (s snapshot, err error) {
	if name == "" {
		return s, &ArgumentError{Machine: m.o.Name, Message: "a snapshot needs a name"}
	}
	if m.o.KeepState {
		return s, &ArgumentError{Machine: m.o.Name, Message: "a snapshot changes the files of the disks, which are kept for later runs here: run without kept state"}
	}
	if _, ok := m.o.Backend.(Restorer); !ok {
		return s, m.unsupported("snapshot")
	}
	err = m.withShell(ctx, "snapshot", func(ctx context.Context, inst Instance) (err error) {
		saver, ok := inst.(Snapshotter)
		if !ok {
			return m.unsupported("snapshot")
		}
		if m.hotplugged(inst) {
			return &ArgumentError{Machine: m.o.Name, Message: "has processors from hotplug_cpu, which no snapshot can keep"}
		}
		ctx, span := m.entry(ctx, report.ActionMachine, "taking the snapshot %s", name)
		defer func() { span.End(err) }()
		if m.snapshots.named == nil {
			m.snapshots.named = map[string]snapshot{}
		}
		s.dir = filepath.Join(m.StateDir(), fmt.Sprintf("%s%s-%d", snapshotDir, m.o.Name, m.snapshots.count+1))
		m.mu.Lock()
		s.reboots = m.reboots
		m.mu.Unlock()
		if err := os.Mkdir(s.dir, 0o700); err != nil {
			return err
		}
		m.snapshots.count++
		if err := saver.Snapshot(ctx, SnapshotOptions{Dir: s.dir, Barrier: barrier}); err != nil {
			return err
		}
		m.logf(ctx, report.Info, "the snapshot %s takes %d MB", name, diskUse(s.dir)>>20)
		return nil
	})
	return s, err
}

// diskUse returns how many bytes the files in a directory take on the disk.
func diskUse(dir string) (bytes int64) {
	_ = fs.WalkDir(os.DirFS(dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // the number is for information
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				bytes += st.Blocks * 512
			}
		}
		return nil
	})
	return bytes
}

// Snapshots returns the names of the machine's snapshots, sorted.
func (m *Machine) Snapshots() []string {
	m.snapshots.mu.Lock()
	defer m.snapshots.mu.Unlock()
	return slices.Sorted(maps.Keys(m.snapshots.named))
}

// HasSnapshot returns nil if the machine has a snapshot of that name, else an error that names those that it has.
func (m *Machine) HasSnapshot(name string) error {
	if _, ok := m.o.Backend.(Restorer); !ok {
		return m.unsupported("restore")
	}
	names := m.Snapshots()
	if slices.Contains(names, name) {
		return nil
	}
	there := "none was taken"
	if len(names) > 0 {
		for n := range names {
			names[n] = strconv.Quote(names[n])
		}
		there = "there are " + strings.Join(names, ", ")
	}
	return &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("there is no snapshot %q: %s", name, there)}
}

// restore ends the machine and starts it from a snapshot, which may be another machine's. what is the text of the log's entry.
func (m *Machine) restore(ctx context.Context, s snapshot, what string, o SnapshotOptions) (err error) {
	m.startMu.Lock()
	defer m.startMu.Unlock()
	if m.isClosed() {
		return m.released()
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "%s", what)
	defer func() { span.End(err) }()
	m.mu.Lock()
	inst, stopWatch := m.inst, m.watched
	m.mu.Unlock()
	if inst != nil {
		if stopWatch() { // the machine only seems to stop
			defer func() {
				if err != nil {
					m.state(report.StateStopped)
				}
			}()
		}
		if err := inst.Kill(); err != nil {
			return err
		}
		m.console.flush()
	}
	o.Dir = s.dir
	return m.resume(ctx, StartConfig{AllowReboot: s.reboots}, o)
}

// resume starts the machine, which does not run, from a snapshot. The caller holds startMu.
func (m *Machine) resume(ctx context.Context, c StartConfig, o SnapshotOptions) error {
	restored, err := m.launch(ctx, c, func(so StartOptions) (Instance, error) {
		return m.o.Backend.(Restorer).Restore(ctx, so, o)
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.up, m.shells = true, shells(restored)
	m.mu.Unlock()
	m.state(report.StateUp)
	return nil
}

// removeSnapshots removes the snapshots of a machine that has ended. Their disks stay in its state directory: the machine's disks
// are made from them, which another machine may use, and those of clones.
func (m *Machine) removeSnapshots() error {
	m.snapshots.mu.Lock()
	defer m.snapshots.mu.Unlock()
	var errs []error
	for _, s := range m.snapshots.named {
		errs = append(errs, m.o.Backend.(Restorer).Discard(s.dir))
	}
	m.snapshots.named = nil
	return errors.Join(errs...)
}
