package vlan

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeMember is a machine that can be moved, and notes where it is.
type fakeMember struct {
	name string
	at   string
	err  error // of a move, which then fails
}

func (m *fakeMember) Name() string                              { return m.name }
func (m *fakeMember) OnVLAN(context.Context, int) (bool, error) { return true, nil }

func (m *fakeMember) PlugVLAN(_ context.Context, _ int, socket string) error {
	m.at = socket
	if m.err != nil {
		m.at = "nowhere"
	}
	return m.err
}

// onlyPrograms makes only these programs available.
func onlyPrograms(t *testing.T, names ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skip("needs " + name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

func startNetwork(t *testing.T, members ...Member) *Network {
	t.Helper()
	n, err := Start(context.Background(), 1, Options{Dir: t.TempDir(), Guard: startGuard(t), OnDeath: func(err error) { t.Errorf("death: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // it waits for all processes of the network
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, m := range members {
		n.Add(m)
	}
	return n
}

// An impairment that can't be made leaves a network that can be healed and closed.
func TestImpairmentFails(t *testing.T) {
	a := &fakeMember{name: "a"}
	n := startNetwork(t, a)
	onlyPrograms(t, "vde_switch")
	ctx := context.Background()
	if err := n.Impair(ctx, "a", Impairment{Delay: 1}); err == nil || !strings.Contains(err.Error(), "wirefilter") {
		t.Errorf("error %v, want one that names wirefilter", err)
	}
	if err := n.Heal(ctx, "a"); err != nil {
		t.Error(err)
	}
	if err := n.Impair(ctx, "a", Impairment{Delay: 1}); err == nil {
		t.Error("no error without wirefilter")
	}
}

// A partition that can't be made leaves the network as it was.
func TestPartitionFails(t *testing.T) {
	a, b := &fakeMember{name: "a"}, &fakeMember{name: "b"}
	n := startNetwork(t, a, b)
	ctx := context.Background()
	if err := n.Partition(ctx, [][]string{{"a"}}); err != nil {
		t.Fatal(err)
	}
	at := a.at
	path := os.Getenv("PATH")
	onlyPrograms(t)
	if err := n.Partition(ctx, [][]string{{"b"}, {"a"}}); err == nil || !strings.Contains(err.Error(), "vde_switch") {
		t.Errorf("error %v, want one that names vde_switch", err)
	}
	if a.at != at || n.Faults().String() != "partition a" {
		t.Errorf("a was moved from %s to %s, faults: %s", at, a.at, n.Faults())
	}
	t.Setenv("PATH", path)
	if err := n.Heal(ctx, ""); err != nil {
		t.Error(err)
	}
	if a.at != n.Dir() {
		t.Errorf("after healing a is at %s, want %s", a.at, n.Dir())
	}
}

// The next change plugs in a machine that could not be moved, even when it belongs on the switch where it was before.
func TestMoveFails(t *testing.T) {
	a, b := &fakeMember{name: "a"}, &fakeMember{name: "b"}
	n := startNetwork(t, a, b)
	ctx := context.Background()
	a.err = errors.New("QEMU is busy")
	if err := n.Partition(ctx, [][]string{{"a"}, {"b"}}); !errors.Is(err, a.err) {
		t.Errorf("error %v, want %v", err, a.err)
	}
	if at := n.Socket("a"); at != n.groups[0].Dir() {
		t.Errorf("a belongs on %s, want %s", at, n.groups[0].Dir())
	}
	a.err = nil
	if err := n.Heal(ctx, ""); err != nil {
		t.Error(err)
	}
	if a.at != n.Dir() || b.at != n.Dir() {
		t.Errorf("after healing they are at %s and %s, want %s", a.at, b.at, n.Dir())
	}
}

// A machine that replaces an impaired one of the same name begins without faults of its own, with the machines that are in
// no group.
func TestMemberIsReplaced(t *testing.T) {
	a := &fakeMember{name: "a"}
	n := startNetwork(t, a)
	ctx := context.Background()
	if err := n.Impair(ctx, "a", Impairment{Delay: 1}); err != nil {
		t.Fatal(err)
	}
	if err := n.Partition(ctx, [][]string{{"a"}}); err != nil {
		t.Fatal(err)
	}
	n.Add(&fakeMember{name: "a"})
	if got, others := n.Socket("a"), n.groups[len(n.groups)-1].Dir(); got != others {
		t.Errorf("it is at %s, want %s", got, others)
	}
}

func TestImpairmentBounds(t *testing.T) {
	for _, i := range []Impairment{{Loss: math.NaN()}, {Loss: 101}, {Duplicate: -1}, {Delay: math.NaN()}, {Delay: -1}, {Delay: 1, Jitter: 2}, {Rate: -1}} {
		if i.check() == nil {
			t.Errorf("%+v was taken", i)
		}
	}
	if err := (Impairment{Loss: 100, Duplicate: 1, Delay: 2, Jitter: 1, Rate: 1}).check(); err != nil {
		t.Error(err)
	}
}

func TestDirectoryThatVDECantUse(t *testing.T) {
	g := startGuard(t)
	dir := filepath.Join(t.TempDir(), "a[b]")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), 1, Options{Dir: dir, Guard: g}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that names TMPDIR", err)
	}
	colon := filepath.Join(t.TempDir(), "a:b")
	if err := os.Mkdir(colon, 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := Start(context.Background(), 1, Options{Dir: colon, Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Add(&fakeMember{name: "a"})
	if err := n.Impair(context.Background(), "a", Impairment{Delay: 1}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that names TMPDIR", err)
	}
}
