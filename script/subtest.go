package script

import (
	"context"
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

// Skip is how a subtest, a test function or a whole script ends that calls skip.
type Skip struct{ Reason string }

func (e *Skip) Error() string { return "skipped: " + e.Reason }

// Outcome returns the result for the report.
func (e *Skip) Outcome() (report.Status, string) { return report.Skipped, e.Reason }

// expectedFailure is the failure of a subtest that has called xfail.
type expectedFailure struct {
	reason string
	err    error
}

func (e *expectedFailure) Error() string {
	return fmt.Sprintf("expected to fail (%s): %s", e.reason, e.err)
}
func (e *expectedFailure) Unwrap() error { return e.err }

// Outcome returns the result for the report.
func (e *expectedFailure) Outcome() (report.Status, string) { return report.ExpectedFailure, e.Error() }

// unexpectedPass is the failure of a subtest that has called xfail and then passed.
type unexpectedPass struct {
	reason string
	src    *report.Source
}

func (e *unexpectedPass) Error() string {
	return fmt.Sprintf("unexpectedly passed, although it was expected to fail: %s", e.reason)
}

// TestFailure returns true.
func (e *unexpectedPass) TestFailure() bool { return true }

// IsSkip returns how a script, or a part of it, was skipped; nil when err says something else.
func IsSkip(err error) *Skip {
	var skip *Skip
	if errors.As(err, &skip) {
		return skip
	}
	return nil
}

// ends reports whether an error ends a subtest without a failure.
func ends(err error) bool { return IsSkip(err) != nil || errors.As(err, new(*expectedFailure)) }

func newSubtest(st *state, name string, src func() *report.Source) *scope {
	return &scope{st: st, subtest: name, entry: &report.Entry{Action: report.ActionSubtest, Text: name}, src: src}
}

// subtest implements both forms: subtest(name) and subtest(name, fn).
func subtest(_ context.Context, c *Call) (starlark.Value, error) {
	name, src, rt := c.String("name"), c.state.place(), c.state.rt
	if c.Function.Param("fn") != nil {
		return c.state.inSubtest(newSubtest(c.state, name, src), c.Callable("fn"))
	}
	return scopeClass().NewIterable(func() *scope { return newSubtest(rt.current, name, src) }, fmt.Sprintf("<scope %s>", name)), nil
}

// inSubtest calls fn in a subtest. A failure that does not end what is around the subtest is no error.
func (st *state) inSubtest(s *scope, fn starlark.Callable) (starlark.Value, error) {
	s.catches = true
	s.open()
	v, err := st.invoke(st.ctx, fn, nil)
	failed := st.failedIn
	err = s.outcome(err)
	s.close(err, true)
	switch {
	case err == nil:
		return v, nil
	case ends(err):
		st.caught()
		return nil, nil
	}
	st.failedIn = append([]string{s.subtest}, failed...)
	if st.goesOn() {
		st.rt.failures = append(st.rt.failures, st.report(err))
		return nil, nil
	}
	return nil, err
}

// outcome returns how a subtest ends whose body ended with err.
func (s *scope) outcome(err error) error {
	switch {
	case s.expected == "" || IsSkip(err) != nil:
		return err
	case err == nil:
		return &unexpectedPass{s.expected, s.src()}
	case s.st.ctx.Err() != nil:
		return err
	}
	switch classOf(err) {
	case ClassTest, ClassMachine:
		return &expectedFailure{s.expected, err}
	}
	return err
}

// innermostSubtest returns the subtest that the thread is in, nil when it is in none.
func (st *state) innermostSubtest() *scope {
	for t := st; t != nil; t = t.parent {
		for i := len(t.scopes) - 1; i >= 0; i-- {
			if s := t.scopes[i]; s.subtest != "" {
				return s
			}
		}
	}
	return nil
}

// goesOn reports whether the script goes on after a subtest that has failed, which has been left. It does not within
// another subtest, nor in a call of Call.Try, which waits for the failure.
func (st *state) goesOn() bool {
	for t := st; t != nil; t = t.parent {
		if t.trying > 0 {
			return false
		}
	}
	return st.rt.opts.KeepGoing && st.ctx.Err() == nil && st.innermostSubtest() == nil
}

func skip(_ context.Context, c *Call) (starlark.Value, error) {
	if s := c.state.innermostSubtest(); s != nil && !s.catches {
		return nil, c.Errorf("the subtest %q can't be skipped: write it as \"for _ in subtest(%q):\" in a script, or as subtest(name, fn)", s.subtest, s.subtest)
	}
	return nil, &Skip{c.String("reason")}
}

func xfail(_ context.Context, c *Call) (starlark.Value, error) {
	reason := c.String("reason")
	s := c.state.innermostSubtest()
	switch {
	case reason == "":
		return nil, c.Errorf("xfail needs a reason")
	case s == nil:
		return nil, c.Errorf("xfail must be called in the subtest or the test function that is expected to fail")
	case !s.catches:
		return nil, c.Errorf("the subtest %q can't be expected to fail: write it as \"for _ in subtest(%q):\" in a script, or as subtest(name, fn)", s.subtest, s.subtest)
	}
	s.expected = reason
	return nil, nil
}
