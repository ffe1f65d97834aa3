package driver_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

// Machines are started, without waiting for their boot.
func TestBeginRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	ctx := t.Context()
	tiny := driver.MachineConfig{Guest: "tiny"}
	d, err := driver.New(ctx, driver.Options{OutDir: t.TempDir(), Config: &driver.Config{VMs: map[string]driver.MachineConfig{
		"fixed": {Name: "fixed", Guest: "tiny"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	create := func(name string, memory int) *machine.Machine {
		t.Helper()
		mc := tiny
		mc.Name, mc.Memory = name, memory
		m, err := d.CreateMachine(ctx, mc)
		if err != nil {
			t.Fatal(err)
		}
		start(ctx, t, m)
		return m
	}
	begin := func() {
		t.Helper()
		if err := d.BeginRun(ctx); err != nil {
			t.Fatal(err)
		}
		if ms := d.Machines(); len(ms) != 1 || ms[0].Name() != "fixed" {
			t.Fatalf("a script that begins finds %v", ms)
		}
	}
	end := func() {
		t.Helper()
		if err := d.EndRun(); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(pid int, what string) {
		t.Helper()
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("%s: the process is still there", what)
		}
	}

	fixed := d.Machines()[0]
	start(ctx, t, fixed)
	a, b := create("a", 0), create("b", 0)
	aPID, bPID := a.PID(), b.PID()

	begin()
	if create("a", 0) != a {
		t.Error("a machine of the same description was made anew")
	}
	if create("b", 96) == b {
		t.Error("a machine of another description was kept")
	}
	gone(bPID, "a machine whose description has changed")
	b = d.Machines()[1]
	if _, err := d.CreateMachine(ctx, driver.MachineConfig{Guest: "tiny", Name: "a"}); err == nil {
		t.Error("a script made two machines of the same name")
	}
	end()

	// Without a, b is the second machine and has other addresses.
	begin()
	if d.Machines()[0] != fixed {
		t.Error("a configured machine was made anew")
	}
	if create("b", 96) == b {
		t.Error("a machine was kept though its number has changed")
	}
	gone(aPID, "a machine whose number another one has now")
	end()

	// Machines that a run does not ask for end with EndRun, not before.
	b = d.Machines()[0]
	pid := b.PID()
	if err := fixed.Crash(ctx); err != nil {
		t.Fatal(err)
	}
	begin()
	if d.Machines()[0] == fixed {
		t.Error("a configured machine that has ended was kept")
	}
	begin()
	if create("b", 96) != b {
		t.Error("a machine that a run before the last one has made was lost")
	}
	begin()
	end()
	gone(pid, "a machine that no run asks for")
}

func start(ctx context.Context, t *testing.T, m *machine.Machine) {
	t.Helper()
	if err := m.Start(ctx, machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
}
