package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

// threadError is the failure of a function that parallel called: its stack belongs to another thread.
type threadError struct {
	err    error
	frames []Frame
}

func (e *threadError) Error() string { return e.err.Error() }
func (e *threadError) Unwrap() error { return e.err }

var errStopped = errors.New("stopped, for another function that runs in parallel has failed")

type parallelTask struct {
	fn       starlark.Callable
	st       *state
	stop     func()
	span     *report.Span
	value    starlark.Value
	err      error
	panicked any
}

// parallel calls functions in threads of their own. One of them executes bytecode at a time.
func parallel(ctx context.Context, c *Call) (starlark.Value, error) {
	parent := c.state
	var values []starlark.Value
	for _, v := range c.Values("fns") {
		if _, ok := v.(starlark.Callable); !ok {
			return nil, c.Errorf("%s is not a function", describe(v))
		}
		values = append(values, v)
	}
	group, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	timeout, limited := c.Duration("timeout")
	if limited {
		var cancel context.CancelFunc
		group, cancel = context.WithTimeoutCause(group, timeout, errDeadline)
		defer cancel()
	}

	tasks := make([]*parallelTask, len(values))
	var first *parallelTask
	var wg sync.WaitGroup
	for i, v := range values {
		t := &parallelTask{fn: v.(starlark.Callable)}
		tasks[i] = t
		tctx, span := parent.rt.opts.Log.Begin(group, report.Entry{Action: report.ActionNested, Text: "parallel: " + title(t.fn)})
		t.st, t.stop = parent.rt.newState(tctx, fmt.Sprintf("%s %d", t.fn.Name(), i+1))
		t.st.parent, t.st.conditions, t.span = parent, slices.Clone(parent.conditions), span
		wg.Go(func() {
			t.run(parent.rt)
			if t.err != nil && first == nil { // this thread has the turn
				first = t
				fail(errStopped)
			}
			parent.rt.turn.Unlock()
		})
	}
	_ = c.Block(func(context.Context) error { wg.Wait(); return nil })
	for _, t := range tasks {
		if t.panicked != nil {
			panic(t.panicked)
		}
	}
	if first == nil {
		out := make([]starlark.Value, len(tasks))
		for i, t := range tasks {
			out[i] = t.value
		}
		return starlark.NewList(out), nil
	}
	if ctx.Err() == nil && errors.Is(context.Cause(group), errDeadline) {
		var names []string
		for _, t := range tasks {
			if t.err != nil {
				names = append(names, t.fn.Name())
			}
		}
		return nil, Failf("not finished within %s: %s", timeout, strings.Join(names, ", "))
	}
	parent.failedIn = first.st.failedIn
	return nil, &threadError{first.err, first.st.framesOf(first.err)}
}

// run calls the function. It takes the turn and leaves it to the caller.
func (t *parallelTask) run(rt *runtime) {
	rt.take(t.st)
	defer func() {
		t.panicked = recover()
		if t.panicked != nil && t.err == nil {
			t.err = fmt.Errorf("panic: %v", t.panicked)
		}
		t.stop()
		t.span.End(t.err)
	}()
	t.value, t.err = starlark.Call(t.st.thread, t.fn, nil, nil)
	t.st.settle(t.err)
}
