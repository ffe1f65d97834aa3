package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

// sliceObject is a slice as __getitem__ gets it.
type sliceObject struct{ start, stop, step starlark.Value }

func (s *sliceObject) String() string {
	return "slice(" + s.start.String() + ", " + s.stop.String() + ", " + s.step.String() + ")"
}
func (s *sliceObject) Type() string          { return "slice" }
func (s *sliceObject) Freeze()               {}
func (s *sliceObject) Truth() starlark.Bool  { return true }
func (s *sliceObject) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: slice") }
func (s *sliceObject) AttrNames() []string   { return []string{"start", "step", "stop"} }

// Attr gives the bounds and the step.
func (s *sliceObject) Attr(name string) (starlark.Value, error) {
	return map[string]starlark.Value{"start": s.start, "stop": s.stop, "step": s.step}[name], nil
}

func (rt *Runtime) item(v, k starlark.Value) (starlark.Value, error) {
	switch i := k.(type) {
	case *sliceObject:
		if _, ok := v.(*Instance); !ok {
			return rt.slice(starlark.Tuple{v, i.start, i.stop, i.step})
		}
	case *Instance:
		if _, ok := v.(starlark.Mapping); ok {
			break
		}
		if f := i.class.find("__index__"); f != nil {
			n, err := rt.call(f, i)
			if err != nil {
				return nil, err
			}
			k = n
		} else if n := i.native(); n != nil {
			k = n
		}
	}
	switch v := v.(type) {
	case starlark.Mapping:
		x, found, err := v.Get(k)
		if err != nil {
			return nil, err
		}
		if !found {
			if other, ok, err := rt.equalKey(v, k); err != nil {
				return nil, err
			} else if ok {
				return rt.item(v, other)
			}
		}
		if o, ok := k.(*Instance); ok && !found && o.native() != nil {
			if x, found, err = v.Get(o.native()); err != nil {
				return nil, err
			}
		}
		if !found {
			return nil, &Raised{Exc: rt.exception("KeyError", k)}
		}
		return x, nil
	case starlark.Indexable:
		n, ok := toNumber(k).(starlark.Int)
		if !ok {
			return nil, rt.raise("TypeError", "%s indices must be integers or slices, not %s", typeName(v), typeName(k))
		}
		i, _ := n.Int64()
		if b, ok := v.(starlark.Bytes); ok {
			if i < 0 {
				i += int64(len(b))
			}
			if i < 0 || i >= int64(len(b)) {
				return nil, rt.raise("IndexError", "index out of range")
			}
			return starlark.MakeInt(int(b[i])), nil
		}
		if s, ok := v.(starlark.String); ok {
			r := []rune(string(s))
			if i < 0 {
				i += int64(len(r))
			}
			if i < 0 || i >= int64(len(r)) {
				return nil, rt.raise("IndexError", "string index out of range")
			}
			return starlark.String(r[i]), nil
		}
		if i < 0 {
			i += int64(v.Len())
		}
		if i < 0 || i >= int64(v.Len()) {
			return nil, rt.raise("IndexError", "%s index out of range", typeName(v))
		}
		return v.Index(int(i)), nil
	}
	return nil, rt.raise("TypeError", "'%s' object is not subscriptable", typeName(v))
}

// bounds gives start, stop and step of a slice of n elements.
func (rt *Runtime) bounds(n int, lo, hi, step starlark.Value) (start, stop, by int, err error) {
	by = 1
	get := func(v starlark.Value, def int) (int, error) {
		if v == starlark.None {
			return def, nil
		}
		i, ok := toNumber(v).(starlark.Int)
		if !ok {
			return 0, rt.raise("TypeError", "slice indices must be integers or None or have an __index__ method")
		}
		x, ok := i.Int64()
		if !ok || x > 1<<40 || x < -1<<40 {
			x = int64(i.Sign()) << 40
		}
		if x < 0 {
			x += int64(n)
			if x < 0 {
				x = 0
				if by < 0 {
					x = -1
				}
			}
		}
		if x > int64(n) || by < 0 && x >= int64(n) {
			x = int64(n)
			if by < 0 {
				x--
			}
		}
		return int(x), nil
	}
	if step != starlark.None {
		if by, err = starlark.AsInt32(step); err != nil {
			return
		}
		if by == 0 {
			err = rt.raise("ValueError", "slice step cannot be zero")
			return
		}
	}
	defLo, defHi := 0, n
	if by < 0 {
		defLo, defHi = n-1, -1
	}
	if start, err = get(lo, defLo); err != nil {
		return
	}
	stop, err = get(hi, defHi)
	return
}

func (rt *Runtime) slice(a starlark.Tuple) (starlark.Value, error) {
	v := a[0]
	if s, ok := v.(starlark.String); ok {
		r := []rune(string(s))
		start, stop, by, err := rt.bounds(len(r), a[1], a[2], a[3])
		if err != nil {
			return nil, err
		}
		var out []rune
		for i := start; by > 0 && i < stop || by < 0 && i > stop; i += by {
			out = append(out, r[i])
		}
		return starlark.String(string(out)), nil
	}
	s, ok := v.(starlark.Sliceable)
	if !ok {
		return nil, rt.raise("TypeError", "'%s' object is not subscriptable", typeName(v))
	}
	start, stop, by, err := rt.bounds(s.Len(), a[1], a[2], a[3])
	if err != nil {
		return nil, err
	}
	if by > 0 && stop < start || by < 0 && stop > start {
		stop = start
	}
	return s.Slice(start, stop, by), nil
}

// setSlice is list[lo:hi:step] = values.
func (rt *Runtime) setSlice(th *starlark.Thread, a starlark.Tuple) error {
	l, ok := a[0].(*starlark.List)
	if !ok {
		return rt.raise("TypeError", "'%s' object does not support slice assignment", typeName(a[0]))
	}
	vals, err := rt.all(th, a[4])
	if err != nil {
		return err
	}
	start, stop, by, err := rt.bounds(l.Len(), a[1], a[2], a[3])
	if err != nil {
		return err
	}
	old := make([]starlark.Value, l.Len())
	for i := range old {
		old[i] = l.Index(i)
	}
	var out []starlark.Value
	if by == 1 {
		stop = max(start, stop)
		out = append(append(append(out, old[:start]...), vals...), old[stop:]...)
	} else {
		var at []int
		for i := start; by > 0 && i < stop || by < 0 && i > stop; i += by {
			at = append(at, i)
		}
		drop := map[int]bool{}
		switch {
		case len(vals) == len(at):
			for k, i := range at {
				old[i] = vals[k]
			}
		case len(vals) == 0:
			for _, i := range at {
				drop[i] = true
			}
		default:
			return rt.raise("ValueError", "attempt to assign sequence of size %d to extended slice of size %d", len(vals), len(at))
		}
		for i, v := range old {
			if !drop[i] {
				out = append(out, v)
			}
		}
	}
	if err := l.Clear(); err != nil {
		return err
	}
	for _, v := range out {
		if err := l.Append(v); err != nil {
			return err
		}
	}
	return nil
}
