package machine

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// scripted is a machine whose root shell is played by a test.
type scripted struct {
	run     func(script string) (status int, output string, err error)
	connect func() error // waits for the root shell
	lost    atomic.Int32 // root shells that have ended
	done    chan struct{}
	once    sync.Once
	ending  string // how it has ended
}

func (s *scripted) end(how string) {
	s.once.Do(func() { s.ending = how; close(s.done) })
}

func (s *scripted) Kind() string                                          { return "scripted" }
func (s *scripted) Start(context.Context, StartOptions) (Instance, error) { return s, nil }
func (s *scripted) Done() <-chan struct{}                                 { return s.done }
func (s *scripted) Err() error                                            { return nil }
func (s *scripted) Ending() string                                        { return s.ending }
func (s *scripted) PID() int                                              { return 0 }
func (s *scripted) Kill() error                                           { s.end("killed"); return nil }
func (s *scripted) Connect(context.Context) error                         { return s.connect() }
func (s *scripted) ForgetShell(string)                                    { s.lost.Add(1) }
func (s *scripted) Shells() int                                           { return int(s.lost.Load()) }

func (s *scripted) Run(_ context.Context, c shell.Command) (shell.Result, error) {
	status, output, err := s.run(c.Script)
	if c.Stdout != nil && err == nil {
		_, err = io.WriteString(c.Stdout, output)
	}
	return shell.Result{Status: status}, err
}

// warnings keeps the warnings of a log.
type warnings struct{ text []string }

func (w *warnings) Handle(e report.Event) {
	if e.Kind == report.Message && e.Level == report.Warning {
		w.text = append(w.text, e.Text)
	}
}
func (w *warnings) Close() error { return nil }

// play returns a machine named server with a connected root shell, in which run answers the commands.
func play(t *testing.T, run func(script string) (int, string, error)) (*Machine, *scripted, *warnings) {
	t.Helper()
	s := &scripted{run: run, connect: func() error { return nil }, done: make(chan struct{})}
	var w warnings
	dir := t.TempDir()
	m, err := New(Options{Name: "server", Backend: s, Log: report.NewLog(time.Now, &w), StateDir: dir, OutDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, s, &w
}
