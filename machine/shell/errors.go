package shell

import (
	"fmt"
	"time"
)

// DeadError reports that the session can't be used any more: its connection is gone.
type DeadError struct {
	// Reason says what happened.
	Reason string
	// Cause is the error of the connection, or nil.
	Cause error
}

func (e *DeadError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("the guest's root shell is gone: %s: %v", e.Reason, e.Cause)
	}
	return "the guest's root shell is gone: " + e.Reason
}

// Unwrap returns the cause.
func (e *DeadError) Unwrap() error { return e.Cause }

// LostError reports that the shell ended while it ran a command, whose result is therefore unknown. The next command
// runs in the next shell.
type LostError struct {
	// Reason tells what happened: one of the Reason… constants or another sentence.
	Reason string
	// Broken reports whether the guest or its shell has failed: a panic, a message that is none. Otherwise the test or the
	// guest wanted it: a reset, a new shell, a killed process.
	Broken bool
}

// TestFailure reports whether the error is a failure of the test: what it or its guest wanted is no failure of the machine.
func (e *LostError) TestFailure() bool { return !e.Broken }

// Reasons for [Session.Reset].
const (
	ReasonReset   = "the guest was reset (it rebooted) meanwhile"
	ReasonPanic   = "the guest's kernel panicked meanwhile, and it was reset"
	ReasonMonitor = "the guest was reset by QEMU's monitor (system_reset) meanwhile"
)

func (e *LostError) Error() string { return e.Reason }

// NoShellError reports that there is no root shell at the moment; nothing was sent to the guest. [Session.Handshake]
// waits for the next shell.
type NoShellError struct{}

func (e *NoShellError) Error() string {
	return "the guest has no root shell at the moment: the last one has ended, and the next one has not started"
}

// BusyError reports that a command did not start in time, because the command before it, which nobody waits for, does not
// end.
type BusyError struct {
	// Command is the first line of the command that does not end.
	Command string
	// Since is the time since it was cut; 0 when it was not.
	Since time.Duration
}

func (e *BusyError) Error() string {
	if e.Since == 0 {
		return fmt.Sprintf("the guest's root shell is busy: `%s`, whose end was not waited for, still runs", e.Command)
	}
	return fmt.Sprintf("the guest's root shell is busy: `%s` was stopped %v ago and has not ended yet", e.Command, e.Since.Round(100*time.Millisecond))
}

// LostBytesError reports that part of a command's output was lost. The session stays usable.
type LostBytesError struct {
	// Sent is the number of bytes that the guest counted.
	Sent int64
	// Received is the number of bytes that arrived.
	Received int64
}

func (e *LostBytesError) Error() string {
	return fmt.Sprintf("part of the command's output was lost: the guest sent %d bytes, %d arrived", e.Sent, e.Received)
}

// MissingToolError reports that the guest lacks a program that the session needs.
type MissingToolError struct {
	// Tools are the names of the programs.
	Tools []string
}

func (e *MissingToolError) Error() string {
	return fmt.Sprintf("the guest lacks %q, which the driver needs to run commands", e.Tools)
}

// CutError reports that a command was stopped because its context ended.
type CutError struct {
	// Elapsed is the time that the command had run.
	Elapsed time.Duration
	// Cause is the context's error.
	Cause error
}

func (e *CutError) Error() string {
	return fmt.Sprintf("the command was stopped after %v: %v", e.Elapsed.Round(time.Millisecond), e.Cause)
}

// Unwrap returns the context's error.
func (e *CutError) Unwrap() error { return e.Cause }
