package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

// exitStack is contextlib.ExitStack: what was entered is left in the opposite order.
type exitStack struct {
	rt    *Runtime
	exits []func(th *starlark.Thread, exc *Instance, cause error) (bool, error)
}

func (s *exitStack) String() string                                 { return "<ExitStack object>" }
func (s *exitStack) Type() string                                   { return "ExitStack" }
func (s *exitStack) Freeze()                                        {}
func (s *exitStack) Truth() starlark.Bool                           { return true }
func (s *exitStack) Hash() (uint32, error)                          { return 0, fmt.Errorf("unhashable: ExitStack") }
func (s *exitStack) AttrNames() []string                            { return []string{"callback", "close", "enter_context"} }
func (s *exitStack) enter(*starlark.Thread) (starlark.Value, error) { return s, nil }
func (s *exitStack) exit() error                                    { _, err := s.unwind(s.rt.thread, nil, nil); return err }

// unwind leaves everything; it tells whether the error was swallowed.
func (s *exitStack) unwind(th *starlark.Thread, exc *Instance, cause error) (bool, error) {
	first := cause
	for i := len(s.exits) - 1; i >= 0; i-- {
		swallowed, err := s.exits[i](th, exc, cause)
		switch {
		case err != nil && err != cause:
			exc, cause = s.rt.Exception(err), err
		case swallowed:
			exc, cause = nil, nil
		}
	}
	s.exits = nil
	if cause == first {
		return false, nil
	}
	return cause == nil, cause
}

// Attr gives the methods.
func (s *exitStack) Attr(name string) (starlark.Value, error) {
	rt := s.rt
	switch name {
	case "enter_context":
		return rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			v, err := rt.enter(th, a[0])
			if err == nil {
				s.exits = append(s.exits, func(th *starlark.Thread, exc *Instance, cause error) (bool, error) {
					return rt.exit(th, a[0], exc, cause)
				})
			}
			return v, err
		}), nil
	case "callback":
		return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "callback() needs a function")
			}
			s.exits = append(s.exits, func(th *starlark.Thread, _ *Instance, _ error) (bool, error) {
				_, err := starlark.Call(th, a[0], a[1:], kw)
				return false, err
			})
			return a[0], nil
		}), nil
	case "close":
		return rt.pos(name, 0, 0, func(th *starlark.Thread, _ starlark.Tuple) (starlark.Value, error) {
			_, err := s.unwind(th, nil, nil)
			return starlark.None, err
		}), nil
	}
	return nil, nil
}

// closing is contextlib.closing.
type closing struct {
	rt    *Runtime
	thing starlark.Value
}

func (c *closing) String() string                                 { return "<closing object>" }
func (c *closing) Type() string                                   { return "closing" }
func (c *closing) Freeze()                                        {}
func (c *closing) Truth() starlark.Bool                           { return true }
func (c *closing) Hash() (uint32, error)                          { return 0, fmt.Errorf("unhashable: closing") }
func (c *closing) enter(*starlark.Thread) (starlark.Value, error) { return c.thing, nil }
func (c *closing) exit() error {
	o, ok := c.thing.(starlark.HasAttrs)
	if !ok {
		return c.rt.raise("AttributeError", "'%s' object has no attribute 'close'", typeName(c.thing))
	}
	f, err := o.Attr("close")
	if err != nil || f == nil {
		return c.rt.raise("AttributeError", "'%s' object has no attribute 'close'", typeName(c.thing))
	}
	_, err = c.rt.call(f)
	return err
}
