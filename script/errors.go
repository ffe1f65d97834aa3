package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The classes of failures.
const (
	ClassTest        = "test"        // an expectation of the test did not hold
	ClassMachine     = "machine"     // a machine, a network or the host's software failed
	ClassSetup       = "setup"       // a machine can't be started as it is described, or on this host
	ClassScript      = "script"      // the script is wrong
	ClassTimeout     = "timeout"     // the time limit of the whole run
	ClassInterrupted = "interrupted" // Ctrl-C, SIGTERM
)

// TestFailure is implemented by errors that say that an expectation of the test did not hold.
type TestFailure interface {
	error
	TestFailure() bool
}

// Classified is implemented by errors that know their class, one of the Class… constants.
type Classified interface {
	error
	ErrorClass() string
}

// classOf returns the class that an error itself has, "" when it has none.
func classOf(err error) string {
	var t TestFailure
	if errors.As(err, &t) && t.TestFailure() {
		return ClassTest
	}
	var c Classified
	if errors.As(err, &c) {
		return c.ErrorClass()
	}
	return ""
}

// AssertionError says that an assertion of the script did not hold.
type AssertionError struct{ Msg string }

func (e *AssertionError) Error() string { return e.Msg }

// TestFailure returns true.
func (e *AssertionError) TestFailure() bool { return true }

// Failf returns an *AssertionError.
func Failf(format string, args ...any) error {
	return &AssertionError{Msg: fmt.Sprintf(format, args...)}
}

// CallError is an error of a bound function that has no class of its own.
type CallError struct {
	Function string // "Machine.succeed"
	Class    string
	Err      error
}

func (e *CallError) Error() string { return e.Err.Error() }
func (e *CallError) Unwrap() error { return e.Err }

// ErrorClass returns the class for the kind of the function.
func (e *CallError) ErrorClass() string { return e.Class }

// cancelError says that the script was stopped from outside.
type cancelError struct{ cause error }

func (e *cancelError) Error() string { return e.cause.Error() }
func (e *cancelError) Unwrap() error { return e.cause }

// ErrorClass returns that of the cause if it has one; ClassTimeout for a deadline, else ClassInterrupted.
func (e *cancelError) ErrorClass() string {
	if c := classOf(e.cause); c != "" {
		return c
	}
	if errors.Is(e.cause, context.DeadlineExceeded) {
		return ClassTimeout
	}
	return ClassInterrupted
}

// Error is the failure of a script.
type Error struct {
	Class     string
	Message   string
	Function  string          // the builtin that failed, "" when the script itself did
	Subtests  []string        // the subtests it happened in, outermost first
	Backtrace []report.Source // outermost first
	Cause     error           // the original error, for errors.As
	Frames    []Frame         // with Options.PostMortem, innermost first
	Traceback string          // for a script in Python: its own text, if that says more than Backtrace
	More      []*Error        // with KeepGoing: further failures
}

// Error returns the message with the place: "file:line:column: message".
func (e *Error) Error() string {
	if n := len(e.Backtrace); n > 0 {
		p := e.Backtrace[n-1]
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, e.Message)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Info returns the error for an event of the report.
func (e *Error) Info() *report.FailureInfo {
	return &report.FailureInfo{Class: e.Class, Message: e.Message, Subtest: strings.Join(e.Subtests, " / "), Backtrace: e.Backtrace, Traceback: e.Traceback}
}

// SyntaxError is a script that can't be run at all: bad syntax, undefined names, a file that can't be read.
type SyntaxError struct {
	Places []report.Source // one for each message; Line is 0 when there is none
	Msgs   []string
	Err    error
}

func (e *SyntaxError) Error() string {
	lines := make([]string, len(e.Msgs))
	for i, m := range e.Msgs {
		lines[i] = m
		if p := e.Places[i]; p.Line > 0 {
			lines[i] = fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, m)
		}
	}
	return strings.Join(lines, "\n")
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// ErrorClass returns ClassScript.
func (e *SyntaxError) ErrorClass() string { return ClassScript }

func (s *sources) syntaxError(err error) *SyntaxError {
	out := &SyntaxError{Err: err}
	add := func(pos syntax.Position, msg string) {
		out.Places = append(out.Places, s.at(starlark.CallFrame{Pos: pos}))
		out.Msgs = append(out.Msgs, msg)
	}
	var se syntax.Error
	var re resolve.ErrorList
	var de dialect.Errors
	switch {
	case errors.As(err, &de):
		for _, e := range de {
			msg := e.Message
			if e.Hint != "" {
				msg += " (" + e.Hint + ")"
			}
			add(syntax.MakePosition(&e.File, int32(e.Start.Line), int32(e.Start.Column)), msg)
		}
	case errors.As(err, &se):
		add(se.Pos, se.Msg)
	case errors.As(err, &re):
		for _, e := range re {
			add(e.Pos, e.Msg)
		}
	default:
		out.Places, out.Msgs = []report.Source{{}}, []string{err.Error()}
	}
	return out
}

// newError converts an error of a thread's execution to an *Error.
func (st *state) newError(err error) *Error {
	var old *Error
	if errors.As(err, &old) {
		return old
	}
	st.settle(err)
	e := &Error{Cause: err, Class: classOf(err), Message: err.Error(), Subtests: st.failedIn, Frames: st.framesOf(err)}
	st.caught()
	if st.ctx.Err() != nil && e.Class != ClassTest {
		c := &cancelError{context.Cause(st.ctx)}
		e.Class, e.Message, e.Cause = c.ErrorClass(), c.Error(), errors.Join(err, c)
	}
	if e.Class == "" {
		e.Class = ClassScript
	}
	stack := withoutBodies(stackOf(err))
	if n := len(stack); n > 0 && stack[n-1].Pos.Line == 0 {
		e.Function = stack[n-1].Name
	}
	for _, fr := range stack {
		if fr.Pos.Line > 0 {
			e.Backtrace = append(e.Backtrace, st.rt.sources.at(fr))
		}
	}
	e.Backtrace = shortened(e.Backtrace)
	var passed *unexpectedPass
	if errors.As(err, &passed) && len(e.Backtrace) == 0 && passed.src != nil {
		e.Backtrace = []report.Source{*passed.src}
	}
	return e
}

// keptCalls is how many calls of a long backtrace are kept at each end, such as that of an endless recursion.
const keptCalls = 20

// shortened returns a backtrace without its middle, in place of which an entry says so.
func shortened(trace []report.Source) []report.Source {
	left := len(trace) - 2*keptCalls
	if left <= 1 {
		return trace
	}
	place := trace[keptCalls]
	place.Text = fmt.Sprintf("… %d calls are left out here …", left)
	out := append(slices.Clip(trace[:keptCalls]), place)
	return append(out, trace[len(trace)-keptCalls:]...)
}

// stackOf returns the call stack of an error, also across threads of parallel.
func stackOf(err error) starlark.CallStack { return slices.Concat(segments(err)...) }

// segments returns the call stacks of an error, one for each thread. An error that passed through functions called by
// builtins holds several stacks: of one thread, the innermost has all frames; a thread of parallel has its own.
func segments(err error) []starlark.CallStack {
	out := []starlark.CallStack{nil}
	for err != nil {
		switch e := err.(type) {
		case *starlark.EvalError:
			out[len(out)-1] = e.CallStack
		case *threadError:
			out = append(out, nil)
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			if all := u.Unwrap(); len(all) > 0 {
				err = all[0]
				continue
			}
			err = nil
		default:
			err = nil
		}
	}
	return out
}

// sources holds the lines of the files, for messages.
type sources struct {
	mu    sync.Mutex
	files map[string][]string
}

func (s *sources) add(name string, src []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string][]string{}
	}
	s.files[name] = strings.Split(strings.TrimPrefix(string(src), "\ufeff"), "\n") // a byte order mark is no part of a line
}

// parse adds a text that is not part of the program and returns its tree. The error is a *SyntaxError.
func (s *sources) parse(name string, src []byte) (*syntax.File, error) {
	s.add(name, src)
	f, err := dialect.Parse(name, src)
	if err != nil {
		return nil, s.syntaxError(err)
	}
	return f.Syntax, nil
}

func (s *sources) at(fr starlark.CallFrame) report.Source {
	out := report.Source{File: fr.Pos.Filename(), Line: int(fr.Pos.Line), Col: int(fr.Pos.Col)}
	if fr.Name != "<toplevel>" {
		out.Func = fr.Name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if lines := s.files[out.File]; out.Line > 0 && out.Line <= len(lines) {
		out.Text = strings.TrimRight(lines[out.Line-1], "\r")
	}
	return out
}
