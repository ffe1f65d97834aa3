package shell

import (
	"fmt"
	"time"
)

// DeadError says that the session can't be used any more: its connection is gone.
type DeadError struct {
	// Reason tells what happened.
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

// LostError says that a command was begun, and that nobody knows what came of it: the shell that ran it has gone. The
// next command is run by the next shell.
type LostError struct {
	// Reason tells what happened, in a sentence.
	Reason string
}

// reasonReset is the reason of a LostError after [Session.Reset].
const reasonReset = "the guest was reset (it rebooted) meanwhile"

func (e *LostError) Error() string { return e.Reason }

// NoShellError says that there is no root shell at the moment: nothing was sent to the guest. [Session.Handshake] waits
// for the next one.
type NoShellError struct{}

func (e *NoShellError) Error() string {
	return "the guest has no root shell at the moment: the one before has ended, and the next has not begun"
}

// BusyError says that a command was not begun within its timeout: the one before was cut but does not end.
type BusyError struct {
	// Command is the first line of the command that does not end.
	Command string
	// Since is how long ago it was cut.
	Since time.Duration
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("the guest's root shell is busy: `%s` was stopped %v ago and has not ended yet", e.Command, e.Since.Round(100*time.Millisecond))
}

// LostBytesError says that a command's output did not arrive whole. The session stays in step.
type LostBytesError struct {
	// Sent is the number of bytes that the guest counted.
	Sent int64
	// Received is the number of bytes that arrived.
	Received int64
}

func (e *LostBytesError) Error() string {
	return fmt.Sprintf("the command's output did not arrive whole: the guest sent %d bytes, %d arrived", e.Sent, e.Received)
}

// MissingToolError says that the guest lacks a program that the session can't do without.
type MissingToolError struct {
	// Tools are the names of the programs.
	Tools []string
}

func (e *MissingToolError) Error() string {
	return fmt.Sprintf("the guest lacks %q, which running commands needs", e.Tools)
}

// CutError says that a command was stopped because its context ended.
type CutError struct {
	// Elapsed is how long the command had run.
	Elapsed time.Duration
	// Cause is the context's error.
	Cause error
}

func (e *CutError) Error() string {
	return fmt.Sprintf("the command was stopped after %v: %v", e.Elapsed.Round(time.Millisecond), e.Cause)
}

// Unwrap returns the context's error.
func (e *CutError) Unwrap() error { return e.Cause }
