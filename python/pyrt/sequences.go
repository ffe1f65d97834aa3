package pyrt

import (
	"fmt"
	"sort"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

func (rt *Runtime) sequences(m starlark.StringDict) {
	m["len"] = rt.pos("len", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		switch v := a[0].(type) {
		case starlark.String:
			return starlark.MakeInt(runeLen(string(v))), nil
		case *Instance:
			if f := v.class.find("__len__"); f != nil {
				return rt.call(f, v)
			}
			if n := v.native(); n != nil {
				a[0] = n
			}
		}
		if s, ok := a[0].(starlark.String); ok {
			return starlark.MakeInt(runeLen(string(s))), nil
		}
		if n := starlark.Len(a[0]); n >= 0 {
			return starlark.MakeInt(n), nil
		}
		return nil, rt.raise("TypeError", "object of type '%s' has no len()", typeName(a[0]))
	})
	collect := func(name string, make func([]starlark.Value) (starlark.Value, error)) {
		m[name] = rt.pos(name, 0, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return make(nil)
			}
			xs, err := rt.all(th, a[0])
			if err != nil {
				return nil, err
			}
			return make(xs)
		})
	}
	collect("list", func(xs []starlark.Value) (starlark.Value, error) {
		return starlark.NewList(append([]starlark.Value(nil), xs...)), nil
	})
	collect("tuple", func(xs []starlark.Value) (starlark.Value, error) {
		return starlark.Tuple(append([]starlark.Value(nil), xs...)), nil
	})
	collect("set", func(xs []starlark.Value) (starlark.Value, error) {
		s := starlark.NewSet(len(xs))
		for _, x := range xs {
			if err := s.Insert(x); err != nil {
				return nil, rt.raise("TypeError", "unhashable type: '%s'", typeName(x))
			}
		}
		return s, nil
	})
	m["dict"] = starlark.Universe["dict"]
	m["to_dict"] = rt.pos("dict", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.toDict(th, a[0]) })
	m["range"] = starlark.Universe["range"]
	m["enumerate"] = rt.fn("enumerate", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("enumerate", []string{"iterable", "start"}, a, kw)
		if err != nil {
			return nil, err
		}
		n := 0
		if args[1] != nil {
			if n, err = starlark.AsInt32(args[1]); err != nil {
				return nil, err
			}
		}
		v, err := rt.iterator(th, args[0])
		if err != nil {
			return nil, err
		}
		it := v.(*lazyIter)
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			if !it.Next(&x) {
				return nil, it.err
			}
			n++
			return starlark.Tuple{starlark.MakeInt(n - 1), x}, nil
		}}, nil
	})
	m["sorted"] = rt.fn("sorted", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if len(a) != 1 {
			return nil, rt.raise("TypeError", "sorted expected 1 argument, got %d", len(a))
		}
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		xs = append([]starlark.Value(nil), xs...)
		return starlark.NewList(xs), rt.sort(th, xs, kw)
	})
	m["reversed"] = rt.pos("reversed", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		out := make([]starlark.Value, len(xs))
		for i, x := range xs {
			out[len(xs)-1-i] = x
		}
		return starlark.NewList(out), nil
	})
	for _, name := range []string{"min", "max"} {
		m[name] = rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			xs := []starlark.Value(a)
			if len(a) == 1 {
				l, err := rt.all(th, a[0])
				if err != nil {
					return nil, err
				}
				xs = l
			}
			if len(xs) == 0 {
				if d, ok := kwarg(kw, "default"); ok {
					return d, nil
				}
				return nil, rt.raise("ValueError", "%s() arg is an empty sequence", name)
			}
			var args starlark.Tuple
			args = append(args, starlark.NewList(append([]starlark.Value(nil), xs...)))
			var rest []starlark.Tuple
			for _, kv := range kw {
				if kv[0] != starlark.String("default") {
					rest = append(rest, kv)
				}
			}
			return starlark.Call(th, starlark.Universe[name], args, rest)
		})
	}
	m["item"] = rt.pos("item", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.item(a[0], a[1]) })
	m["slice"] = rt.pos("slice", 1, 4, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		args := make(starlark.Tuple, 4)
		for i := range args {
			args[i] = starlark.None
			if i < len(a) {
				args[i] = a[i]
			}
		}
		if o, ok := args[0].(*Instance); ok && o.native() == nil {
			v, _, err := o.Get(&sliceObject{args[1], args[2], args[3]})
			return v, err
		}
		return rt.slice(args)
	})
	m["slice_object"] = rt.pos("slice", 1, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 1 {
			a = starlark.Tuple{starlark.None, a[0]}
		}
		if len(a) == 2 {
			a = starlark.Tuple{a[0], a[1], starlark.None}
		}
		return &sliceObject{a[0], a[1], a[2]}, nil
	})
	m["set_slice"] = rt.pos("set_slice", 5, 5, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.None, rt.setSlice(th, a)
	})
	m["delete"] = rt.pos("delete", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if p, ok := a[0].(starlark.HasAttrs); ok {
			if o, isObj := a[0].(*Instance); isObj {
				if f := o.class.find("__delitem__"); f != nil {
					return rt.call(f, o, a[1])
				}
			}
			if pop, err := p.Attr("pop"); err == nil && pop != nil {
				_, err := starlark.Call(rt.thread, pop, a[1:], nil)
				return starlark.None, err
			}
		}
		return nil, rt.raise("TypeError", "'%s' object doesn't support item deletion", typeName(a[0]))
	})
	m["unpack"] = rt.pos("unpack", 3, 3, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		before, _ := starlark.AsInt32(a[1])
		after, _ := starlark.AsInt32(a[2])
		if len(xs) < before+after {
			return nil, rt.raise("ValueError", "not enough values to unpack (expected at least %d, got %d)", before+after, len(xs))
		}
		out := append(starlark.Tuple(nil), xs[:before]...)
		out = append(out, starlark.NewList(append([]starlark.Value(nil), xs[before:len(xs)-after]...)))
		return append(out, xs[len(xs)-after:]...), nil
	})
	m["is_sequence"] = rt.pos("is_sequence", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		n, _ := starlark.AsInt32(a[1])
		switch a[0].(type) {
		case *starlark.List, starlark.Tuple:
			return starlark.Bool(starlark.Len(a[0]) == n), nil
		}
		return starlark.False, nil
	})
}

func runeLen(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

// toDict is dict(v), for what has a method keys too.
func (rt *Runtime) toDict(th *starlark.Thread, v starlark.Value) (starlark.Value, error) {
	if o, ok := v.(*Instance); ok && o.class.find("keys") != nil {
		names, err := rt.call(o.class.find("keys"), o)
		if err != nil {
			return nil, err
		}
		keys, err := rt.all(th, names)
		if err != nil {
			return nil, err
		}
		d := starlark.NewDict(len(keys))
		for _, k := range keys {
			x, _, err := o.Get(k)
			if err == nil {
				err = d.SetKey(k, x)
			}
			if err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	if _, ok := v.(starlark.IterableMapping); !ok {
		xs, err := rt.all(th, v)
		if err != nil {
			return nil, err
		}
		v = starlark.NewList(xs)
	}
	return starlark.Call(th, starlark.Universe["dict"], starlark.Tuple{v}, nil)
}

// sort sorts in place, stably; reverse keeps the order of equal elements too.
func (rt *Runtime) sort(th *starlark.Thread, xs []starlark.Value, kw []starlark.Tuple) error {
	keys := xs
	reverse := false
	for _, kv := range kw {
		switch kv[0].(starlark.String) {
		case "key":
			if kv[1] == starlark.None {
				continue
			}
			keys = make([]starlark.Value, len(xs))
			for i, x := range xs {
				k, err := starlark.Call(th, kv[1], starlark.Tuple{x}, nil)
				if err != nil {
					return err
				}
				keys[i] = k
			}
		case "reverse":
			reverse = bool(kv[1].Truth())
		default:
			return rt.raise("TypeError", "'%s' is an invalid keyword argument for sort()", string(kv[0].(starlark.String)))
		}
	}
	type pair struct{ k, v starlark.Value }
	pairs := make([]pair, len(xs))
	for i := range xs {
		pairs[i] = pair{toNumber(keys[i]), xs[i]}
	}
	var failed error
	sort.SliceStable(pairs, func(i, j int) bool {
		a, b := pairs[i].k, pairs[j].k
		if reverse {
			a, b = b, a
		}
		less, err := rt.compareValues(syntax.LT, a, b)
		if err != nil && failed == nil {
			failed = err
		}
		return less
	})
	for i := range pairs {
		xs[i] = pairs[i].v
	}
	return failed
}

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
