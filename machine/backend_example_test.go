package machine_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"sync"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// host is a backend without a guest: this host's bash runs the commands.
type host struct{}

func (host) Kind() string { return "host" }

func (host) Start(_ context.Context, o machine.StartOptions) (machine.Instance, error) {
	fmt.Fprintln(o.Console, "boot 1 of 1 is over")
	return &running{done: make(chan struct{})}, nil
}

// running is a machine of the backend. It has no screen and no keyboard: Machine returns an error when a test needs
// them.
type running struct {
	end  sync.Once
	done chan struct{}
}

func (r *running) Done() <-chan struct{}         { return r.done }
func (r *running) Err() error                    { return nil }
func (r *running) PID() int                      { return os.Getpid() }
func (r *running) Connect(context.Context) error { return nil }

func (r *running) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", c.Script)
	cmd.Stdin, cmd.Stdout = c.Stdin, c.Stdout
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return shell.Result{Status: exit.ExitCode()}, nil
	}
	return shell.Result{}, err
}

func (r *running) Kill() error {
	r.end.Do(func() { close(r.done) })
	return nil
}

// A backend needs two methods, and its instances six. All methods of Machine then exist; those that need more of an
// instance, such as a screen, return errors.
func ExampleBackend() {
	dir, err := os.MkdirTemp("", "machine-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m, err := machine.New(machine.Options{Name: "local", Backend: host{}, StateDir: dir, OutDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	ctx := context.Background()
	out, err := m.Succeed(ctx, "echo $((6 * 7))", 0)
	fmt.Print(out, err, "\n")
	fmt.Println(m.WaitForConsoleText(ctx, regexp.MustCompile(`boot \d+ of \d+`), machine.Wait{}))
	_, err = m.Succeed(ctx, "exit 3", 0)
	fmt.Println(err)
	_, err = m.Screenshot(ctx, "screen")
	fmt.Println(err)
	// Output:
	// 42
	// <nil>
	// <nil>
	// local: command `exit 3` failed (exit code 3)
	// local: screenshot is not possible on a host machine
}
