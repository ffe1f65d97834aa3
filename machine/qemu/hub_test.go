package qemu

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// TestMovesThatFail: a card whose move was refused, or interrupted half way, is on its switch after the next move.
func TestMovesThatFail(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	for _, program := range []string{"vde_switch", "qemu-system-x86_64"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	dir, err := os.MkdirTemp("", "gth")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	g := guard.New()
	network, err := vlan.Start(t.Context(), 1, vlan.Options{Dir: dir, Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "image")
	if err := os.WriteFile(image, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	// The processors never start: only the cards are needed.
	spec := Spec{Image: image, Memory: 64, VLANs: []NIC{{VLAN: 1, MAC: "52:54:00:01:01:00", Socket: network.Dir()}}, Options: []string{"-S"}, Binary: "qemu-system-x86_64"}

	described := &kept{Backend: &Backend{Guard: g, Spec: func() Spec { return spec }}}
	line := `qemu-system-x86_64 -nodefaults -S -m 64 -netdev vde,id=x,sock="$QEMU_VDE_SOCKET_1" -device virtio-net-pci,netdev=x,romfile=`
	scripted := &kept{Backend: &Backend{Guard: g, StartCommand: line, Switches: func() map[int]string { return map[int]string{1: network.Dir()} }}}
	other, err := vlan.Start(t.Context(), 2, vlan.Options{Dir: dir, Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	log := report.NewLog(nil, report.NewPlain(io.Discard, report.PlainOptions{}))
	defer func() {
		if err := errors.Join(network.Close(), other.Close(), g.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	}()
	for name, b := range map[string]*kept{"described": described, "scripted": scripted} {
		t.Run(name, func(t *testing.T) {
			m, err := machine.New(machine.Options{Name: name, Backend: b, Log: log, StateDir: filepath.Join(dir, name)})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if err := m.Start(t.Context(), machine.StartConfig{}); err != nil {
				t.Fatal(err)
			}
			plug := func(ctx context.Context, socket string) error { return m.PlugVLAN(ctx, 1, socket) }
			ports := func(n *vlan.Network) int {
				files, err := filepath.Glob(filepath.Join(n.Dir(), "0*"))
				if err != nil {
					t.Fatal(err)
				}
				return len(files)
			}
			home := ports(network)
			if name == "described" {
				if err := plug(t.Context(), filepath.Join(dir, "nothing")); err == nil || !strings.Contains(err.Error(), "not moved") {
					t.Errorf("error %v, want one that says that it is not moved", err)
				}
			}
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if err := plug(ended, other.Dir()); err == nil {
				t.Error("no error though the context has ended")
			}
			if n := ports(network); n != home {
				t.Errorf("the switch has %d ports, want %d", n, home)
			}
			if name == "described" { // as if the move had been interrupted between its steps
				if err := b.inst.remove(t.Context(), "netdev_del", "vlan1-wire-hub"); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := plug(t.Context(), other.Dir()); err != nil {
					t.Fatal(err)
				}
				if err := b.inst.remove(t.Context(), "object-del", "gotest-vlan1-tx"); err != nil {
					t.Fatal(err)
				}
			}
			for _, to := range []*vlan.Network{other, network, other} {
				if err := plug(t.Context(), to.Dir()); err != nil {
					t.Fatal(err)
				}
			}
			for end := time.Now().Add(time.Minute); ports(other) > 1 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				// A switch takes a while to see that a plug was pulled.
			}
			if n := ports(other); n != 1 {
				t.Errorf("the other switch has %d ports, want 1", n)
			}
			out, err := b.inst.qmp.HumanMonitor(t.Context(), "info network")
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(out, "type=vde"); n != 1 {
				t.Errorf("the machine has %d connections, want 1:\n%s", n, out)
			}
		})
	}
}
