package machine

import (
	"context"
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
