package pyrt

import (
	"slices"
	"strconv"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// deque is collections.deque: a list that can grow and shrink at both ends, with a length that it does not pass.
type deque struct {
	*starlark.List
	rt  *Runtime
	max int // less than 0: no limit
}

func (rt *Runtime) newDeque() *starlark.Builtin {
	return rt.fn("deque", func(th *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		a, err := rt.bind("deque", []string{"iterable", "maxlen"}, args, kw)
		if err != nil {
			return nil, err
		}
		d := &deque{List: &starlark.List{}, rt: rt, max: -1}
		if a[1] != nil && a[1] != starlark.None {
			if d.max, err = starlark.AsInt32(a[1]); err != nil || d.max < 0 {
				return nil, rt.raise("ValueError", "maxlen must be non-negative")
			}
		}
		if a[0] == nil {
			return d, nil
		}
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		return d, d.set(xs)
	})
}

func (d *deque) Type() string   { return "deque" }
func (d *deque) String() string { return d.text() }
func (d *deque) text() string {
	s, err := d.rt.repr(d.List)
	if err != nil {
		return "deque"
	}
	if d.max >= 0 {
		s += ", maxlen=" + strconv.Itoa(d.max)
	}
	return "deque(" + s + ")"
}

// set replaces all values; those at the left that are too many are dropped.
func (d *deque) set(xs []starlark.Value) error {
	if d.max >= 0 && len(xs) > d.max {
		xs = xs[len(xs)-d.max:]
	}
	if err := d.List.Clear(); err != nil {
		return err
	}
	for _, x := range xs {
		if err := d.List.Append(x); err != nil {
			return err
		}
	}
	return nil
}

// Append adds at the right.
func (d *deque) Append(v starlark.Value) error { return d.set(append(values(d.List), v)) }

// CompareSameType compares the values.
func (d *deque) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return starlark.CompareDepth(op, d.List, y.(*deque).List, depth-1)
}

// Slice is none that a deque of Python has.
func (d *deque) Slice(_, _, _ int) starlark.Value { return starlark.None }

// Binary is membership; deques are not added here.
func (d *deque) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op == syntax.IN && side == starlark.Right {
		return starlark.Binary(op, y, d.List)
	}
	return nil, nil
}

// Attr gives the methods.
func (d *deque) Attr(name string) (starlark.Value, error) {
	method := func(least, most int, f func(th *starlark.Thread, a starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error)) (starlark.Value, error) {
		return d.rt.pos(name, least, most, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, v, err := f(th, a, values(d.List))
			if err != nil {
				return nil, err
			}
			return v, d.set(xs)
		}), nil
	}
	left := func(xs, add []starlark.Value) []starlark.Value {
		all := append(append([]starlark.Value(nil), add...), xs...)
		if d.max >= 0 && len(all) > d.max {
			all = all[:d.max]
		}
		return all
	}
	switch name {
	case "maxlen":
		if d.max < 0 {
			return starlark.None, nil
		}
		return starlark.MakeInt(d.max), nil
	case "append":
		return method(1, 1, func(_ *starlark.Thread, a starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			return append(xs, a[0]), starlark.None, nil
		})
	case "appendleft":
		return method(1, 1, func(_ *starlark.Thread, a starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			return left(xs, a), starlark.None, nil
		})
	case "extend", "extendleft":
		return method(1, 1, func(th *starlark.Thread, a starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			ys, err := d.rt.all(th, a[0])
			if name == "extend" {
				return append(xs, ys...), starlark.None, err
			}
			for _, y := range ys {
				xs = left(xs, []starlark.Value{y})
			}
			return xs, starlark.None, err
		})
	case "pop", "popleft":
		return method(0, 0, func(_ *starlark.Thread, _ starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			switch {
			case len(xs) == 0:
				return nil, nil, d.rt.raise("IndexError", "pop from an empty deque")
			case name == "pop":
				return xs[:len(xs)-1], xs[len(xs)-1], nil
			}
			return xs[1:], xs[0], nil
		})
	case "rotate":
		return method(0, 1, func(_ *starlark.Thread, a starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			if len(xs) == 0 {
				return xs, starlark.None, nil
			}
			n := (-intArg(a, 0, 1)%len(xs) + len(xs)) % len(xs)
			return append(append([]starlark.Value(nil), xs[n:]...), xs[:n]...), starlark.None, nil
		})
	case "reverse":
		return method(0, 0, func(_ *starlark.Thread, _ starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			slices.Reverse(xs)
			return xs, starlark.None, nil
		})
	case "copy":
		return method(0, 0, func(_ *starlark.Thread, _ starlark.Tuple, xs []starlark.Value) ([]starlark.Value, starlark.Value, error) {
			return xs, &deque{List: starlark.NewList(values(d.List)), rt: d.rt, max: d.max}, nil
		})
	case "clear", "remove", "index", "count", "insert":
		return d.rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if name == "count" {
				return d.rt.container(name, append(starlark.Tuple{d.List}, a...), kw)
			}
			return d.rt.callMethod(name, append(starlark.Tuple{d.List}, a...), kw)
		}), nil
	}
	return nil, nil
}

// AttrNames are the methods.
func (d *deque) AttrNames() []string {
	return []string{"append", "appendleft", "clear", "copy", "count", "extend", "extendleft", "index", "insert", "maxlen", "pop", "popleft", "remove", "reverse", "rotate"}
}
