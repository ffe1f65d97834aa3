package machine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// noStart is a backend that can't start anything.
type noStart struct{}

func (noStart) Kind() string { return "none" }
func (noStart) Start(context.Context, StartOptions) (Instance, error) {
	return nil, errors.New("there is no QEMU")
}

// TestWhoseFault: an error that the test, its script or its set-up has caused is not one of the machine.
func TestWhoseFault(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	none, err := New(Options{Name: "server", Backend: noStart{}, Log: report.NewLog(time.Now), StateDir: dir, OutDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	m, s, _ := play(t, func(string) (int, string, error) { return 0, "", nil })
	if err := m.Start(ctx, StartConfig{}); err != nil {
		t.Fatal(err)
	}
	lost := func(e *shell.LostError) error {
		s.run = func(string) (int, string, error) { return 0, "", e }
		_, err := m.Execute(ctx, "command", ExecuteOptions{})
		return err
	}
	for name, c := range map[string]struct {
		err   error
		class string
		test  bool
	}{
		"a wrong key":         {m.SendKey(ctx, "nonsense", KeyOptions{}), "script", false},
		"a wrong character":   {m.SendChars(ctx, "ä", KeyOptions{}), "script", false},
		"a wrong layout":      {m.SendChars(ctx, "a", KeyOptions{Layout: "xx"}), "script", false},
		"nothing of its kind": {m.Crash(ctx), "script", false},
		"a failed start":      {none.Start(ctx, StartConfig{}), "setup", false},
		"not started":         {none.Reboot(ctx), "script", false},
		"a power-off":         {m.died(s), "", true},
		"a reset":             {lost(&shell.LostError{Reason: shell.ReasonReset}), "", true},
		"a panic":             {lost(&shell.LostError{Reason: shell.ReasonPanic, Broken: true}), "", false},
	} {
		var class interface{ ErrorClass() string }
		var failure interface{ TestFailure() bool }
		if got := errors.As(c.err, &class); got != (c.class != "") || got && class.ErrorClass() != c.class {
			t.Errorf("%s: %v is of another class than %q", name, c.err, c.class)
		}
		if got := errors.As(c.err, &failure) && failure.TestFailure(); got != c.test {
			t.Errorf("%s: %v: the test's failure: %v", name, c.err, got)
		}
	}
}
