package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"

	"github.com/gotest-driver/gotest-driver/internal/programs"
	"github.com/gotest-driver/gotest-driver/machine"
)

// escapeKey leaves the serial console: Ctrl-].
const escapeKey = 0x1d

var errNoTerminal = errors.New("needs a terminal: standard input or output is not a terminal")

// Shell connects the user's terminal to a shell in the guest until the shell ends. With an address in socat's notation it
// offers the shell there instead.
func (c *Console) Shell(ctx context.Context, m *machine.Machine, address string) error {
	if address != "" {
		return offer(ctx, m, address)
	}
	if !c.Interactive {
		return fmt.Errorf("shell_interact %w", errNoTerminal)
	}
	// The view shows the boot of the machine before the guest gets the terminal.
	if err := m.Connect(ctx); err != nil {
		return err
	}
	return c.Quiet(func() error {
		columns, rows := size()
		o := machine.TerminalOptions{Term: os.Getenv("TERM"), Columns: columns, Rows: rows}
		return m.WithTerminal(ctx, o, func(ctx context.Context, t machine.Terminal) error {
			fmt.Fprintf(c.Out, "A shell in %s. Ctrl-D ends it and comes back.\n", m.Name())
			return raw(func() error {
				changed := make(chan os.Signal, 1)
				signal.Notify(changed, syscall.SIGWINCH)
				defer signal.Stop(changed)
				return c.connect(ctx, t, changed, t.Resize)
			})
		})
	})
}

// Serial connects the user's terminal to the serial console until Ctrl-] is pressed.
func (c *Console) Serial(ctx context.Context, m *machine.Machine) error {
	if !c.Interactive {
		return fmt.Errorf("console_interact %w", errNoTerminal)
	}
	return c.Quiet(func() error {
		return m.WithConsole(ctx, c.Out, func(ctx context.Context) error {
			fmt.Fprintf(c.Out, "The serial console of %s. Ctrl-] comes back.\n", m.Name())
			return raw(func() error { return c.connect(ctx, &serial{ctx: ctx, m: m, over: make(chan struct{})}, nil, nil) })
		})
	})
}

// serial is the input of the serial console; its output goes to the terminal separately.
type serial struct {
	ctx  context.Context
	m    *machine.Machine
	over chan struct{}
}

// Read waits for StopReading.
func (s *serial) Read([]byte) (int, error) {
	<-s.over
	return 0, io.EOF
}

// StopReading ends Read.
func (s *serial) StopReading() { close(s.over) }

// Write types; Ctrl-] is io.EOF.
func (s *serial) Write(p []byte) (int, error) {
	keys, _, over := bytes.Cut(p, []byte{escapeKey})
	if len(keys) > 0 {
		if err := s.m.SendConsole(s.ctx, string(keys)); err != nil {
			return 0, err
		}
	}
	if over {
		return len(keys), io.EOF
	}
	return len(p), nil
}

// raw calls fn with the terminal in raw mode.
func raw(fn func() error) error {
	state, err := term.MakeRaw(os.Stdin.Fd())
	if err != nil {
		return err
	}
	return errors.Join(fn(), term.Restore(os.Stdin.Fd(), state))
}

func size() (columns, rows int) {
	columns, rows, err := term.GetSize(os.Stdout.Fd())
	if err != nil || columns == 0 || rows == 0 {
		return 80, 24
	}
	return columns, rows
}

// connect copies between the user's terminal and t until either ends.
func (c *Console) connect(ctx context.Context, t io.ReadWriter, changed <-chan os.Signal, resize func(context.Context, int, int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := cancelreader.NewReader(os.Stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	ended := make(chan error, 2)
	go func() {
		_, err := io.Copy(t, in)
		ended <- err
	}()
	go func() {
		_, err := io.Copy(c.Out, t)
		ended <- err
	}()
	running := 2
	for running == 2 && err == nil {
		select {
		case err = <-ended:
			running--
			if err == nil {
				err = io.EOF
			}
		case <-changed:
			columns, rows := size()
			err = resize(ctx, columns, rows)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	cancel()
	in.Cancel()
	if stop, ok := t.(interface{ StopReading() }); ok {
		stop.StopReading()
	}
	for ; running > 0; running-- {
		<-ended
	}
	if errors.Is(err, io.EOF) || errors.Is(err, cancelreader.ErrCanceled) {
		return nil
	}
	return err
}

// offer lets socat connect the shell with an address.
func offer(ctx context.Context, m *machine.Machine, address string) error {
	socat, err := exec.LookPath("socat")
	if err != nil {
		return errors.New("shell_interact(address): socat was not found: " + programs.Install("socat"))
	}
	return m.WithTerminal(ctx, machine.TerminalOptions{Term: os.Getenv("TERM"), Columns: 80, Rows: 24}, func(ctx context.Context, t machine.Terminal) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		cmd := exec.CommandContext(ctx, socat, address, "STDIO")
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		cmd.Stdout = t
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(in, t) // ends with the shell, or when the terminal is closed
			in.Close()
		}()
		if err := cmd.Wait(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("socat: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
		}
		return nil
	})
}
