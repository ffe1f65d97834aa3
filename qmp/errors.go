package qmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// Error is QEMU's refusal of a command.
type Error struct {
	// Command is the name of the refused command.
	Command string
	// Class is QEMU's error class: GenericError, CommandNotFound, DeviceNotFound…
	Class string
	// Desc is QEMU's text for humans.
	Desc string
}

func (e *Error) Error() string {
	if e.Class == "" || e.Class == "GenericError" {
		return fmt.Sprintf("QEMU refused %s: %s", e.Command, e.Desc)
	}
	return fmt.Sprintf("QEMU refused %s: %s (%s)", e.Command, e.Desc, e.Class)
}

// DisconnectedError reports that the connection to QEMU has ended: QEMU ended, closed the socket or sent
// something other than QMP, or the client was closed. Later commands fail too.
type DisconnectedError struct {
	// Command is the command that was waiting, or empty.
	Command string
	// Cause is io.EOF when QEMU closed the connection, net.ErrClosed after Close.
	Cause error
}

func (e *DisconnectedError) Error() string {
	why := "connection lost: " + fmt.Sprint(e.Cause)
	switch {
	case errors.Is(e.Cause, io.EOF), errors.Is(e.Cause, syscall.ECONNRESET), errors.Is(e.Cause, syscall.EPIPE):
		why = "QEMU closed the connection"
	case errors.Is(e.Cause, net.ErrClosed):
		why = "the connection was closed"
	}
	if e.Command == "" {
		return "QMP: " + why
	}
	return fmt.Sprintf("QMP %s: %s", e.Command, why)
}

// Unwrap returns the cause.
func (e *DisconnectedError) Unwrap() error { return e.Cause }

// TimeoutError reports that the context of a command ended before QEMU answered. The connection
// stays usable; a late answer is dropped.
type TimeoutError struct {
	// Command is the command that was waiting.
	Command string
	// Cause is the context's error.
	Cause error
}

func (e *TimeoutError) Error() string {
	if errors.Is(e.Cause, context.Canceled) {
		return fmt.Sprintf("QMP %s: cancelled before QEMU answered", e.Command)
	}
	return fmt.Sprintf("QMP %s: no answer from QEMU in time: %v", e.Command, e.Cause)
}

// Unwrap returns the context's error.
func (e *TimeoutError) Unwrap() error { return e.Cause }

// Timeout reports whether a deadline, not a cancellation, ended the wait.
func (e *TimeoutError) Timeout() bool { return errors.Is(e.Cause, context.DeadlineExceeded) }

// ProtocolError reports that the other side does not speak QMP.
type ProtocolError struct {
	// Reason says what was expected.
	Reason string
	// Got is the beginning of the received message, at most 200 bytes.
	Got string
}

func (e *ProtocolError) Error() string {
	if e.Got == "" {
		return "not QMP: " + e.Reason
	}
	return fmt.Sprintf("not QMP: %s, got %q", e.Reason, e.Got)
}

func protocolError(reason string, got []byte) *ProtocolError {
	return &ProtocolError{Reason: reason, Got: string(got[:min(len(got), 200)])}
}
