package qemu

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// kept keeps the instance that it starts.
type kept struct {
	*Backend
	inst *instance
}

func (k *kept) Start(ctx context.Context, o machine.StartOptions) (machine.Instance, error) {
	i, err := k.Backend.Start(ctx, o)
	if err == nil {
		k.inst = i.(*instance)
	}
	return i, err
}

// TestQMPCloses: a wait for an event ends soon when the monitor's connection closes, even if QEMU keeps running.
func TestQMPCloses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	log := report.NewLog(nil, report.NewPlain(io.Discard, report.PlainOptions{}))
	defer log.Close()
	// The processor never starts: only the monitor is needed.
	b := &kept{Backend: &Backend{StartCommand: "qemu-system-x86_64 -nodefaults -S -m 64"}}
	m, err := machine.New(machine.Options{Name: "server", Backend: b, Log: log, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := m.Start(t.Context(), machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	never := func(qmp.Event) (bool, error) { return false, nil }
	time.AfterFunc(200*time.Millisecond, func() { b.inst.qmp.Close() })
	start := time.Now()
	_, err = m.WaitForQMPEvent(t.Context(), "NEVER", never, machine.Wait{})
	var gone *qmp.DisconnectedError
	if !errors.As(err, &gone) || !strings.Contains(err.Error(), "QMP") {
		t.Errorf("the wait ended with %v", err)
	}
	if late := time.Since(start); late > time.Minute {
		t.Errorf("it took %v", late)
	}
	if !m.Booted() {
		t.Error("QEMU has ended, too")
	}
}
