package script

import (
	"context"
	"fmt"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// Impl does the work of a declared function. The context ends with the run; it carries the innermost entry of the log
// and the script's place. An error that is a TestFailure fails the test; see ErrorClass. Code that waits belongs in
// Call.Block, so that other threads of the script can run.
type Impl func(ctx context.Context, c *Call) (starlark.Value, error)

// Call is one call of a declared function, with its arguments bound and their types checked. The accessors take names
// of declared parameters and panic for other names.
type Call struct {
	Function *api.Function
	Thread   *starlark.Thread

	self   any
	obj    *Object
	values []starlark.Value
	given  []bool
	state  *state
	ctx    context.Context
}

func (c *Call) index(name string) int {
	for i := range c.Function.Params {
		if c.Function.Params[i].Name == name {
			return i
		}
	}
	panic("script: " + c.Function.FullName() + " has no parameter " + name)
}

// Self returns the payload given to Class.New for the object whose method is called; nil for functions.
func (c *Call) Self() any { return c.self }

// Object returns the object whose method is called; nil for functions.
func (c *Call) Object() *Object { return c.obj }

// Context returns the context of the call.
func (c *Call) Context() context.Context { return c.ctx }

// Value returns the argument, or the default.
func (c *Call) Value(name string) starlark.Value { return c.values[c.index(name)] }

// Given reports whether the call has the argument.
func (c *Call) Given(name string) bool { return c.given[c.index(name)] }

// IsNone reports whether the argument is None.
func (c *Call) IsNone(name string) bool { return c.Value(name) == starlark.None }

// String returns a str argument.
func (c *Call) String(name string) string { return string(c.Value(name).(starlark.String)) }

// OptString returns a str argument that may be None; ok is false then.
func (c *Call) OptString(name string) (s string, ok bool) {
	v, ok := c.Value(name).(starlark.String)
	return string(v), ok
}

// Int returns an int argument.
func (c *Call) Int(name string) int {
	i, _ := c.Value(name).(starlark.Int).Int64() // its size was checked when the argument was bound
	return int(i)
}

// OptInt returns an int argument that may be None; ok is false then.
func (c *Call) OptInt(name string) (i int, ok bool) {
	if c.IsNone(name) {
		return 0, false
	}
	return c.Int(name), true
}

// Float returns a float or int argument.
func (c *Call) Float(name string) float64 {
	f, _ := starlark.AsFloat(c.Value(name))
	return f
}

// OptFloat returns a float or int argument that may be None; ok is false then.
func (c *Call) OptFloat(name string) (f float64, ok bool) {
	if c.IsNone(name) {
		return 0, false
	}
	return c.Float(name), true
}

// Bool returns a bool argument.
func (c *Call) Bool(name string) bool { return bool(c.Value(name).(starlark.Bool)) }

// Duration returns a Duration argument. limited is false when it is None.
func (c *Call) Duration(name string) (d time.Duration, limited bool) { return duration(c.Value(name)) }

// Strings returns the strings of *args, a list, a tuple or another iterable argument; nil for None.
func (c *Call) Strings(name string) []string {
	it, ok := c.Value(name).(starlark.Iterable)
	if !ok {
		return nil
	}
	var out []string
	for v := range starlark.Elements(it) {
		s, _ := starlark.AsString(v)
		out = append(out, s)
	}
	return out
}

// Values returns the elements of *args, a list, a tuple or another iterable argument; nil for None.
func (c *Call) Values(name string) []starlark.Value {
	it, ok := c.Value(name).(starlark.Iterable)
	if !ok {
		return nil
	}
	var out []starlark.Value
	for v := range starlark.Elements(it) {
		out = append(out, v)
	}
	return out
}

// Callable returns an argument that can be called; nil when it is something else, such as None or a str.
func (c *Call) Callable(name string) starlark.Callable {
	f, _ := c.Value(name).(starlark.Callable)
	return f
}

// Payload returns the payload given to Class.New for the object that is the argument; nil when it is no object.
func (c *Call) Payload(name string) any {
	if o := AsObject(c.Value(name)); o != nil {
		return o.payload
	}
	return nil
}

// Block runs fn, which waits or takes long, while other threads of the script may run. fn must not touch
// Starlark values; Invoke and CheckConditions are allowed, on the goroutine of the call.
func (c *Call) Block(fn func(ctx context.Context) error) error {
	return c.state.block(func() error { return fn(c.ctx) })
}

// Invoke calls a function of the script, in the given context (its end cancels the function).
func (c *Call) Invoke(ctx context.Context, fn starlark.Callable, args ...starlark.Value) (starlark.Value, error) {
	return c.state.invoke(ctx, fn, args)
}

// Errorf returns an error that the script has caused: a wrong value, a call at the wrong time.
func (c *Call) Errorf(format string, args ...any) error {
	return &ArgumentError{Function: c.Function.Name, Msg: fmt.Sprintf(format, args...)}
}

// Log returns the run's log.
func (c *Call) Log() *report.Log { return c.state.rt.opts.Log }

// Source returns the script's place of the call; nil when there is none.
func (c *Call) Source() *report.Source { return c.state.place()() }

// Try calls a function of the script that may fail. It returns the failure, which then does not fail the run. err is
// set when the run itself was stopped, or fn has called skip.
func (c *Call) Try(ctx context.Context, fn starlark.Callable) (v starlark.Value, failure, err error) {
	c.state.trying++
	v, failure = c.state.invoke(ctx, fn, nil)
	c.state.trying--
	if failure == nil {
		return v, nil, nil
	}
	if ctx.Err() != nil || IsSkip(failure) != nil {
		return nil, nil, failure
	}
	c.state.caught()
	return nil, failure, nil
}
