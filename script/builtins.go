package script

import (
	"context"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// Functions returns the implementations of the declared global functions that need no machines.
func Functions() map[string]Impl {
	return map[string]Impl{
		"subtest":           subtest,
		"retry":             retry,
		"polling_condition": pollingCondition,
		"parallel":          parallel,
	}
}

// Builtins returns the global functions that need no machines, struct, and fail. Starlark has a fail of its own; this
// one fails the test like every other assertion.
func Builtins() starlark.StringDict {
	out := starlark.StringDict{
		"fail":   starlark.NewBuiltin("fail", fail),
		"struct": starlark.NewBuiltin("struct", starlarkstruct.Make),
	}
	for name, impl := range Functions() {
		out[name] = NewFunction(api.Load().Function(name), impl)
	}
	return out
}

func fail(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	sep := " "
	if err := starlark.UnpackArgs("fail", nil, kwargs, "sep?", &sep); err != nil {
		return nil, err
	}
	words := make([]string, len(args))
	for i, a := range args {
		if s, ok := starlark.AsString(a); ok {
			words[i] = s
		} else {
			words[i] = a.String()
		}
	}
	err := Failf("%s", strings.Join(words, sep))
	if st := stateOf(thread); st != nil {
		st.settle(nil)
		st.flight = err
		if hook := st.rt.opts.OnCallError; hook != nil {
			hook(thread, err)
		}
	}
	return nil, err
}

// subtest implements both forms: subtest(name) and subtest(name, fn).
func subtest(ctx context.Context, c *Call) (starlark.Value, error) {
	name := c.String("name")
	entry := report.Entry{Action: report.ActionSubtest, Text: name}
	if c.Function.Param("fn") == nil {
		return c.newScope(name, entry), nil
	}
	return c.state.inSubtest(name, c.state.place(), c.Callable("fn"))
}

// inSubtest calls fn in a subtest.
func (st *state) inSubtest(name string, src func() *report.Source, fn starlark.Callable) (starlark.Value, error) {
	s := &scope{st: st, subtest: name, entry: &report.Entry{Action: report.ActionSubtest, Text: name}, src: src}
	s.open()
	v, err := st.invoke(st.ctx, fn, nil)
	if err != nil {
		failed := st.failedIn
		s.close(err, true)
		st.failedIn = append([]string{name}, failed...)
		return nil, err
	}
	s.close(nil, true)
	return v, nil
}

// NewScope returns the value that a loop such as "for _ in log.nested(…)" runs over: an entry of the log that is open
// while the loop's body runs. c is the call that returns it.
func NewScope(c *Call, entry report.Entry) starlark.Value { return c.newScope("", entry) }

func (c *Call) newScope(subtest string, entry report.Entry) starlark.Value {
	src := c.state.place()
	rt := c.state.rt
	return scopeClass().NewIterable(func() *scope {
		return &scope{st: rt.current, subtest: subtest, entry: &entry, src: src}
	}, fmt.Sprintf("<scope %s>", entry.Text))
}

func scopeClass() *Class {
	cl := NewClass(api.Load().Class("Scope"), nil, nil)
	cl.Iterate = func(self any) starlark.Iterator { return &scopeIterator{make: self.(func() *scope)} }
	return cl
}
