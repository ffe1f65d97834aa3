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
	g, err := guard.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

func TestSwitchIsReadyWhenStartReturns(t *testing.T) {
	g := startGuard(t)
	dir := t.TempDir()
	for nr := 1; nr <= 3; nr++ {
		s, err := Start(context.Background(), nr, dir, g)
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

func TestDeathIsNoticed(t *testing.T) {
	s, err := Start(context.Background(), 7, t.TempDir(), startGuard(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := syscall.Kill(s.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(2 * time.Second):
		t.Fatal("the death was not noticed")
	}
	var dead *DeadError
	if !errors.As(s.Err(), &dead) || !strings.Contains(dead.Error(), "vlan7") {
		t.Errorf("error %v, want one that names the network", s.Err())
	}
}

func TestCloseIsNoDeath(t *testing.T) {
	s, err := Start(context.Background(), 1, t.TempDir(), startGuard(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil || s.Err() != nil {
		t.Errorf("close: %v, %v", err, s.Err())
	}
}

func TestTooLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 90))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), 1, dir, startGuard(t)); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that names TMPDIR", err)
	}
}
