package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/report"
)

// Starter starts a machine for Options.Boot, by one of Restore and Boot. Its methods are for the duration of that call.
type Starter struct {
	m *Machine
	c StartConfig
}

// startingKey is that of a context in which a machine is being started by Options.Boot.
type startingKey struct{ *Machine }

func (m *Machine) isStarting(ctx context.Context) bool { return ctx.Value(startingKey{m}) != nil }

// startBy starts the machine by Options.Boot.
func (m *Machine) startBy(ctx context.Context, c StartConfig) error {
	m.startMu.Lock()
	defer m.startMu.Unlock()
	if m.instance() != nil {
		return nil
	}
	if m.isClosed() {
		return m.released()
	}
	return m.o.Boot(context.WithValue(ctx, startingKey{m}, true), &Starter{m, c})
}

// Name returns the machine's name.
func (s *Starter) Name() string { return s.m.o.Name }

// Machine returns the machine. Its Start does nothing as long as it runs.
func (s *Starter) Machine() *Machine { return s.m }

// Boot starts the machine and waits for its root shell.
func (s *Starter) Boot(ctx context.Context) error {
	if err := s.m.boot(ctx, s.c); err != nil {
		return err
	}
	return s.m.Connect(ctx)
}

// bootConsole is the name of the file with the console's output of a saved boot.
const bootConsole = "console"

// Restore starts the machine from a directory that Save has filled, which stays as it is and must be there as long as the
// machine runs. The console's lines of that boot are those of this one.
func (s *Starter) Restore(ctx context.Context, dir string, i Identity) (err error) {
	m := s.m
	ctx, span := m.entry(ctx, report.ActionMachine, "starting from a saved boot")
	defer func() { span.End(err) }()
	text, err := os.ReadFile(filepath.Join(dir, bootConsole))
	if err != nil {
		return err
	}
	m.console.newBoot()
	m.console.preload(text)
	return m.resume(ctx, StartConfig{AllowReboot: s.c.AllowReboot}, SnapshotOptions{Dir: dir, Identity: i})
}

// Save fills a directory with all that Restore needs. It fails when the kernel has told of trouble: later runs would not hear
// of it.
func (s *Starter) Save(ctx context.Context, dir string) (err error) {
	m := s.m
	if kinds := m.troubles(); len(kinds) > 0 {
		return fmt.Errorf("%s: its kernel has told of trouble (%v)", m.o.Name, kinds)
	}
	m.snapshots.mu.Lock()
	defer m.snapshots.mu.Unlock()
	taken, err := m.takeSnapshot(ctx, "of the boot", nil)
	if taken.dir != "" {
		defer func() { err = errors.Join(err, m.o.Backend.(Restorer).Discard(taken.dir)) }()
	}
	if err != nil {
		return err
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "saving the booted machine, %d MB", diskUse(taken.dir)>>20)
	defer func() { span.End(err) }()
	if err := m.shareMemory(ctx, taken.dir, dir); err != nil {
		return err
	}
	text, err := m.console.raw()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, bootConsole), text, fs.FileMode(0o600))
}
