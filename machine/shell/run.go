package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Exit statuses that the session gives itself.
const (
	// StatusTimeout is the status of a command that its timeout cut.
	StatusTimeout = 124
	// StatusUnknown is the status of a command with NoWait.
	StatusUnknown = -2
)

// Command is one command for the guest.
type Command struct {
	// Script is run by a fresh bash -c, as root, with set -euo pipefail. It may be of any size but
	// can't contain NUL.
	Script string
	// Timeout is how long it may run until it is cut, with status 124; 0 is no limit.
	Timeout time.Duration
	// Stdin, if not nil, is streamed to the command's standard input; else that is /dev/null.
	Stdin io.Reader
	// Stdout gets the standard output while it comes; nil drops it.
	Stdout io.Writer
	// NoWait returns as soon as the script has been sent, with StatusUnknown. Its output is dropped;
	// the next command waits for its end.
	NoWait bool
	// OnHeld is called once, from the goroutine that called Run, when the command has ended but something
	// that it started has held its standard output for Options.HeldAfter. It gets those processes, each as name(pid).
	OnHeld func(holders []string)
}

// Result is what came of a command.
type Result struct {
	// Status is the exit status: 0 to 255, as bash tells it.
	Status int
	// Bytes is the length of the standard output.
	Bytes int64
	// TimedOut tells that the command's timeout cut it.
	TimedOut bool
	// Duration is the time from the request to the end of the output.
	Duration time.Duration
}

// run is a command under way.
type run struct {
	cmd    Command
	id     uint64
	start  time.Time
	result Result
	err    error // of Stdout or Stdin
}

// Run runs a command and waits until it has ended and its standard output was closed. When ctx ends first, the command
// is killed and the error is a [*CutError]; the session is in step again, or dead ([*DeadError]).
func (s *Session) Run(ctx context.Context, cmd Command) (Result, error) {
	if strings.IndexByte(cmd.Script, 0) >= 0 {
		return Result{}, errors.New("a command can't contain a NUL byte")
	}
	if err := s.lock(ctx); err != nil {
		return Result{}, err
	}
	defer s.unlock()
	if s.port == nil {
		return Result{}, errors.New("the session has no handshake yet")
	}
	if s.busy != nil {
		if err := s.finish(ctx, s.busy); err != nil {
			return Result{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	s.runs++
	r := &run{cmd: cmd, id: s.runs, start: time.Now()}
	s.begin(r)
	if cmd.NoWait {
		r.cmd.Stdout, r.cmd.OnHeld = nil, nil
		s.busy = r
		return Result{Status: StatusUnknown}, nil
	}
	err := s.wait(ctx, r)
	r.result.Duration = time.Since(r.start)
	select {
	case s.ran <- struct{}{}:
	default:
	}
	return r.result, err
}

// begin sends the script to the bash that waits for it.
func (s *Session) begin(r *run) {
	stdin := 0
	if r.cmd.Stdin != nil {
		stdin = 1
	}
	script := r.cmd.Script
	if s.port == s.console {
		script = lineEscaper.Replace(script) + "\n"
	}
	s.send(s.port, fmt.Sprintf("x %d %d\n%s", len(r.cmd.Script), stdin, script))
}

// lineEscaper makes a script one line without control characters, for printf %b.
var lineEscaper = func() *strings.Replacer {
	pairs := []string{`\`, `\\`, "\x7f", `\0177`}
	for c := 1; c < ' '; c++ {
		pairs = append(pairs, string(rune(c)), fmt.Sprintf(`\0%03o`, c))
	}
	return strings.NewReplacer(pairs...)
}()

// finish waits for a command that nobody waited for.
func (s *Session) finish(ctx context.Context, r *run) error {
	err := s.wait(ctx, r)
	var lost *LostBytesError
	if err == nil || errors.As(err, &lost) {
		return nil
	}
	return err
}

// wait follows a command to its end, cutting it when its time is over or ctx ends.
func (s *Session) wait(ctx context.Context, r *run) error {
	s.busy = r
	w := waiter{s: s, r: r, ctx: ctx, pulse: newPulse(s, len(r.cmd.Script))}
	defer w.pulse.stop()
	if r.cmd.Stdin != nil {
		w.next = readBlock(r.cmd.Stdin)
	}
	if r.cmd.Timeout > 0 {
		w.deadline = time.After(time.Until(r.start.Add(r.cmd.Timeout)))
	}
	probe := time.NewTicker(s.opts.HeldAfter / heldProbes)
	defer probe.Stop()
	w.probe = probe.C
	err := w.loop()
	if s.Err() == nil {
		s.busy = nil
	}
	return err
}

// waiter is the state of one wait.
type waiter struct {
	s        *Session
	r        *run
	ctx      context.Context
	deadline <-chan time.Time // the command's timeout
	grace    <-chan time.Time // until the next, harder cut
	probe    <-chan time.Time // asks whether the command has ended but something holds its output
	probes   int
	cuts     int
	cause    error        // why it was cut: nil is the timeout
	sent     int64        // how long the output is, as the guest counted
	next     <-chan block // the block of standard input that is being read
	asking   bool         // the guest is to ask for the next block
	pulse    *pulse
	ping     bool // there is no command, only a sign of life to wait for
}

func (w *waiter) loop() error {
	cancelled := w.ctx.Done()
	for {
		over, err := w.records()
		if err != nil {
			return err
		}
		if over {
			return w.end()
		}
		if w.ping && w.pulse.since.IsZero() {
			return nil
		}
		select {
		case block := <-w.s.port.in:
			w.s.scan.feed(block)
		case <-w.s.port.closed:
			select {
			case block := <-w.s.port.in:
				w.s.scan.feed(block)
				continue
			default:
			}
			return w.s.die("its connection was closed", w.s.port.err)
		case <-w.s.Done():
			return w.s.Err()
		case <-w.deadline:
			w.deadline = nil
			err = w.cut()
		case <-w.grace:
			err = w.cut()
		case <-cancelled:
			cancelled, w.deadline = nil, nil
			w.cause = w.ctx.Err()
			err = w.cut()
		case b := <-w.next:
			w.input(b)
		case <-w.pulse.ticker.C:
			w.pulse.tick()
		case excuse := <-w.pulse.excuse:
			err = w.pulse.judge(excuse)
		case <-w.probe:
			if w.s.ready != "" {
				w.s.send(w.s.port, fmt.Sprintf("p %s\n", w.s.ready))
			}
		}
		if err != nil {
			return err
		}
	}
}

// heldProbes is how many times in a row, evenly within HeldAfter, a command's output must be found held.
const heldProbes = 2

// held takes note that the command has ended while others, named, hold its standard output.
func (w *waiter) held(by string) {
	w.probes++
	if w.probes == heldProbes+1 && w.r.cmd.OnHeld != nil {
		w.r.cmd.OnHeld(strings.Fields(by))
	}
}

// records handles all that the scanner has. It tells whether the command is over.
func (w *waiter) records() (over bool, err error) {
	for {
		data, rec, ok, err := w.s.scan.next()
		w.output(data)
		if err != nil {
			return false, w.s.die(err.Error(), nil)
		}
		if !ok {
			return false, nil
		}
		switch rec.kind {
		case 'R':
			w.s.ready = rec.args
			if w.cuts > 0 { // it was cut before it was there
				w.cuts = 0
				if err := w.cut(); err != nil {
					return false, err
				}
			}
		case 'P':
			w.pulse.answered(rec.args)
		case 'T':
			if w.ping {
				return false, w.s.die("a command ended that was not there", nil)
			}
			if _, err := fmt.Sscanf(rec.args, "%d %d", &w.r.result.Status, &w.sent); err != nil {
				return false, w.s.die(fmt.Sprintf("a command's end was told as %q", rec.args), err)
			}
			return true, nil
		case 'C':
			w.s.send(w.s.port, "a\n")
		case 'G':
			w.held(rec.args)
		case 'A':
			if w.asking && rec.args == strconv.FormatUint(w.r.id, 10) {
				w.asking = false
				w.next = readBlock(w.r.cmd.Stdin)
			}
		default:
			return false, w.s.die(fmt.Sprintf("unexpected record %c", rec.kind), nil)
		}
	}
}

// output passes the command's output on.
func (w *waiter) output(data []byte) {
	w.r.result.Bytes += int64(len(data))
	if w.r.cmd.Stdout == nil || w.r.err != nil || len(data) == 0 {
		return
	}
	_, w.r.err = w.r.cmd.Stdout.Write(data)
}

// cut ends the command in the guest: kindly, by force, and in the end by giving the session up.
func (w *waiter) cut() error {
	w.pulse.ask() // what does not answer this will not end the command either
	w.grace = time.After(w.s.opts.Grace)
	w.cuts++
	if w.cuts > 3 {
		return w.s.die("a command did not end when it was killed", w.cause)
	}
	if w.s.ready == "" {
		return nil
	}
	signal := "TERM"
	if w.cuts > 1 {
		signal = "KILL"
	}
	w.s.send(w.s.port, fmt.Sprintf("k %s %s\n", signal, w.s.ready))
	return nil
}

// end checks the length of the output. The worker makes itself ready for the next command, but it waits to be told when
// this one may have left something of its standard input or, ended by a signal, of its script.
func (w *waiter) end() error {
	r := w.r
	w.s.ready = ""
	if r.cmd.Stdin != nil || r.result.Status > 128 {
		w.s.send(w.s.port, "n\n")
	}
	if w.cuts > 0 {
		if w.cause != nil {
			return &CutError{Elapsed: time.Since(r.start), Cause: w.cause}
		}
		r.result.TimedOut = true
		r.result.Status = StatusTimeout
	}
	if w.sent != r.result.Bytes {
		return &LostBytesError{Sent: w.sent, Received: r.result.Bytes}
	}
	if r.err != nil {
		return fmt.Errorf("pass the command's output on: %w", r.err)
	}
	return nil
}

// Output runs a command and returns its standard output, for short answers.
func (s *Session) Output(ctx context.Context, cmd Command) ([]byte, Result, error) {
	var out bytes.Buffer
	cmd.Stdout = &out
	res, err := s.Run(ctx, cmd)
	return out.Bytes(), res, err
}
