package vlan

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
)

func startGuard(t *testing.T) *guard.Guard {
	t.Helper()
	if _, err := exec.LookPath("vde_switch"); err != nil {
		t.Skip("needs vde_switch")
	}
	g := guard.New()
	t.Cleanup(func() { g.Close() })
	return g
}

func TestSwitchIsReadyWhenStartReturns(t *testing.T) {
	g := startGuard(t)
	dir := t.TempDir()
	for nr := 1; nr <= 3; nr++ {
		s, err := Start(context.Background(), nr, Options{Dir: dir, Guard: g})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c, err := net.Dial("unix", filepath.Join(s.Dir(), "ctl"))
		if err != nil {
			t.Errorf("%s does not accept connections: %v", s.Name(), err)
			continue
		}
		c.Close()
	}
}

// A program that has no guard of a driver's uses networks all the same.
func TestWithoutGuard(t *testing.T) {
	startGuard(t) // skips where there is no vde_switch
	n, err := Start(t.Context(), 1, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPort(nil, 1, n.Dir(), func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Send([]byte("packet")), p.Close(), n.Close()); err != nil {
		t.Error(err)
	}
}

func TestDeathIsNoticed(t *testing.T) {
	died := make(chan error, 1)
	s, err := Start(context.Background(), 7, Options{Dir: t.TempDir(), Guard: startGuard(t), OnDeath: func(err error) { died <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := syscall.Kill(s.main.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var err2 error
	select {
	case err2 = <-died:
	case <-time.After(time.Minute):
		t.Fatal("the death was not noticed")
	}
	var dead *DeadError
	if !errors.As(err2, &dead) || !strings.Contains(dead.Error(), "vlan7") {
		t.Errorf("error %v, want one that names the network", err2)
	}
}

func TestCloseIsNoDeath(t *testing.T) {
	s, err := Start(context.Background(), 1, Options{Dir: t.TempDir(), Guard: startGuard(t), OnDeath: func(err error) { t.Errorf("death: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestTooLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 90))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), 1, Options{Dir: dir, Guard: startGuard(t)}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that names TMPDIR", err)
	}
}

// TestSettle: after settle a switch knows all earlier changes of its plugs, and only the open ports are in use.
func TestSettle(t *testing.T) {
	g := startGuard(t)
	n := startNetwork(t)
	own, _ := sockets(n.Dir())
	for range 30 {
		p, err := OpenPort(g, 1, n.Dir(), func([]byte) {})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := sockets(n.Dir()); got != own+1 {
			t.Fatalf("%d ports are in use when one has been opened, want 1", got-own)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := n.main.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, _ := sockets(n.Dir()); got != own {
			t.Fatalf("%d ports are in use when all have been closed", got-own)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.main.ask(ended); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := n.main.settle(t.Context()); err != nil {
		t.Errorf("after a question that nobody waited for: %v", err)
	}
}
