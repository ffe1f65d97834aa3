package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// saving is a backend whose machines do nothing, and can be saved.
type saving struct {
	mu        sync.Mutex
	starts    []StartOptions
	restored  []string // directories
	discarded []string
	shared    []string
	from      []SnapshotOptions
	last      *savable
	err       error  // of saving and restoring
	still, on func() // called when a machine stands still, and when it goes on
}

func (b *saving) Kind() string { return "saving" }

func (b *saving) Start(_ context.Context, o StartOptions) (Instance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.starts = append(b.starts, o)
	b.last = &savable{scripted: &scripted{run: func(string) (int, string, error) { return 0, "", nil }, connect: func() error { return nil }, done: make(chan struct{})}, b: b}
	return b.last, nil
}

func (b *saving) stand(ctx context.Context, o SnapshotOptions) error {
	if b.err != nil {
		return b.err
	}
	if b.still != nil {
		b.still()
	}
	if o.Barrier != nil {
		if err := o.Barrier(ctx); err != nil {
			return err
		}
	}
	if b.on != nil {
		b.on()
	}
	return nil
}

func (b *saving) Restore(ctx context.Context, o StartOptions, from SnapshotOptions) (Instance, error) {
	if err := b.stand(ctx, from); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.restored, b.from = append(b.restored, filepath.Base(from.Dir)), append(b.from, from)
	b.mu.Unlock()
	return b.Start(ctx, o)
}

func (b *saving) Share(_ context.Context, o StartOptions, dir, to string) error {
	b.shared = append(b.shared, filepath.Base(dir))
	return os.WriteFile(filepath.Join(o.StateDir, "qmp"), nil, 0o600)
}

func (b *saving) Discard(dir string) error {
	b.discarded = append(b.discarded, filepath.Base(dir))
	return os.Remove(filepath.Join(dir, "state"))
}

// savable is a machine of saving.
type savable struct {
	*scripted
	b *saving
}

func (s *savable) Snapshot(ctx context.Context, o SnapshotOptions) error {
	return errors.Join(os.WriteFile(filepath.Join(o.Dir, "state"), nil, 0o600), s.b.stand(ctx, o))
}

// savableMachine returns a machine of saving, and the states that its log has.
func savableMachine(t *testing.T, name string, b *saving, change func(*Options)) (*Machine, *states) {
	t.Helper()
	dir := t.TempDir()
	var s states
	o := Options{Name: name, Backend: b, Log: report.NewLog(time.Now, &s), StateDir: dir, OutDir: dir}
	if change != nil {
		change(&o)
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, &s
}

// states keeps the states of a machine in a log.
type states struct {
	mu   sync.Mutex
	list []string
}

func (s *states) Handle(e report.Event) {
	if e.Kind == report.State {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list = append(s.list, e.Text)
	}
}
func (s *states) Close() error { return nil }

// TestSnapshots: a machine is restored while it runs and after its end, as it was started; names are used again.
func TestSnapshots(t *testing.T) {
	b := &saving{}
	m, log := savableMachine(t, "server", b, nil)
	ctx := t.Context()
	if err := m.Start(ctx, StartConfig{AllowReboot: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "a"} {
		if err := m.Snapshot(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.Snapshots(); !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(b.discarded, []string{"snapshot-server-1"}) {
		t.Errorf("snapshots %q, discarded %q", got, b.discarded)
	}
	if err := m.Restore(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if log.mu.Lock(); slices.Contains(log.list, report.StateStopped) {
		t.Errorf("a machine that is restored seems to stop: %q", log.list)
	}
	log.mu.Unlock()
	if err := m.Shutdown(ctx, time.Millisecond); err == nil {
		t.Fatal("it has not been told to end")
	}
	b.last.end("it has powered off")
	if err := m.Restore(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.restored, []string{"snapshot-server-3", "snapshot-server-2"}) || !m.IsUp() || !b.starts[2].AllowReboot {
		t.Errorf("restored %q, up: %v, %+v", b.restored, m.IsUp(), b.starts[2])
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(m.StateDir(), "snapshot*", "state")); err != nil || len(left) > 0 {
		t.Errorf("snapshots are left: %q, %v", left, err)
	}
	if err := m.Restore(ctx, "b"); err == nil {
		t.Error("a machine that was released is restored")
	}
}

// TestSnapshotRefused: what can't be is said, and nothing changes.
func TestSnapshotRefused(t *testing.T) {
	b := &saving{}
	m, log := savableMachine(t, "server", b, nil)
	kept, _ := savableMachine(t, "kept", b, func(o *Options) { o.KeepState = true })
	plain, _, _ := play(t, func(string) (int, string, error) { return 0, "", nil })
	ctx := t.Context()
	if err := m.Snapshot(ctx, "there"); err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		`server: there is no snapshot "x": there are "there"`:    m.Restore(ctx, "x"),
		`kept: there is no snapshot "x": none was taken`:         kept.Restore(ctx, "x"),
		"server: a snapshot needs a name":                        m.Snapshot(ctx, ""),
		"kept: a snapshot changes the files":                     kept.Snapshot(ctx, "x"),
		"server: snapshot is not possible on a scripted machine": plain.Snapshot(ctx, "x"),
		"server: restore is not possible on a scripted machine":  plain.Restore(ctx, "x"),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	b.err = errors.New("no room")
	if err := m.Snapshot(ctx, "there"); !errors.Is(err, b.err) {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(b.discarded, []string{"snapshot-server-2"}) || !slices.Equal(m.Snapshots(), []string{"there"}) || !m.IsUp() {
		t.Errorf("after a failure: discarded %q, %q, up: %v", b.discarded, m.Snapshots(), m.IsUp())
	}
	if err := m.Restore(ctx, "there"); !errors.Is(err, b.err) {
		t.Errorf("got %v", err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if m.Booted() || log.list[len(log.list)-1] != report.StateStopped {
		t.Errorf("after a restore that failed: booted: %v, states %q", m.Booted(), log.list)
	}
}

// TestSnapshotAll: no machine goes on before all stand still, and none has a new snapshot if one fails.
func TestSnapshotAll(t *testing.T) {
	var still atomic.Int64
	backends, ms := []*saving{}, []*Machine{}
	for _, name := range []string{"c", "a", "b"} {
		b := &saving{still: func() { still.Add(1) }, on: func() {
			if n := still.Load(); n != 3 {
				t.Errorf("a machine goes on while %d stand still", n)
			}
		}}
		m, _ := savableMachine(t, name, b, nil)
		backends, ms = append(backends, b), append(ms, m)
	}
	for _, f := range []func(context.Context, []*Machine, string) error{SnapshotAll, RestoreAll} {
		still.Store(0)
		if err := f(t.Context(), ms, "x"); err != nil {
			t.Fatal(err)
		}
	}
	backends[1].err = errors.New("no room")
	if err := SnapshotAll(t.Context(), ms, "y"); !errors.Is(err, backends[1].err) {
		t.Errorf("got %v", err)
	}
	for n, m := range ms {
		if got := m.Snapshots(); !slices.Equal(got, []string{"x"}) || len(backends[n].discarded) != 1 {
			t.Errorf("%s: snapshots %q, discarded %q", m.Name(), got, backends[n].discarded)
		}
	}
	other, _ := savableMachine(t, "other", &saving{}, nil)
	if err := RestoreAll(t.Context(), append(ms, other), "x"); err == nil || !strings.Contains(err.Error(), "other: there is no snapshot") || !ms[0].Booted() {
		t.Errorf("got %v, the first one runs: %v", err, ms[0].Booted())
	}
}

// TestClone: machines go on from a snapshot of another one, each with an identity of its own, and nothing of how their memory
// became one is left.
func TestClone(t *testing.T) {
	b := &saving{}
	source, _ := savableMachine(t, "server", b, nil)
	ctx := t.Context()
	if err := source.Snapshot(ctx, "clean"); err != nil {
		t.Fatal(err)
	}
	clones := []*Machine{}
	for _, name := range []string{"node1", "node2"} {
		m, _ := savableMachine(t, name, b, nil)
		clones = append(clones, m)
	}
	identity := func(m *Machine) Identity { return Identity{Apart: m.Name()} }
	if err := source.Clone(ctx, "none", clones, identity); err == nil || !strings.Contains(err.Error(), `server: there is no snapshot "none"`) {
		t.Errorf("got %v", err)
	}
	if err := source.Clone(ctx, "clean", clones, identity); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, o := range b.from {
		names = append(names, o.Identity.Apart)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"node1", "node2"}) || !slices.Equal(b.shared, []string{"snapshot-server-1"}) || !slices.Equal(b.restored, []string{"snapshot-server-1", "snapshot-server-1"}) {
		t.Errorf("identities %q, shared %q, restored %q", names, b.shared, b.restored)
	}
	if !clones[0].IsUp() || !clones[1].IsUp() || !source.IsUp() {
		t.Error("a machine is not up")
	}
	if left, err := filepath.Glob(filepath.Join(source.StateDir(), "share-*")); err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// TestReleasedDisks: the disks of a machine, which build on those of its snapshots, can be used after its release.
func TestReleasedDisks(t *testing.T) {
	b := &saving{}
	m, _ := savableMachine(t, "installer", b, nil)
	if err := m.Snapshot(t.Context(), "clean"); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(m.StateDir(), "snapshot-installer-1", "disk0")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(disk); err != nil {
		t.Error(err)
	}
}
