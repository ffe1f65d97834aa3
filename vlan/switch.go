// Package vlan has the networks between machines: a vde switch each, and the faults that a test puts on the wire.
package vlan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
)

// startTimeout bounds the wait for a switch that is starting.
const startTimeout = 10 * time.Second

// Switch is a running vde_switch: a network. It is a hub, so that tagged frames (802.1Q) pass.
type Switch struct {
	Nr  int
	dir string
	cmd *exec.Cmd

	done chan struct{}
	work sync.WaitGroup

	mu      sync.Mutex
	console io.WriteCloser
	replies *bufio.Reader
	stderr  tailWriter
	closing bool
	err     error
}

// DeadError says that the process of a network has ended although the test needs it.
type DeadError struct {
	Nr     int
	Reason string
}

// Error names the network.
func (e *DeadError) Error() string {
	return fmt.Sprintf("the network vlan%d has gone: its vde_switch %s", e.Nr, e.Reason)
}

// ErrorClass marks the error as no failure of the test.
func (e *DeadError) ErrorClass() string { return "machine" }

// Start starts the switch of a network, with its sockets below dir, and waits until it is ready.
func Start(ctx context.Context, nr int, dir string, g *guard.Guard) (*Switch, error) {
	bin, err := exec.LookPath("vde_switch")
	if err != nil {
		return nil, errors.New("networks need vde_switch, which was not found: install vde2 (Debian: apt install vde2)")
	}
	s := &Switch{Nr: nr, dir: filepath.Join(dir, fmt.Sprintf("vde%d.ctl", nr)), done: make(chan struct{})}
	// A port's socket has a name of up to 20 bytes in the control directory.
	if n := len(s.dir) + 20; n > 107 {
		return nil, fmt.Errorf("vlan%d: the socket path below %s would have %d bytes, a Unix socket's may have 107: set TMPDIR to a shorter directory", nr, s.dir, n)
	}
	s.cmd = g.Command(context.Background(), bin, "--sock", s.dir, "--dirmode", "0700", "--hub")
	if s.console, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.replies = bufio.NewReader(out)
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("vlan%d: vde_switch can't be started: %w", nr, err)
	}
	pid := s.cmd.Process.Pid
	if err := g.Started(pid); err != nil {
		return nil, errors.Join(err, guard.KillGroup(pid))
	}
	ready := make(chan error, 1)
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		_, err := s.command("showinfo")
		ready <- err
		// Nothing must block the switch: what it says from now on is read and dropped.
		if err == nil {
			_, _ = io.Copy(io.Discard, s.replies)
		}
		s.reap(g)
	}()
	t := time.NewTimer(startTimeout)
	defer t.Stop()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-t.C:
		err = fmt.Errorf("it did not answer within %s", startTimeout)
	}
	if err != nil {
		err = fmt.Errorf("vlan%d: vde_switch: %w %s", nr, err, s.stderr.String())
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// command gives the switch's console a command and returns the lines of its answer. Only Start uses it.
func (s *Switch) command(line string) ([]string, error) {
	if _, err := io.WriteString(s.console, line+"\n"); err != nil {
		return nil, err
	}
	var lines []string
	for {
		l, err := s.replies.ReadString('\n')
		if err != nil {
			return lines, fmt.Errorf("its console has ended: %w", err)
		}
		l = strings.TrimRight(l, "\n")
		if strings.HasPrefix(l, "1000 ") || strings.Contains(l, "1000 Success") {
			return lines, nil
		}
		lines = append(lines, l)
	}
}

// reap waits for the end of the switch.
func (s *Switch) reap(g *guard.Guard) {
	err := s.cmd.Wait()
	_ = g.Ended(s.cmd.Process.Pid) // a guard that has gone can't be told
	s.mu.Lock()
	if !s.closing {
		reason := "ended"
		if err != nil {
			reason = err.Error()
		}
		s.err = &DeadError{Nr: s.Nr, Reason: strings.TrimSpace(reason + " " + s.stderr.String())}
	}
	s.mu.Unlock()
	close(s.done)
}

// Name is the network's name, "vlan1".
func (s *Switch) Name() string { return fmt.Sprintf("vlan%d", s.Nr) }

// Dir is the control directory, which QEMU's -netdev vde,sock=… and vde's own programs take.
func (s *Switch) Dir() string { return s.dir }

// Done is closed when the switch has ended.
func (s *Switch) Done() <-chan struct{} { return s.done }

// Err is a *DeadError when the switch ended without being closed.
func (s *Switch) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the switch and waits for its end.
func (s *Switch) Close() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	err := guard.KillGroup(s.cmd.Process.Pid)
	s.work.Wait()
	return err
}

// tailWriter keeps the last bytes that are written to it, for messages.
type tailWriter struct {
	mu  sync.Mutex
	buf []byte
}

// tailSize is how much a tailWriter keeps.
const tailSize = 4096

func (w *tailWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	if n := len(w.buf); n > tailSize {
		w.buf = append([]byte(nil), w.buf[n-tailSize:]...)
	}
	return len(p), nil
}

func (w *tailWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimSpace(string(w.buf))
}
