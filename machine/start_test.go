package machine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// slowStart is a machine whose start takes as long as the test wants.
type slowStart struct {
	Instance
	starting, start chan struct{}
	killed          int
}

func (s *slowStart) Kind() string          { return "slow" }
func (s *slowStart) Done() <-chan struct{} { return nil }
func (s *slowStart) Kill() error           { s.killed++; return nil }
func (s *slowStart) Start(context.Context, StartOptions) (Instance, error) {
	close(s.starting)
	<-s.start
	return s, nil
}

// TestCloseWhileStarting: an instance that starts during Close does not outlive the machine.
func TestCloseWhileStarting(t *testing.T) {
	s := &slowStart{starting: make(chan struct{}), start: make(chan struct{})}
	dir := t.TempDir()
	m, err := New(Options{Name: "server", Backend: s, Log: report.NewLog(time.Now), StateDir: dir, OutDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() { started <- m.Start(t.Context(), StartConfig{}) }()
	<-s.starting
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	close(s.start)
	if err := <-started; err == nil || !strings.Contains(err.Error(), "server: has been released") {
		t.Errorf("error %v, want one that says that the machine was released", err)
	}
	if s.killed != 1 {
		t.Errorf("it was ended %d times, want once", s.killed)
	}
	if m.Booted() {
		t.Error("it runs")
	}
}

// recorded records where its instances start, which run until they are killed.
type recorded struct {
	dirs []string
	last *running
}

type running struct {
	Instance
	done chan struct{}
}

func (r *recorded) Kind() string { return "recorded" }
func (r *recorded) Start(_ context.Context, o StartOptions) (Instance, error) {
	r.dirs, r.last = append(r.dirs, o.StateDir), &running{done: make(chan struct{})}
	return r.last, nil
}
func (r *running) Done() <-chan struct{} { return r.done }
func (r *running) Err() error            { return nil }
func (r *running) Kill() error           { close(r.done); return nil }

// TestSetStateDir: a machine that does not run can start in another directory; one that runs can't change it.
func TestSetStateDir(t *testing.T) {
	r := &recorded{}
	own, other := t.TempDir(), t.TempDir()
	m, err := New(Options{Name: "target", Backend: r, Log: report.NewLog(time.Now), StateDir: own, OutDir: own})
	if err != nil {
		t.Fatal(err)
	}
	start := func() {
		if err := m.Start(t.Context(), StartConfig{}); err != nil {
			t.Fatal(err)
		}
	}
	start()
	if err := m.SetStateDir(other); err == nil || !strings.HasPrefix(err.Error(), "target: it runs") || m.StateDir() != own {
		t.Errorf("while it runs: %v, and its directory is %s", err, m.StateDir())
	}
	close(r.last.done) // it ends by itself
	file := filepath.Join(own, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{file, filepath.Join(own, "missing")} {
		if err := m.SetStateDir(wrong); err == nil || !strings.HasPrefix(err.Error(), "target: state directory: ") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if err := m.SetStateDir(other); err != nil || m.StateDir() != other {
		t.Errorf("%v, and its directory is %s, not %s", err, m.StateDir(), other)
	}
	start()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if len(r.dirs) != 2 || r.dirs[0] != own || r.dirs[1] != other {
		t.Errorf("it started in %s, want %s and %s", r.dirs, own, other)
	}
}

// TestConsoleOnFullDisk: the console continues when its file can't be written, and reports that once.
func TestConsoleOnFullDisk(t *testing.T) {
	var lines []string
	c, err := newConsole(filepath.Join(t.TempDir(), "console.log"), DefaultLimit, func(l string) { lines = append(lines, l) })
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	write("one\n")
	c.log.file.Close() // as on a full disk
	write("two\n")
	write("three\n")
	if len(lines) != 4 || lines[0] != "one" || lines[1] != "two" || !strings.Contains(lines[2], "console.log can't be written") || lines[3] != "three" {
		t.Errorf("lines %q", lines)
	}
	if c.Size() != 4 {
		t.Errorf("it counts %d bytes in the file, which has 4", c.Size())
	}
}
