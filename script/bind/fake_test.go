package bind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/script"
)

// fake is a machine without a guest: bash of this host runs the commands, the screen is a picture, and typed input is
// kept. It is the backend and the instance.
type fake struct {
	end  sync.Once
	done chan struct{}

	mu    sync.Mutex
	typed []string
	at    string // the switch of its card
}

func (f *fake) Kind() string { return "fake" }

func (f *fake) Start(_ context.Context, o machine.StartOptions) (machine.Instance, error) {
	fmt.Fprintln(o.Console, "boot 1 of 1 is over", strings.Repeat("a", 40)+"b")
	return f, nil
}

func (f *fake) Done() <-chan struct{}         { return f.done }
func (f *fake) Err() error                    { return nil }
func (f *fake) PID() int                      { return 4711 }
func (f *fake) Connect(context.Context) error { return nil }

func (f *fake) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", c.Script)
	cmd.Stdin, cmd.Stdout = c.Stdin, c.Stdout
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return shell.Result{Status: exit.ExitCode()}, nil
	}
	return shell.Result{}, err
}

func (f *fake) Kill() error {
	f.end.Do(func() { close(f.done) })
	return nil
}

func (f *fake) Screenshot(context.Context) ([]byte, error) {
	return os.ReadFile("../../ocr/testdata/console/720x400-login-dark.png")
}

func (f *fake) SendKey(_ context.Context, keys []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.typed = append(f.typed, strings.Join(keys, "-"))
	return nil
}

func (f *fake) PlugVLAN(_ context.Context, _ int, socket string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = socket
	return nil
}

func (f *fake) OnVLAN(context.Context, int) (bool, error) { return true, nil }

// binding binds a run without machines.
func binding(t *testing.T, hooks Hooks) *Binding {
	t.Helper()
	d, err := driver.New(t.Context(), driver.Options{Name: "x", OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(d, hooks)
}

// fakeMachine makes a running machine.
func fakeMachine(t *testing.T, name string) (*machine.Machine, *fake) {
	t.Helper()
	f := &fake{done: make(chan struct{})}
	dir := t.TempDir()
	m, err := machine.New(machine.Options{Name: name, Backend: f, StateDir: dir, OutDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := m.Start(t.Context(), machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	return m, f
}

// eval returns the value of an expression of a script that has the given names.
func eval(t *testing.T, globals starlark.StringDict, expression string) (string, error) {
	t.Helper()
	s := script.NewSession(script.Options{Predeclared: globals})
	v, err := s.Eval(t.Context(), expression)
	if err != nil {
		return "", err
	}
	return v.String(), nil
}
