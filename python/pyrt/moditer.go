package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) itertoolsModule() *starlarkstruct.Module {
	lists := func(f func(pools [][]starlark.Value, kw []starlark.Tuple) []starlark.Value) builtinFunc {
		return func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			var pools [][]starlark.Value
			for _, x := range a {
				if n, ok := x.(starlark.Int); ok { // the r of combinations
					kw = append(kw, starlark.Tuple{starlark.String("r"), n})
					continue
				}
				xs, err := rt.all(th, x)
				if err != nil {
					return nil, err
				}
				pools = append(pools, xs)
			}
			return rt.iterator(th, starlark.NewList(f(pools, kw)))
		}
	}
	count := func(kw []starlark.Tuple, name string, def int) int {
		if v, ok := kwarg(kw, name); ok {
			def, _ = starlark.AsInt32(v)
		}
		return def
	}
	choose := func(perm, again bool) builtinFunc {
		return lists(func(pools [][]starlark.Value, kw []starlark.Tuple) []starlark.Value {
			if len(pools) == 0 {
				return nil
			}
			p := pools[0]
			r := count(kw, "r", len(p))
			var out []starlark.Value
			var pick func(cur []int)
			pick = func(cur []int) {
				if len(cur) == r {
					t := make(starlark.Tuple, r)
					for i, k := range cur {
						t[i] = p[k]
					}
					out = append(out, t)
					return
				}
				start := 0
				if !perm && len(cur) > 0 {
					start = cur[len(cur)-1]
					if !again {
						start++
					}
				}
			next:
				for i := start; i < len(p); i++ {
					if perm {
						for _, k := range cur {
							if k == i {
								continue next
							}
						}
					}
					pick(append(append([]int(nil), cur...), i))
				}
			}
			pick(nil)
			return out
		})
	}
	m := starlark.StringDict{
		"product": rt.fn("product", lists(func(pools [][]starlark.Value, kw []starlark.Tuple) []starlark.Value {
			all := pools
			for range count(kw, "repeat", 1) - 1 {
				all = append(all, pools...)
			}
			out := []starlark.Value{starlark.Tuple{}}
			for _, p := range all {
				var next []starlark.Value
				for _, t := range out {
					for _, x := range p {
						next = append(next, append(append(starlark.Tuple(nil), t.(starlark.Tuple)...), x))
					}
				}
				out = next
			}
			return out
		})),
		"combinations": rt.fn("combinations", choose(false, false)), "permutations": rt.fn("permutations", choose(true, false)),
		"combinations_with_replacement": rt.fn("combinations_with_replacement", choose(false, true)),
		"pairwise": rt.fn("pairwise", lists(func(pools [][]starlark.Value, _ []starlark.Tuple) []starlark.Value {
			var out []starlark.Value
			for i := 1; len(pools) > 0 && i < len(pools[0]); i++ {
				out = append(out, starlark.Tuple{pools[0][i-1], pools[0][i]})
			}
			return out
		})),
	}
	chain := rt.fn("chain", lists(func(pools [][]starlark.Value, _ []starlark.Tuple) []starlark.Value {
		var out []starlark.Value
		for _, p := range pools {
			out = append(out, p...)
		}
		return out
	}))
	m["chain"] = &typeObject{name: "chain", make: chain, members: starlark.StringDict{
		"from_iterable": rt.pos("from_iterable", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := rt.all(th, a[0])
			if err != nil {
				return nil, err
			}
			return starlark.Call(th, chain, xs, nil)
		}),
	}}
	m["count"] = rt.fn("count", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("count", []string{"start", "step"}, a, kw)
		if err != nil {
			return nil, err
		}
		var cur, step starlark.Value = starlark.MakeInt(0), starlark.MakeInt(1)
		if args[0] != nil {
			cur = args[0]
		}
		if args[1] != nil {
			step = args[1]
		}
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			v := cur
			var err error
			cur, err = rt.binary("+", cur, step)
			return v, err
		}}, nil
	})
	m["repeat"] = rt.pos("repeat", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		n := intArg(a, 1, -1)
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			if n == 0 {
				return nil, nil
			}
			n--
			return a[0], nil
		}}, nil
	})
	m["cycle"] = rt.pos("cycle", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		xs, err := rt.all(th, a[0])
		i := 0
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			if len(xs) == 0 {
				return nil, nil
			}
			i++
			return xs[(i-1)%len(xs)], nil
		}}, err
	})
	m["islice"] = rt.pos("islice", 2, 4, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		v, err := rt.iterator(th, a[0])
		if err != nil {
			return nil, err
		}
		it := v.(*lazyIter)
		start, stop, step := 0, intArg(a, 1, -1), 1
		if len(a) > 2 {
			start, stop, step = intArg(a, 1, 0), intArg(a, 2, -1), max(1, intArg(a, 3, 1))
		}
		i := 0
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			for stop < 0 || i < stop {
				if !it.Next(&x) {
					return nil, it.err
				}
				i++
				if i-1 >= start && (i-1-start)%step == 0 {
					return x, nil
				}
			}
			return nil, nil
		}}, nil
	})
	m["zip_longest"] = rt.fn("zip_longest", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		var fill starlark.Value = starlark.None
		if v, ok := kwarg(kw, "fillvalue"); ok {
			fill = v
		}
		return starlark.Call(th, rt.fn("zip", lists(func(pools [][]starlark.Value, _ []starlark.Tuple) []starlark.Value {
			n := 0
			for _, p := range pools {
				n = max(n, len(p))
			}
			var out []starlark.Value
			for i := range n {
				t := make(starlark.Tuple, len(pools))
				for j, p := range pools {
					t[j] = fill
					if i < len(p) {
						t[j] = p[i]
					}
				}
				out = append(out, t)
			}
			return out
		})), a, nil)
	})
	return namespace("itertools", m)
}

func (rt *Runtime) functoolsModule() *starlarkstruct.Module {
	identity := rt.pos("identity", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return a[0], nil })
	cache := rt.fn("cache", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 || a[0].Type() == "int" || a[0] == starlark.None {
			return rt.fn("cache", func(_ *starlark.Thread, b starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				return rt.cached(b[0]), nil
			}), nil
		}
		return rt.cached(a[0]), nil
	})
	return namespace("functools", starlark.StringDict{
		"partial": rt.fn("partial", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) == 0 {
				return nil, rt.raise("TypeError", "type 'partial' takes at least one argument")
			}
			return rt.fn("partial", func(th *starlark.Thread, b starlark.Tuple, kw2 []starlark.Tuple) (starlark.Value, error) {
				merged := []starlark.Tuple{}
				for _, kv := range kw {
					if _, again := kwarg(kw2, string(kv[0].(starlark.String))); !again {
						merged = append(merged, kv)
					}
				}
				return starlark.Call(th, a[0], append(append(starlark.Tuple(nil), a[1:]...), b...), append(merged, kw2...))
			}), nil
		}),
		"reduce": rt.pos("reduce", 2, 3, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := rt.all(th, a[1])
			if err != nil {
				return nil, err
			}
			var acc starlark.Value
			if len(a) == 3 {
				acc = a[2]
			} else if len(xs) == 0 {
				return nil, rt.raise("TypeError", "reduce() of empty iterable with no initial value")
			} else {
				acc, xs = xs[0], xs[1:]
			}
			for _, x := range xs {
				if acc, err = starlark.Call(th, a[0], starlark.Tuple{acc, x}, nil); err != nil {
					return nil, err
				}
			}
			return acc, nil
		}),
		"wraps": rt.fn("wraps", func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return identity, nil }),
		"cache": cache, "lru_cache": cache,
	})
}

func (rt *Runtime) cached(fn starlark.Value) starlark.Value {
	memo := &starlark.Dict{}
	return rt.fn("cached", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		key := append(starlark.Tuple(nil), a...)
		for _, kv := range kw {
			key = append(key, kv)
		}
		if v, found, err := memo.Get(key); found || err != nil {
			return v, err
		}
		v, err := starlark.Call(th, fn, a, kw)
		if err != nil {
			return nil, err
		}
		return v, memo.SetKey(key, v)
	})
}

// defaultDict is a collections.defaultdict.
type defaultDict struct {
	*starlark.Dict
	rt      *Runtime
	factory starlark.Value
	counter bool
}

// Type is Python's name.
func (d *defaultDict) Type() string {
	if d.counter {
		return "Counter"
	}
	return "defaultdict"
}

// Get makes a missing value.
func (d *defaultDict) Get(k starlark.Value) (starlark.Value, bool, error) {
	v, found, err := d.Dict.Get(k)
	if found || err != nil || d.factory == starlark.None {
		return v, found, err
	}
	if v, err = d.rt.call(d.factory); err != nil {
		return nil, false, err
	}
	if d.counter {
		return v, true, nil
	}
	return v, true, d.Dict.SetKey(k, v)
}

// Attr adds what Counter has.
func (d *defaultDict) Attr(name string) (starlark.Value, error) {
	switch {
	case name == "get":
		return d.rt.pos("get", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			v, found, err := d.Dict.Get(a[0])
			if !found && err == nil {
				v = append(a[1:], starlark.None)[0]
			}
			return v, err
		}), nil
	case name == "most_common" && d.counter:
		return d.rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			var xs []starlark.Value
			for _, kv := range d.Items() {
				xs = append(xs, kv)
			}
			key := d.rt.pos("key", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
				return a[0].(starlark.Tuple)[1], nil
			})
			if err := d.rt.sort(d.rt.thread, xs, []starlark.Tuple{{starlark.String("key"), key}, {starlark.String("reverse"), starlark.True}}); err != nil {
				return nil, err
			}
			return starlark.NewList(xs[:min(len(xs), intArg(a, 0, len(xs)))]), nil
		}), nil
	}
	return d.Dict.Attr(name)
}

func (rt *Runtime) collectionsModule() *starlarkstruct.Module {
	return namespace("collections", starlark.StringDict{
		"defaultdict": rt.pos("defaultdict", 0, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			d := &defaultDict{Dict: &starlark.Dict{}, rt: rt, factory: starlark.None}
			if len(a) > 0 {
				d.factory = a[0]
			}
			if len(a) > 1 {
				m, ok := a[1].(starlark.IterableMapping)
				if !ok {
					return nil, rt.raise("TypeError", "'%s' object is not iterable", typeName(a[1]))
				}
				for _, kv := range m.Items() {
					if err := d.SetKey(kv[0], kv[1]); err != nil {
						return nil, err
					}
				}
			}
			return d, nil
		}),
		"OrderedDict": starlark.Universe["dict"],
		"Counter": rt.pos("Counter", 0, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			zero := rt.pos("zero", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.MakeInt(0), nil })
			d := &defaultDict{Dict: &starlark.Dict{}, rt: rt, factory: zero, counter: true}
			if len(a) == 0 {
				return d, nil
			}
			xs, err := rt.all(th, a[0])
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				v, _, err := d.Get(x)
				if err != nil {
					return nil, err
				}
				if err := d.SetKey(x, v.(starlark.Int).Add(starlark.MakeInt(1))); err != nil {
					return nil, err
				}
			}
			return d, nil
		}),
		"namedtuple": rt.fn("namedtuple", func(th *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if len(a) != 2 {
				return nil, rt.raise("TypeError", "namedtuple() takes 2 arguments")
			}
			c := rt.plainClass(strArg(a, 0, ""))
			c.data = true
			names := a[1]
			if s, ok := names.(starlark.String); ok {
				l, err := rt.callMethod("split", starlark.Tuple{starlark.String(replaceCommas(string(s)))}, nil)
				if err != nil {
					return nil, err
				}
				names = l
			}
			xs, err := rt.all(th, names)
			if err != nil {
				return nil, err
			}
			for i := range xs {
				c.fields = append(c.fields, field{name: strArg(xs, i, "")})
			}
			return c, nil
		}),
	})
}

func replaceCommas(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == ',' {
			b[i] = ' '
		}
	}
	return string(b)
}
