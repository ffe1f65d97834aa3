package pyrt

import (
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
	m["frozenset"] = rt.pos("frozenset", 0, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s := starlark.NewSet(0)
		if len(a) == 1 {
			if f, ok := a[0].(*frozenSet); ok {
				return f, nil
			}
			xs, err := rt.all(th, a[0])
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				if err := s.Insert(x); err != nil {
					return nil, err
				}
			}
		}
		return rt.frozen(s), nil
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
