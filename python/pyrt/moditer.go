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
	m["groupby"] = rt.fn("groupby", func(th *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		a, err := rt.bind("groupby", []string{"iterable", "key"}, args, kw)
		if err != nil {
			return nil, err
		}
		if a[0] == nil {
			return nil, rt.raise("TypeError", "groupby() missing required argument 'iterable' (pos 1)")
		}
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		var keys, groups []starlark.Value
		for i, x := range xs {
			k := x
			if a[1] != nil && a[1] != starlark.None {
				if k, err = starlark.Call(th, a[1], starlark.Tuple{x}, nil); err != nil {
					return nil, err
				}
			}
			same := false
			if i > 0 {
				if same, err = rt.equal(keys[len(keys)-1], k); err != nil {
					return nil, err
				}
			}
			if !same {
				keys, groups = append(keys, k), append(groups, &starlark.List{})
			}
			if err := groups[len(groups)-1].(*starlark.List).Append(x); err != nil {
				return nil, err
			}
		}
		var out []starlark.Value
		for i, k := range keys {
			g, err := rt.iterator(th, groups[i])
			if err != nil {
				return nil, err
			}
			out = append(out, starlark.Tuple{k, g})
		}
		return rt.iterator(th, starlark.NewList(out))
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
