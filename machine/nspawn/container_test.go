package nspawn_test

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/report"
)

// TestContainer boots a container without a driver: no guard, no network.
func TestContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a container")
	}
	if err := nspawn.Check(true); err != nil {
		t.Skip(err)
	}
	image, err := guest.Ensure(t.Context(), "container", guest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := report.NewLog(nil, report.NewPlain(io.Discard, report.PlainOptions{}))
	defer log.Close()
	sandbox := nspawn.NewSandbox(nil)
	m, err := machine.New(machine.Options{Name: "box_1", Backend: &nspawn.Backend{Root: image.Root, Sandbox: sandbox}, Log: log, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sandbox.Close(); err != nil {
			t.Error(err)
		}
	}()
	defer m.Close()
	for boot := 1; boot <= 2; boot++ {
		// Units make directories in /tmp while it boots.
		if out, err := m.Succeed(t.Context(), "hostname; whoami; [ -e /tmp/left ] || echo fresh", 0); err != nil || out != "box-1\nroot\nfresh\n" {
			t.Fatalf("boot %d: output %q, error %v", boot, out, err)
		}
		pid := m.PID()
		if comm, err := os.ReadFile("/proc/1/comm"); err != nil || pid <= 1 {
			t.Errorf("the first process is %d, of the host %s (%v)", pid, comm, err)
		}
		if _, err := m.Succeed(t.Context(), "touch /tmp/left /kept", 0); err != nil {
			t.Error(err)
		}
		if err := m.Shutdown(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("the first process, %d, is left", pid)
		}
	}
	if text, err := m.ConsoleLog(); err != nil || !strings.Contains(text, "systemd") {
		t.Errorf("the console says %q (%v)", text, err)
	}
	if _, err := os.Stat(image.Root + "/kept"); err == nil {
		t.Error("the container has written to its root directory")
	}
}
