package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// ExecuteOptions are the choices of Execute.
type ExecuteOptions struct {
	IgnoreStatus bool          // don't ask for the status: it is -1
	NoOutput     bool          // don't wait for the command: status -2, no output
	Timeout      time.Duration // in the guest; 0 means none. A command cut by it has status 124
}

// Result is the result of a command.
type Result struct {
	Status int
	Output string // standard output; bytes that are not UTF-8 became U+FFFD
	Stderr string // what the serial console received during the command, including standard error; the last 64 KiB
}

// loggedOutput bounds how much of a command's output the reports keep.
const loggedOutput = 64 << 10

// Standard error comes over the serial port, which is slower than the end of the command. The message of a failure
// waits for it until nothing has come for stderrQuiet, at most for stderrMost.
const (
	stderrQuiet = 250 * time.Millisecond
	stderrMost  = 2 * time.Second
)

// Execute runs a command as root in a fresh bash with `set -euo pipefail`, and waits until its standard
// output is closed.
func (m *Machine) Execute(ctx context.Context, command string, o ExecuteOptions) (Result, error) {
	var r Result
	err := m.withShell(ctx, "execute", func(ctx context.Context, inst Instance) error {
		ctx, span := m.entry(ctx, report.ActionCommand, "execute: %s", command)
		var err error
		r, err = m.run(ctx, inst, span, command, o)
		span.End(err)
		return err
	})
	return r, err
}

// command runs a command in the connected shell or, if that ended before the command began, in the next one.
func (m *Machine) command(ctx context.Context, inst Instance, c shell.Command) (shell.Result, error) {
	for {
		r, err := inst.Run(ctx, c)
		var none *shell.NoShellError
		if !errors.As(err, &none) {
			if r.Silent > 0 {
				m.logf(ctx, report.Warning, "the command was given up; the guest's root shell has not answered for %.1f s", r.Silent.Seconds())
			}
			return r, err
		}
		m.mu.Lock()
		m.up = m.up && m.inst != inst
		m.mu.Unlock()
		if err := m.connect(ctx, inst); err != nil {
			return r, err
		}
	}
}

// run runs a command in the connected shell and adds the result to the span.
func (m *Machine) run(ctx context.Context, inst Instance, span *report.Span, command string, o ExecuteOptions) (Result, error) {
	out := output{most: m.o.Limits.Output, active: m.o.Log.Active}
	defer out.free()
	var stdout io.Writer = &out
	if span != nil && streams(ctx) {
		s := &stream{log: func(line string) { m.logf(ctx, report.Info, "%s", line) }}
		defer s.flush()
		stdout = io.MultiWriter(s, stdout)
	}
	from := m.console.Size()
	res, err := m.command(ctx, inst, shell.Command{
		Script: command, Timeout: o.Timeout, Stdout: stdout, NoWait: o.NoOutput,
		OnHeld: func(holders []string) {
			m.logf(ctx, report.Warning, "the command has ended, but a process that it left behind holds its standard output (%s): end it with `>&2 &` (or redirect the output) to let the command return: %s", strings.Join(holders, ", "), command)
		},
	})
	if errors.Is(err, errTooLong) {
		err = &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("the command was ended, because it wrote more than %d MiB to its standard output; write it to a file, or allow more with --max-output-size: %s", m.o.Limits.Output>>20, command)}
	}
	r := Result{Status: res.Status, Output: toText(out.take()), Stderr: m.console.Since(from, loggedOutput)}
	if o.NoOutput {
		r.Status = -2
	} else if o.IgnoreStatus {
		r.Status = -1
	}
	if span != nil {
		c := &report.Command{Line: command, Status: r.Status, Output: r.Output, Stderr: r.Stderr}
		if n := len(c.Output); n > loggedOutput {
			c.Output, c.Truncated = strings.ToValidUTF8(c.Output[:loggedOutput/2]+"\n…\n"+c.Output[n-loggedOutput/2:], ""), int64(n-loggedOutput)
		}
		span.SetCommand(c)
	}
	return r, err
}

// toText returns output as text; each byte that isn't UTF-8 becomes U+FFFD.
func toText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Succeed runs a command, which must exit with status 0, and returns its standard output.
func (m *Machine) Succeed(ctx context.Context, command string, timeout time.Duration) (string, error) {
	return m.must(ctx, "must succeed", command, timeout, func(s int) bool { return s == 0 })
}

// Fail runs a command, which must exit with another status than 0, and returns its standard output.
func (m *Machine) Fail(ctx context.Context, command string, timeout time.Duration) (string, error) {
	return m.must(ctx, "must fail", command, timeout, func(s int) bool { return s != 0 })
}

func (m *Machine) must(ctx context.Context, verb, command string, timeout time.Duration, ok func(int) bool) (string, error) {
	var r Result
	err := m.withShell(ctx, verb, func(ctx context.Context, inst Instance) error {
		ctx, span := m.entry(ctx, report.ActionCommand, "%s: %s", verb, command)
		var err error
		from := m.console.Size()
		r, err = m.run(ctx, inst, span, command, ExecuteOptions{Timeout: timeout})
		if err == nil && !ok(r.Status) {
			m.console.settle(ctx, stderrQuiet, stderrMost)
			r.Stderr = m.console.Since(from, loggedOutput)
			ce := &CommandError{Command: command, Status: r.Status, Output: r.Output, Stderr: r.Stderr}
			err = &AssertionError{Machine: m.o.Name, Message: ce.Error(), Command: ce}
		}
		span.End(err)
		return err
	})
	return r.Output, err
}

// WaitUntilSucceeds repeats a command until it exits with status 0, and returns its standard output.
func (m *Machine) WaitUntilSucceeds(ctx context.Context, command string, w Wait) (string, error) {
	return m.waitCommand(ctx, "waiting for success: "+command, command, w, func(s int) bool { return s == 0 })
}

// WaitUntilFails repeats a command until it exits with another status than 0, and returns its standard output.
func (m *Machine) WaitUntilFails(ctx context.Context, command string, w Wait) (string, error) {
	return m.waitCommand(ctx, "waiting for failure: "+command, command, w, func(s int) bool { return s != 0 })
}

func (m *Machine) waitCommand(ctx context.Context, what, command string, w Wait, ok func(int) bool) (out string, err error) {
	err = m.withShell(ctx, what, func(ctx context.Context, inst Instance) error {
		last := "" // what the last attempt that ended by itself saw
		w.last = w.Timeout
		return m.wait(ctx, what, w, func(ctx context.Context, _ bool) (bool, string, error) {
			r, err := m.attempt(ctx, inst, command)
			out = r.Output
			text := strings.TrimRight(r.Output+r.Stderr, "\n")
			switch {
			case err == nil:
				last = strings.TrimRight(fmt.Sprintf("status %d\n%s", r.Status, text), "\n")
			case text == "":
				return false, "", err
			case !strings.Contains(last, text):
				return false, strings.TrimLeft(last+"\n(cut at its end)\n"+text, "\n"), err
			}
			return err == nil && ok(r.Status), last, err
		})
	})
	return out, err
}

// cutMargin is the largest difference between the observed ends of a command's time and of its context's.
const cutMargin = 50 * time.Millisecond

// timeLeft returns the time until the context's deadline, but not more than most unless that is 0. Once the deadline
// has passed, it waits for the end of the context and returns its error.
func timeLeft(ctx context.Context, most time.Duration) (time.Duration, error) {
	d, ok := ctx.Deadline()
	if !ok {
		return most, nil
	}
	left := time.Until(d)
	if left <= 0 {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}
	if most > 0 {
		left = min(left, most)
	}
	return left, nil
}

// attempt runs a command with the time until the context's deadline as its limit in the guest.
func (m *Machine) attempt(ctx context.Context, inst Instance, command string) (Result, error) {
	left, err := timeLeft(ctx, 0)
	if err != nil {
		return Result{}, err
	}
	r, err := m.run(ctx, inst, nil, command, ExecuteOptions{Timeout: left})
	if d, ok := ctx.Deadline(); ok && err == nil && r.Status == 124 && time.Until(d) < cutMargin {
		<-ctx.Done() // the command was cut, a moment before the context ends
		return r, context.Cause(ctx)
	}
	return r, err
}

// pollSlice bounds one stay in the guest, so that others get the shell and polling conditions are checked.
const pollSlice = 2 * time.Second

// pollPause returns the shortest pause between the attempts of a wait that has lasted for some time: most conditions hold
// soon, and should be seen at once; what comes later may be seen later, for which it costs the guest less.
func pollPause(waited time.Duration) time.Duration {
	const first, most = 45 * time.Millisecond, 250 * time.Millisecond
	return min(first+waited/80, most)
}

// poll waits for a condition that the guest tries repeatedly, without a process for each attempt where bash builtins
// suffice. not describes what was seen when the condition does not hold.
func (m *Machine) poll(ctx context.Context, what string, w Wait, condition, not string) error {
	w.most = pollFirst // an attempt itself waits
	return m.withShell(ctx, what, func(ctx context.Context, inst Instance) error {
		tries, start := 0, time.Now()
		return m.wait(ctx, what, w, func(ctx context.Context, last bool) (bool, string, error) {
			if last { // once, not for all the time that this may take
				tries++
				r, err := m.attempt(ctx, inst, "set +eu +o pipefail\n{\n"+condition+"\n} >/dev/null")
				return r.Status == 0, fmt.Sprintf("%s, in %d tries", not, tries), err
			}
			slice, err := timeLeft(ctx, pollSlice)
			if err != nil {
				return false, "", err
			}
			r, err := shell.PollWith(ctx, func(ctx context.Context, c shell.Command) (shell.Result, error) { return m.command(ctx, inst, c) },
				shell.Poll{Condition: condition, Timeout: slice, Min: pollPause(time.Since(start))})
			tries += max(1, r.Attempts)
			return r.Held, fmt.Sprintf("%s, in %d tries", not, tries), err
		})
	})
}

// errDead reports whether the shell has ended for good.
func errDead(err error) bool {
	var d *shell.DeadError
	return errors.As(err, &d)
}
