package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// condition is a polling condition. Its fields are used by the thread that has the turn.
type condition struct {
	fn          starlark.Callable
	interval    time.Duration
	description string
	checked     time.Time
	checking    bool
}

// newCondition returns the condition that a call describes.
func newCondition(c *Call) *condition {
	cond := &condition{fn: c.Callable("fn")}
	cond.interval, _ = c.Duration("interval")
	var ok bool
	if cond.description, ok = c.OptString("description"); !ok {
		cond.description = docString(cond.fn)
	}
	return cond
}

// invariant enters a condition until the subtest ends.
func invariant(ctx context.Context, c *Call) (starlark.Value, error) {
	st := c.state
	s := newCondition(c).scope(st)
	s.enter()
	OnSubtestEnd(ctx, func(context.Context) {
		defer st.holdTurn()()
		s.leave()
	})
	return starlark.None, nil
}

func pollingCondition(_ context.Context, c *Call) (starlark.Value, error) {
	cond := newCondition(c)
	rt := c.state.rt
	cl := NewClass(api.Load().Class("PollingCondition"), ConditionMethods(), map[string]Getter{
		"description": func(self any) (starlark.Value, error) {
			return starlark.String(self.(*condition).description), nil
		},
	})
	cl.Iterate = func(self any) starlark.Iterator {
		return &scopeIterator{make: func() *scope { return self.(*condition).scope(rt.current) }}
	}
	return cl.NewIterable(cond, fmt.Sprintf("<polling condition %s>", cond.description)), nil
}

// ConditionMethods returns the implementations of the methods of PollingCondition.
func ConditionMethods() map[string]Impl {
	return map[string]Impl{
		"run":  runWithCondition,
		"wait": waitForCondition,
	}
}

// docString returns a function's doc string, else its name.
func docString(fn starlark.Callable) string {
	if f, ok := fn.(*starlark.Function); ok && strings.TrimSpace(f.Doc()) != "" {
		return strings.TrimSpace(f.Doc())
	}
	return fn.Name()
}

// title returns the first line of a function's doc string, else its name.
func title(fn starlark.Callable) string {
	line, _, _ := strings.Cut(docString(fn), "\n")
	return strings.TrimSpace(line)
}

// scope returns the scope that a loop over the condition enters.
func (cond *condition) scope(st *state) *scope {
	return &scope{
		st:    st,
		enter: func() { st.conditions = append(st.conditions, cond) },
		leave: func() {
			if i := slices.Index(st.conditions, cond); i >= 0 {
				st.conditions = slices.Delete(st.conditions, i, i+1)
			}
		},
	}
}

func runWithCondition(ctx context.Context, c *Call) (starlark.Value, error) {
	s := c.Self().(*condition).scope(c.state)
	s.open()
	v, err := c.state.invoke(ctx, c.Callable("fn"), nil)
	s.close(err, true)
	return v, err
}

func waitForCondition(ctx context.Context, c *Call) (starlark.Value, error) {
	cond := c.Self().(*condition)
	var last error
	what := fmt.Sprintf("waiting for %s", cond.description)
	return nil, poll(ctx, c, what, max(cond.interval, 10*time.Millisecond), func(ctx context.Context, _ bool) (bool, error) {
		last = cond.check(ctx, c.state)
		if ctx.Err() != nil && last != nil {
			if errors.As(last, new(*ConditionError)) { // the context has ended since then
				return false, context.Cause(ctx)
			}
			return false, last
		}
		c.state.caught()
		return last == nil, nil
	}, func() string {
		var failed *ConditionError
		if errors.As(last, &failed) && failed.Err == nil || last == nil {
			return ""
		}
		return last.Error()
	})
}

// ConditionError says that a polling condition does not hold. Err is the failure of its function; nil when the function
// returned False.
type ConditionError struct {
	Description string
	Err         error
}

// Error returns the description and the reason.
func (e *ConditionError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("Polling condition failed: %s: %s", e.Description, e.Err)
	}
	return "Polling condition failed: " + e.Description
}

// Unwrap returns the failure of the condition's function.
func (e *ConditionError) Unwrap() error { return e.Err }

// TestFailure returns true, whatever the failure of the condition's function is.
func (e *ConditionError) TestFailure() bool { return true }

// check calls the condition's function.
func (cond *condition) check(ctx context.Context, st *state) error {
	cond.checking = true
	v, err := st.invoke(context.WithValue(ctx, stateKey{}, st), cond.fn, nil)
	cond.checking = false
	cond.checked = st.rt.now()
	if err != nil && (ctx.Err() != nil || IsSkip(err) != nil) {
		return err
	}
	if err != nil || v != starlark.None && !bool(v.Truth()) {
		return &ConditionError{cond.description, err}
	}
	return nil
}

// CheckConditions checks the polling conditions that the calling thread has entered and that were not checked within
// their interval. Implementations of machine calls use it before each call and while they wait. ctx is that of the
// bound call; other contexts have no conditions. The error fails the test.
func CheckConditions(ctx context.Context) error {
	st := stateFrom(ctx)
	if st == nil || len(st.conditions) == 0 {
		return nil
	}
	defer st.holdTurn()()
	for _, cond := range st.conditions {
		if cond.checking {
			return nil // this is a call of the check itself
		}
	}
	for _, cond := range st.conditions {
		if st.rt.now().Sub(cond.checked) < cond.interval {
			continue
		}
		if err := cond.check(ctx, st); err != nil {
			return err
		}
	}
	return nil
}
