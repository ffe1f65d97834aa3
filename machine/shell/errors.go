package shell

import (
	"fmt"
	"time"
)

// DeadError says that the session can't be used any more: the connection is gone, the guest did not come
// back after a command was cut, or it sent what the protocol does not know.
type DeadError struct {
	// Reason tells what happened.
	Reason string
	// Cause is the error of the connection, or nil.
	Cause error
	// Silent tells that the guest does not answer although its connection is open. A guest that begins anew can be
	// reached again, see [Session.Reset].
	Silent bool
}

func (e *DeadError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("the guest's root shell is gone: %s: %v", e.Reason, e.Cause)
	}
	return "the guest's root shell is gone: " + e.Reason
}

// Unwrap returns the cause.
func (e *DeadError) Unwrap() error { return e.Cause }

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

// CutError says that a command was stopped because its context ended. The session stays in step.
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
