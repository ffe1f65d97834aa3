package vlan

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/programs"
)

// DeadError reports that a process of a network ended while the test needed it.
type DeadError struct {
	Nr      int
	Program string
	Reason  string
}

// Error names the network.
func (e *DeadError) Error() string {
	return fmt.Sprintf("the network vlan%d is broken: its %s %s", e.Nr, e.Program, e.Reason)
}

// ErrorClass marks the error as a machine error, which is no failure of the test.
func (e *DeadError) ErrorClass() string { return "machine" }

// process is a program of a network: a switch, a wire, a tap.
type process struct {
	nr      int
	program string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	stdout  io.ReadCloser
	stderr  tailWriter
	guard   Guard
	done    chan struct{} // closed after it has ended and err is set

	mu      sync.Mutex
	closing bool
	err     error
}

// start starts a program of network nr. Its standard input stays open, because vde's programs end with it. consume runs
// on its own goroutine and reads the standard output to its end.
func start(g Guard, nr int, consume func(io.Reader), program string, args ...string) (*process, error) {
	bin, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("networks of vde need %s, which was not found: %s; GOTEST_NET=hub does without vde", program, programs.Install(program))
	}
	g = cmp.Or[Guard](g, (*guard.Guard)(nil))
	p := &process{nr: nr, program: program, guard: g, done: make(chan struct{})}
	p.cmd = g.Command(context.Background(), bin, args...)
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("vlan%d: %s can't be started: %w", nr, program, err)
	}
	// If the guard has ended, the driver ends its processes itself.
	_ = g.Started(p.cmd.Process.Pid)
	go func() {
		consume(p.stdout)
		p.reap()
	}()
	return p, nil
}

// discard drains the output of a program.
func discard(out io.Reader) { _, _ = io.Copy(io.Discard, out) }

// reap waits for the end of the program.
func (p *process) reap() {
	err := p.cmd.Wait()
	_ = p.guard.Ended(p.cmd.Process.Pid)
	p.mu.Lock()
	if !p.closing {
		reason := "ended"
		if err != nil {
			reason = "ended: " + err.Error()
		}
		p.err = &DeadError{Nr: p.nr, Program: p.program, Reason: strings.TrimSpace(reason + " " + p.stderr.String())}
	}
	p.mu.Unlock()
	close(p.done)
}

// Done returns a channel that is closed when the process ends.
func (p *process) Done() <-chan struct{} { return p.done }

// Err returns a *DeadError if the process ended without being closed.
func (p *process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close ends the process and waits for its end.
func (p *process) Close() error {
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	select {
	case <-p.done:
		return nil
	default:
	}
	err := guard.KillGroup(p.cmd.Process.Pid)
	<-p.done
	return err
}

// tailWriter keeps the last bytes written to it, for messages.
type tailWriter struct {
	mu  sync.Mutex
	buf []byte
}

// tailSize is the number of bytes that a tailWriter keeps.
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
