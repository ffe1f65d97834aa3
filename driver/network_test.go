package driver_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
)

// program puts a shell script in the way of a program.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestNetworkMedium checks which networks a run has on hosts with and without VDE.
func TestNetworkMedium(t *testing.T) {
	vde, err := exec.LookPath("vde_switch")
	if err != nil {
		t.Skip("needs vde_switch")
	}
	const with, without = "echo 'Available netdev backend types:'; echo stream; echo vde", "echo 'Available netdev backend types:'; echo stream"
	script := driver.Config{VMs: map[string]driver.MachineConfig{"m": {Name: "m", StartScript: "./run-m-vm"}}}
	for name, tt := range map[string]struct {
		qemu    string
		noVDE   bool // no vde_switch
		env     string
		config  driver.Config
		hub     bool
		problem string // what the error mentions
	}{
		"all is there":                  {qemu: with},
		"a QEMU without vde":            {qemu: without, hub: true},
		"no vde_switch":                 {qemu: with, noVDE: true, hub: true},
		"a hub by the variable":         {qemu: with, env: "hub", hub: true},
		"VDE by the variable":           {qemu: without, env: "vde"},
		"the configuration comes first": {qemu: with, env: "vde", config: driver.Config{Networks: "hub"}, hub: true},
		"a typo in the variable":        {qemu: with, env: "hubb", problem: `$GOTEST_NET is "hubb"`},
		"a start script needs VDE":      {qemu: without, config: script},
		"a start script and no VDE":     {qemu: with, noVDE: true, config: script, problem: "vde_switch"},
		"a container needs VDE":         {qemu: without, config: driver.Config{Containers: map[string]driver.MachineConfig{"c": {Name: "c", Container: "/none"}}}},
		"QEMU can't list what it has":   {qemu: "exit 1", problem: "network backends"},
		"a start script on forced hubs": {qemu: with, env: "hub", config: driver.Config{VLANs: []int{2}, VMs: script.VMs}, problem: `$GOTEST_NET is "hub"`},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			program(t, bin, "qemu-system-x86_64", tt.qemu)
			t.Setenv("GOTEST_QEMU", filepath.Join(bin, "qemu-system-x86_64"))
			t.Setenv("GOTEST_NET", tt.env)
			path := bin + ":/usr/bin:/bin"
			if tt.noVDE {
				path = bin
			} else if err := os.Symlink(vde, filepath.Join(bin, "vde_switch")); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", path)
			hub := false
			d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir(), Config: &tt.config})
			if err == nil {
				defer d.Close()
				n, verr := d.VLAN(t.Context(), 1)
				if err = verr; err == nil {
					hub = n.IsHub()
				}
			}
			switch {
			case tt.problem == "" && err != nil, tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
				t.Errorf("error %v, want one with %q", err, tt.problem)
			case hub != tt.hub:
				t.Errorf("hub: %t, want %t", hub, tt.hub)
			}
		})
	}
}
