package bridge

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/script"
)

// function is a function of the script that the driver calls.
type function struct {
	number      int
	name        string
	fingerprint string // of a function for the parameter prepare
}

var (
	_ starlark.Callable    = (*function)(nil)
	_ script.Fingerprinted = (*function)(nil)
)

// Fingerprint returns a text that changes with what the function does.
func (f *function) Fingerprint() string { return f.fingerprint }

func (f *function) String() string        { return "<function " + f.name + ">" }
func (f *function) Type() string          { return "function" }
func (f *function) Freeze()               {}
func (f *function) Truth() starlark.Bool  { return true }
func (f *function) Hash() (uint32, error) { return uint32(f.number), nil }
func (f *function) Name() string          { return f.name }

// CallInternal makes the Python thread that waits for the driver call the function, and serves the thread until the function
// returns.
func (f *function) CallInternal(thread *starlark.Thread, args starlark.Tuple, _ []starlark.Tuple) (result starlark.Value, err error) {
	t := script.RemoteThreadOf(thread)
	c := t.Owner.(*conn)
	err = t.Wait(func() error {
		if err := c.send(starlark.MakeInt(msgCallback), starlark.MakeInt(f.number), args); err != nil {
			return err
		}
		for {
			msg, err := c.receive()
			if err != nil {
				return fmt.Errorf("%s: the script's process has ended: %w", f.name, err)
			}
			q := &question{rest: msg}
			switch q.int() {
			case msgReturn:
				result = q.value()
				return q.err
			case msgRaise:
				raised := c.p.raised(q)
				if raised.own = q.int(); q.err != nil {
					return q.err
				}
				return raised
			}
			if err := c.handle(msg); err != nil {
				return err
			}
		}
	})
	return result, err
}

// raisedError is an exception of the script. err is the driver's error from which it was made, if any.
type raisedError struct {
	kind, text string
	own        int // Python's number, where that waits for it; else 0
	err        error
}

func (e *raisedError) Error() string { return e.text }
func (e *raisedError) Unwrap() error { return e.err }

// TestFailure reports whether the exception is a test failure.
func (e *raisedError) TestFailure() bool {
	var known script.TestFailure
	if errors.As(e.err, &known) {
		return known.TestFailure()
	}
	return e.kind == "assertion" || e.err == nil && (e.kind == "failed" || e.kind == "timeout")
}

// ErrorClass returns the class of the driver's error, else that of script errors.
func (e *raisedError) ErrorClass() string {
	var c script.Classified
	if errors.As(e.err, &c) {
		return c.ErrorClass()
	}
	switch e.kind {
	case "limit":
		return script.ClassTimeout
	case "interrupt":
		return script.ClassInterrupted
	case "machine":
		return script.ClassMachine
	}
	return script.ClassScript
}

// isExit reports whether an exception is SystemExit.
func isExit(err error) bool {
	var raised *raisedError
	return errors.As(err, &raised) && raised.kind == "exit"
}

// isExactly reports whether err is the exception, with only places added.
func isExactly(err error, raised *raisedError) bool {
	for {
		e, ok := err.(*starlark.EvalError)
		if !ok {
			return err == error(raised)
		}
		err = e.Unwrap()
	}
}

// kindOf returns the name of the Python class for an error.
func (p *Process) kindOf(err error) string {
	var condition *script.ConditionError
	var refusedQMP *qmp.Error
	var wait *machine.TimeoutError
	var died *machine.DiedError
	var lost *shell.LostError
	var refused *machine.ArgumentError
	var argument *script.ArgumentError
	var value *valueError
	var failure script.TestFailure
	var classified script.Classified
	switch {
	case script.IsSkip(err) != nil:
		return "skipped"
	case errors.As(err, &condition):
		return "condition"
	case errors.As(err, &refusedQMP):
		return "qmp"
	case errors.As(err, &wait):
		return "timeout"
	case errors.As(err, &died), errors.As(err, &lost):
		return "machine"
	case errors.As(err, &argument), errors.As(err, &value), errors.As(err, &refused):
		return "argument"
	case errors.As(err, &failure) && failure.TestFailure():
		return "failed"
	case errors.As(err, &classified):
		switch classified.ErrorClass() {
		case script.ClassTimeout:
			if p.ctx.Err() != nil {
				return "limit"
			}
			return "timeout"
		case script.ClassInterrupted:
			if p.ctx.Err() != nil || errors.Is(err, errCancelled) {
				return "interrupt"
			}
			return "timeout" // an attempt of a wait was cut
		case script.ClassSetup:
			return "machine"
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	return "machine"
}

// said returns the text of an error as the Python driver words it: without the machine's name, which the report shows.
func said(err error) string {
	name := ""
	if e, ok := errors.AsType[*machine.TimeoutError](err); ok {
		name = e.Machine
	} else if e, ok := errors.AsType[*machine.AssertionError](err); ok {
		name = e.Machine
	}
	return strings.TrimPrefix(err.Error(), name+": ")
}
