// Package gotest shows a test of a virtual machine in Go alone, without a script.
package gotest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

func TestBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	log := report.NewLog(nil, report.NewPlain(os.Stderr, report.PlainOptions{Serial: true}))
	defer log.Close()
	d, err := driver.New(ctx, driver.Options{Name: "boot", OutDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // ends the machine, however the test goes

	m, err := d.CreateMachine(ctx, driver.MachineConfig{Name: "tiny", Guest: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Succeed(ctx, "hostname", 0) // starts it and waits for the boot
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(out); got != "tiny" {
		t.Errorf("the host name is %q, want tiny", got)
	}
	r, err := m.Execute(ctx, "exit 42", machine.ExecuteOptions{})
	if err != nil || r.Status != 42 {
		t.Errorf("status %d, error %v, want 42", r.Status, err)
	}
	if err := m.Shutdown(ctx, time.Minute); err != nil {
		t.Error(err)
	}
}
