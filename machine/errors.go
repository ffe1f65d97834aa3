package machine

import (
	"fmt"
	"strings"
	"time"
)

// AssertionError says that an expectation of a test did not hold, such as a command's status, or that a wait ran out.
type AssertionError struct {
	Machine string
	Message string
	Command *CommandError // set when a command was the reason
}

// Error returns the message with the machine's name in front.
func (e *AssertionError) Error() string { return e.Machine + ": " + e.Message }

// TestFailure marks the error as a failure of the test, not of the machine or the script.
func (e *AssertionError) TestFailure() bool { return true }

// Unwrap returns the command's error, nil if there is none.
func (e *AssertionError) Unwrap() error {
	if e.Command == nil {
		return nil
	}
	return e.Command
}

// CommandError is a command that did not end as it was expected to: with status 0, or with another one.
type CommandError struct {
	Command string
	Status  int
	Output  string
	Stderr  string
}

// Error returns command, status and both outputs. The first line is in the words of the NixOS test driver.
func (e *CommandError) Error() string {
	var b strings.Builder
	if e.Status == 0 {
		fmt.Fprintf(&b, "command `%s` unexpectedly succeeded", e.Command)
	} else {
		fmt.Fprintf(&b, "command `%s` failed (exit code %d)", e.Command, e.Status)
	}
	if e.Status == 124 {
		b.WriteString(" (124 means that its timeout cut it)")
	}
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n  %s", title, strings.ReplaceAll(tail(text, 4096), "\n", "\n  "))
		}
	}
	section("output", e.Output)
	section("stderr", e.Stderr)
	return b.String()
}

// tail returns the last n bytes, about, of a text.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := strings.ToValidUTF8(s[len(s)-n:], "")
	return fmt.Sprintf("[%d bytes left out]…%s", len(s)-len(cut), cut)
}

// TimeoutError is a wait whose time ran out.
type TimeoutError struct {
	Machine  string
	What     string // "waiting for unit nginx.service"
	Timeout  time.Duration
	Elapsed  time.Duration
	Attempts int
	Seen     string // what the last attempt saw
}

// Error returns all fields as text.
func (e *TimeoutError) Error() string {
	s := fmt.Sprintf("%s: action timed out after %.2f seconds (timeout %s, %d attempts): %s",
		e.Machine, e.Elapsed.Seconds(), seconds(e.Timeout), e.Attempts, e.What)
	if e.Seen != "" {
		s += "\nlast seen: " + strings.ReplaceAll(tail(strings.TrimRight(e.Seen, "\n"), 4096), "\n", "\n  ")
	}
	return s
}

// TestFailure marks the error as a failure of the test.
func (e *TimeoutError) TestFailure() bool { return true }

func seconds(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return fmt.Sprintf("%.4g s", d.Seconds())
}

// StartError says that a machine can't be made or started as it is described: the start command is wrong, or an image
// does not exist.
type StartError struct {
	Machine string
	Err     error
}

// Error returns the reason, which names the machine.
func (e *StartError) Error() string { return e.Err.Error() }

// ErrorClass marks the error as one of the test's set-up.
func (e *StartError) ErrorClass() string { return "setup" }

// Unwrap returns the reason.
func (e *StartError) Unwrap() error { return e.Err }

// DiedError says that the machine has ended although a call needed it.
type DiedError struct {
	Machine string
	Reason  string   // "QEMU was killed by signal 9", "the guest powered off", "the guest's kernel panicked"
	Console []string // the last lines it printed
	Ordered bool     // it has powered off or was ended by its monitor, as the test or the guest requested
}

// TestFailure reports whether the error is a failure of the test: a machine that ends on request has not failed.
func (e *DiedError) TestFailure() bool { return e.Ordered }

// Error returns the reason and the last lines of the console.
func (e *DiedError) Error() string {
	s := e.Machine + ": " + e.Reason
	if len(e.Console) > 0 {
		s += "\nthe last lines of its console:\n  " + strings.Join(e.Console, "\n  ")
	}
	return s
}

// ArgumentError says that a call can't do what its arguments ask for.
type ArgumentError struct {
	Machine string
	Message string
}

// Error returns the message with the machine's name in front.
func (e *ArgumentError) Error() string { return e.Machine + ": " + e.Message }

// ErrorClass marks the error as one of the script's.
func (e *ArgumentError) ErrorClass() string { return "script" }

// NotRunningError says that a call needs a running machine.
type NotRunningError struct {
	Machine string
	Call    string
}

// ErrorClass marks the error as one of the script's.
func (e *NotRunningError) ErrorClass() string { return "script" }

// Error says how to start the machine.
func (e *NotRunningError) Error() string {
	return fmt.Sprintf("%s: %s needs a running machine: call %s.start() first", e.Machine, e.Call, e.Machine)
}

// UnsupportedError says that a backend can't do what was asked.
type UnsupportedError struct {
	Machine, Kind, Call string
}

// ErrorClass marks the error as one of the script's.
func (e *UnsupportedError) ErrorClass() string { return "script" }

// Error names the backend.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s: %s is not possible on a %s machine", e.Machine, e.Call, e.Kind)
}
