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
	if err := o.Barrier(ctx); err != nil {
		return err
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
	b.restored = append(b.restored, filepath.Base(from.Dir))
	return b.Start(ctx, o)
}

func (b *saving) Discard(dir string) error {
	b.discarded = append(b.discarded, filepath.Base(dir))
	return nil
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
	if left, err := filepath.Glob(filepath.Join(m.StateDir(), "snapshot*")); err != nil || len(left) > 0 {
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
