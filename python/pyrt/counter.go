package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// countAll adds what the arguments of Counter(), update() and subtract() count.
func (d *defaultDict) countAll(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple, sign int) error {
	if len(a) > 1 {
		return d.rt.raise("TypeError", "expected at most 1 argument, got %d", len(a))
	}
	more := starlark.NewDict(len(kw))
	for _, kv := range kw {
		if err := more.SetKey(kv[0], kv[1]); err != nil {
			return err
		}
	}
	if len(a) == 1 && a[0] != starlark.None {
		if err := d.count(th, a[0], sign); err != nil {
			return err
		}
	}
	return d.count(th, more, sign)
}

// newCounter makes an empty Counter.
func (rt *Runtime) newCounter() *defaultDict {
	zero := rt.pos("zero", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.MakeInt(0), nil })
	return &defaultDict{Dict: &starlark.Dict{}, rt: rt, factory: zero, counter: true}
}

// Binary is + - & | of counters, which keep what is counted more than not at all.
func (d *defaultDict) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	e, ok := y.(*defaultDict)
	if !d.counter || !ok || !e.counter {
		return nil, nil
	}
	if side == starlark.Right {
		d, e = e, d
	}
	out := d.rt.newCounter()
	for i, items := range [][]starlark.Tuple{d.Items(), e.Items()} {
		for _, kv := range items {
			if _, seen, err := d.Dict.Get(kv[0]); i == 1 && seen || err != nil {
				if err != nil {
					return nil, err
				}
				continue
			}
			a, _, err := d.Get(kv[0])
			if err != nil {
				return nil, err
			}
			b, _, err := e.Get(kv[0])
			if err != nil {
				return nil, err
			}
			n := a
			switch op {
			case syntax.PLUS, syntax.MINUS:
				if n, err = starlark.Binary(op, a, b); err != nil {
					return nil, err
				}
			case syntax.PIPE, syntax.AMP:
				more, err := starlark.Compare(syntax.GT, b, a)
				if err != nil {
					return nil, err
				}
				if more == (op == syntax.PIPE) {
					n = b
				}
			default:
				return nil, nil
			}
			positive, err := starlark.Compare(syntax.GT, n, starlark.MakeInt(0))
			if err != nil {
				return nil, err
			}
			if !positive {
				continue
			}
			if err := out.SetKey(kv[0], n); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// count adds what x counts, a mapping or a row of values, to a Counter.
func (d *defaultDict) count(th *starlark.Thread, x starlark.Value, sign int) error {
	add := func(k starlark.Value, n starlark.Value) error {
		v, _, err := d.Get(k)
		if err != nil {
			return err
		}
		op := "+"
		if sign < 0 {
			op = "-"
		}
		if v, err = d.rt.binary(op, v, n); err != nil {
			return err
		}
		return d.SetKey(k, v)
	}
	if m, ok := x.(starlark.IterableMapping); ok {
		for _, kv := range m.Items() {
			if err := add(kv[0], kv[1]); err != nil {
				return err
			}
		}
		return nil
	}
	xs, err := d.rt.all(th, x)
	if err != nil {
		return err
	}
	for _, k := range xs {
		if err := add(k, starlark.MakeInt(1)); err != nil {
			return err
		}
	}
	return nil
}
