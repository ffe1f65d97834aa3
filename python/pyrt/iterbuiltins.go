package pyrt

import (
	"strconv"

	"go.starlark.net/starlark"
)

func (rt *Runtime) iterators(m starlark.StringDict) {
	m["forever"] = rt.pos("forever", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return forever{}, nil })
	m["iter"] = rt.pos("iter", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		it, err := rt.iterable(th, a[0])
		if err != nil {
			return nil, err
		}
		return it.(starlark.Value), nil
	})
	m["chars"] = rt.pos("chars", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, ok := a[0].(starlark.String)
		if !ok {
			it, err := rt.iterable(rt.thread, a[0])
			if err != nil {
				return nil, err
			}
			return it.(starlark.Value), nil
		}
		return chars(string(s)), nil
	})
	m["live"] = rt.pos("live", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		switch v := a[0].(type) {
		case *starlark.List:
			return &live{rt: rt, value: v}, nil
		case *starlark.Dict:
			return &live{rt: rt, value: v, size: v.Len()}, nil
		}
		it, err := rt.iterable(th, a[0])
		if err != nil {
			return nil, err
		}
		return it.(starlark.Value), nil
	})
	m["iterator"] = rt.pos("iterator", 1, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 2 { // a function, and the value of it that is the end
			return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
				v, err := starlark.Call(th, a[0], nil, nil)
				if err != nil {
					return nil, err
				}
				if end, err := rt.equal(v, a[1]); end || err != nil {
					return nil, err
				}
				return v, nil
			}}, nil
		}
		return rt.iterator(th, a[0])
	})
	m["generate"] = rt.fn("generate", rt.generate)
	m["next"] = rt.pos("next", 1, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		it, ok := a[0].(*lazyIter)
		if !ok {
			if o, isObj := a[0].(*Instance); isObj && o.class.find("__next__") != nil {
				v, err := rt.call(o.class.find("__next__"), o)
				if err != nil && len(a) == 2 && rt.Exception(err).class.name == "StopIteration" {
					return a[1], nil
				}
				return v, err
			}
			if g, isGen := a[0].(*generator); isGen {
				it, ok = g.iter(), true
			}
		}
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object is not an iterator", typeName(a[0]))
		}
		var v starlark.Value
		if it.Next(&v) {
			return v, nil
		}
		if it.err != nil {
			return nil, it.err
		}
		if len(a) == 2 {
			return a[1], nil
		}
		if g, isGen := a[0].(*generator); isGen {
			return nil, g.stop()
		}
		return nil, &Raised{Exc: rt.exception("StopIteration")}
	})
	m["sum"] = rt.fn("sum", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("sum", []string{"iterable", "start"}, a, kw)
		if err != nil {
			return nil, err
		}
		var total starlark.Value = starlark.MakeInt(0)
		if args[1] != nil {
			total = args[1]
		}
		xs, err := rt.all(th, args[0])
		if err != nil {
			return nil, err
		}
		for _, x := range xs {
			if total, err = rt.binary("+", toNumber(total), toNumber(x)); err != nil {
				return nil, rt.raise("TypeError", "unsupported operand type(s) for +: '%s' and '%s'", typeName(total), typeName(x))
			}
		}
		return total, nil
	})
	for _, name := range []string{"any", "all"} {
		m[name] = rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			it, err := rt.iterate(th, a[0])
			if err != nil {
				return nil, err
			}
			defer it.Done()
			var x starlark.Value
			for it.Next(&x) {
				if bool(x.Truth()) == (name == "any") {
					return starlark.Bool(name == "any"), nil
				}
			}
			if err := iterError(it); err != nil {
				return nil, err
			}
			return starlark.Bool(name == "all"), nil
		})
	}
	m["map"] = rt.pos("map", 2, -1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		var its []starlark.Iterator
		for _, x := range a[1:] {
			it, err := rt.iterator(th, x)
			if err != nil {
				return nil, err
			}
			its = append(its, it.(*lazyIter))
		}
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			args := make(starlark.Tuple, len(its))
			for i, it := range its {
				if !it.Next(&args[i]) {
					return nil, iterError(it)
				}
			}
			return starlark.Call(th, a[0], args, nil)
		}}, nil
	})
	m["filter"] = rt.pos("filter", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		v, err := rt.iterator(th, a[1])
		if err != nil {
			return nil, err
		}
		it := v.(*lazyIter)
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			for it.Next(&x) {
				keep := x
				if a[0] != starlark.None {
					r, err := starlark.Call(th, a[0], starlark.Tuple{x}, nil)
					if err != nil {
						return nil, err
					}
					keep = r
				}
				if keep.Truth() {
					return x, nil
				}
			}
			return nil, it.err
		}}, nil
	})
	m["zip"] = rt.fn("zip", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		strict, _ := kwarg(kw, "strict")
		var cols [][]starlark.Value
		n := -1
		for _, x := range a {
			c, err := rt.all(th, x)
			if err != nil {
				return nil, err
			}
			if n >= 0 && len(c) != n && strict != nil && bool(strict.Truth()) {
				how, others := "longer", " 1"
				if len(c) < n {
					how = "shorter"
				}
				if len(cols) > 1 {
					others = "s 1-" + strconv.Itoa(len(cols))
				}
				return nil, rt.raise("ValueError", "zip() argument %d is %s than argument%s", len(cols)+1, how, others)
			}
			if n < 0 || len(c) < n {
				n = len(c)
			}
			cols = append(cols, c)
		}
		var rows []starlark.Value
		for i := range max(n, 0) {
			row := make(starlark.Tuple, len(cols))
			for j, c := range cols {
				row[j] = c[i]
			}
			rows = append(rows, row)
		}
		return starlark.NewList(rows), nil
	})
	m["scope"] = rt.pos("scope", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if it, ok := a[0].(starlark.Iterable); ok {
			if _, file := a[0].(*stream); !file {
				if _, gen := a[0].(*generator); !gen {
					return it.(starlark.Value), nil // a scope of the driver's own
				}
			}
		}
		return &scopeIter{rt: rt, thread: th, manager: a[0]}, nil
	})
	rt.generatorBuiltins(m)
}
