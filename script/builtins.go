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
		"skip":              skip,
		"secret":            secret,
		"xfail":             xfail,
		"retry":             retry,
		"polling_condition": pollingCondition,
		"invariant":         invariant,
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

// secret hides a text in the log and the reports.
func secret(_ context.Context, c *Call) (starlark.Value, error) {
	if err := c.Log().Hide(c.String("value")); err != nil {
		return nil, c.Errorf("%s", err)
	}
	return c.Value("value"), nil
}

// NewScope returns the value that a loop such as "for _ in log.nested(…)" runs over: an entry of the log that is open
// while the loop's body runs. c is the call that returns it.
func NewScope(c *Call, entry report.Entry) starlark.Value {
	src := c.state.place()
	rt := c.state.rt
	return scopeClass().NewIterable(func() *scope {
		return &scope{st: rt.current, entry: &entry, src: src}
	}, fmt.Sprintf("<scope %s>", entry.Text))
}

func scopeClass() *Class {
	cl := NewClass(api.Load().Class("Scope"), nil, nil)
	cl.Iterate = func(self any) starlark.Iterator { return &scopeIterator{make: self.(func() *scope)} }
	return cl
}
