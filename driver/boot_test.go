package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// booting is a backend of machines that do nothing. It counts how they start.
type booting struct {
	mu          sync.Mutex
	did         []string
	fingerprint func() (string, error)
	spoilt      error // of restores
	console     string
	restored    string // what snapshots in the run have; empty: those of the cache have it
}

func (b *booting) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, fmt.Sprintf(format, args...))
}

// took returns what has happened since the last call.
func (b *booting) took() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.Sort(b.did)
	did := strings.Join(b.did, ", ")
	b.did = nil
	return did
}

func (b *booting) Kind() string { return "booting" }

func (b *booting) Start(_ context.Context, o machine.StartOptions) (machine.Instance, error) {
	b.note("boot %s", o.Name)
	fmt.Fprint(o.Console, b.console)
	return &booted{done: make(chan struct{})}, nil
}

func (b *booting) Restore(_ context.Context, o machine.StartOptions, from machine.SnapshotOptions) (machine.Instance, error) {
	if b.spoilt != nil {
		return nil, b.spoilt
	}
	text, err := os.ReadFile(filepath.Join(from.Dir, "memory"))
	if b.restored != "" {
		text, err = []byte(b.restored), nil
	}
	b.note("restore %s (%s, new name: %v)", o.Name, text, strings.Contains(from.Identity.Apart, "name="+o.Name+"\n"))
	return &booted{done: make(chan struct{})}, err
}

func (b *booting) Share(_ context.Context, _ machine.StartOptions, _, to string) error {
	return os.WriteFile(filepath.Join(to, "memory"), []byte("saved"), 0o600)
}

func (b *booting) Discard(string) error { return nil }

// booted is a machine of booting.
type booted struct {
	end  sync.Once
	done chan struct{}
}

func (i *booted) Done() <-chan struct{}         { return i.done }
func (i *booted) Err() error                    { return nil }
func (i *booted) PID() int                      { return 1 }
func (i *booted) Connect(context.Context) error { return nil }
func (i *booted) Run(context.Context, shell.Command) (shell.Result, error) {
	return shell.Result{}, nil
}
func (i *booted) QMP() *qmp.Client { return nil }
func (i *booted) Kill() error {
	i.end.Do(func() { close(i.done) })
	return nil
}
func (i *booted) Snapshot(context.Context, machine.SnapshotOptions) error { return nil }

// makerOf makes all machines with one backend.
type makerOf struct{ b *booting }

func (m makerOf) Make(_ context.Context, e *Environment) (machine.Backend, error) {
	e.fingerprint = func(string) (string, error) { return m.b.fingerprint() }
	return m.b, nil
}
func (m makerOf) Close() error { return nil }

// messages keeps the messages of a log that are not for debugging.
type messages struct {
	mu   sync.Mutex
	list []string
}

func (m *messages) Handle(e report.Event) {
	if e.Kind == report.Message && e.Level != report.Debug {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.list = append(m.list, e.Text)
	}
}
func (m *messages) Close() error { return nil }

// cacheRun starts machines of these descriptions in a run, and returns what was done and said.
func cacheRun(t *testing.T, b *booting, mode Snapshots, ms ...MachineConfig) (did, said string) {
	t.Helper()
	var log messages
	d, err := New(t.Context(), Options{OutDir: t.TempDir(), Log: report.NewLog(time.Now, &log), Snapshots: mode, Backends: []BackendType{{
		Name: "qemu", Owns: func(MachineConfig) bool { return true }, Open: func(vlan.Guard) Maker { return makerOf{b} },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, mc := range ms {
		mc.Guest, mc.Boot = "tiny", config.BootCached
		if _, err := d.CreateMachine(t.Context(), mc); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.StartAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range d.Machines() {
		if !m.IsUp() {
			t.Errorf("%s is not up", m.Name())
		}
		if text, err := m.Console().Log(); err != nil || text != b.console {
			t.Errorf("the console of %s has %q, %v", m.Name(), text, err)
		}
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	return b.took(), strings.Join(slices.DeleteFunc(log.list, func(s string) bool {
		return strings.HasPrefix(s, "connected to") || strings.HasPrefix(s, "the snapshot")
	}), "\n")
}

// TestCachedBoot: the first of the machines that are described alike boots, in one run or in several; whatever has changed or is
// broken, the machine boots, and the log says why.
func TestCachedBoot(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	what := "one"
	b := &booting{console: "Linux\nlogin: ", fingerprint: func() (string, error) { return what, nil }}
	a, other := MachineConfig{Name: "a"}, MachineConfig{Name: "b"}
	prepared := func(key string) MachineConfig {
		return MachineConfig{Name: "p", Prepare: &config.Preparation{Key: key, Run: func(_ context.Context, m any) error {
			b.note("prepare %s", m.(*machine.Machine).Name())
			return nil
		}}}
	}
	run := func(mode Snapshots, wantDid, wantSaid string, ms ...MachineConfig) {
		t.Helper()
		did, said := cacheRun(t, b, mode, ms...)
		if did != wantDid || wantSaid == "" && said != "" || !strings.Contains(said, wantSaid) {
			t.Errorf("%s, and said was %q; want %s, and %q", did, said, wantDid, wantSaid)
		}
	}
	const restoredA = "restore a (saved, new name: true)"
	run(SnapshotsOff, "boot a", "", a)
	run(SnapshotsRead, "boot a", "", a)
	run(SnapshotsWrite, "boot a", "", a)
	run(SnapshotsWrite, restoredA, "", a)
	run(SnapshotsRead, restoredA+", restore b (saved, new name: true)", "", a, other)
	run(SnapshotsOff, "boot a", "", a)
	what = "two"
	if did, _ := cacheRun(t, b, SnapshotsWrite, a, other); strings.Count(did, "boot ") != 1 || strings.Count(did, "restore ") != 1 {
		t.Errorf("two machines that are alike: %s", did)
	}
	run(SnapshotsWrite, "boot p, prepare p", "", prepared("x"))
	run(SnapshotsWrite, "restore p (saved, new name: true)", "", prepared("x"))
	run(SnapshotsWrite, "boot p, prepare p", "", prepared("y"))
	run(SnapshotsOff, "boot p, prepare p", "", prepared("y"))

	files, err := filepath.Glob(filepath.Join(cache, "gotest-driver", "snapshots", "*", "memory"))
	if err != nil || len(files) != 4 {
		t.Fatalf("there are %q, %v", files, err)
	}
	for _, f := range files {
		if err := os.Truncate(f, 1); err != nil {
			t.Fatal(err)
		}
	}
	run(SnapshotsWrite, "boot a", "a boots: its kept boot can't be used, and is removed: ", a)
	b.spoilt = errors.New("Unknown savevm section")
	run(SnapshotsWrite, "boot a", "Unknown savevm section", a)
	b.spoilt = nil
	run(SnapshotsWrite, restoredA, "", a)

	b.fingerprint = func() (string, error) { return "", &qemu.UncacheableError{Reason: "it is not known"} }
	run(SnapshotsWrite, "boot a", "a boots: it is not known", a)
	b.fingerprint = func() (string, error) { return "three", nil }
	b.console = "[    1.0] BUG: unable to handle page fault for address: 0\n"
	run(SnapshotsWrite, "boot a", "its kernel has told of trouble", a)
	b.console = ""
	t.Setenv("XDG_CACHE_HOME", filepath.Join(cache, "none", "homeless"))
	if err := os.WriteFile(filepath.Join(cache, "none"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run(SnapshotsWrite, "boot a", "", a)
}

// TestPreparedInputs: a preparation that copies a file is done again when that has changed.
func TestPreparedInputs(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "input")
	b := &booting{fingerprint: func() (string, error) { return "one", nil }}
	mc := MachineConfig{Name: "a", Prepare: &config.Preparation{Key: "x", Run: func(ctx context.Context, m any) error {
		_ = m.(*machine.Machine).CopyFromHost(ctx, file, "/root/input") // this machine can't take it
		return nil
	}}}
	for _, step := range []struct{ content, want string }{
		{"1", "boot a"}, {"1", "restore a (saved, new name: true)"}, {"2", "boot a"}, {"2", "restore a (saved, new name: true)"},
	} {
		if err := os.WriteFile(file, []byte(step.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if did, said := cacheRun(t, b, SnapshotsWrite, mc); did != step.want {
			t.Errorf("with %s: %s, want %s\n%s", step.content, did, step.want, said)
		}
	}
}

// TestCheckpoint: machines are as they were at the checkpoint, whether they ran or not, and those that were made later are gone.
func TestCheckpoint(t *testing.T) {
	b := &booting{}
	d, err := New(t.Context(), Options{OutDir: t.TempDir(), Backends: []BackendType{{
		Name: "qemu", Owns: func(MachineConfig) bool { return true }, Open: func(vlan.Guard) Maker { return makerOf{b} },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx := t.Context()
	create := func(name string) *machine.Machine {
		m, err := d.CreateMachine(ctx, MachineConfig{Name: name, Guest: "tiny"})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	up, down := create("up"), create("down")
	if err := up.Start(ctx, machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	b.restored = "state"
	back, err := d.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		later := create("later")
		for _, m := range []*machine.Machine{down, later} {
			if err := m.Start(ctx, machine.StartConfig{}); err != nil {
				t.Fatal(err)
			}
		}
		b.took()
		if err := back(ctx); err != nil {
			t.Fatal(err)
		}
		if did := b.took(); did != "restore up (state, new name: false)" || !up.IsUp() || down.Booted() || later.Booted() || len(d.Machines()) != 2 {
			t.Errorf("%s; up: %v, down: %v, later: %v, %d machines", did, up.IsUp(), down.Booted(), later.Booted(), len(d.Machines()))
		}
	}
}
