package pyrt

import (
	"math"
	"math/big"

	"go.starlark.net/starlark"
)

// integers are the functions of Python's math that Starlark's module has not.
func (rt *Runtime) integers(m starlark.StringDict) {
	number := func(v starlark.Value) (*big.Int, error) {
		n, ok := v.(starlark.Int)
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(v))
		}
		return n.BigInt(), nil
	}
	fold := func(name string, start int64, step func(a, b *big.Int) *big.Int) {
		m[name] = rt.pos(name, 0, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			out := big.NewInt(start)
			for _, v := range a {
				n, err := number(v)
				if err != nil {
					return nil, err
				}
				out = step(out, n.Abs(n))
			}
			return starlark.MakeBigInt(out), nil
		})
	}
	fold("gcd", 0, func(a, b *big.Int) *big.Int { return new(big.Int).GCD(nil, nil, a, b) })
	fold("lcm", 1, func(a, b *big.Int) *big.Int {
		if a.Sign() == 0 || b.Sign() == 0 {
			return new(big.Int)
		}
		g := new(big.Int).GCD(nil, nil, a, b)
		return new(big.Int).Mul(new(big.Int).Div(a, g), b)
	})
	for name, f := range map[string]func(*big.Int) *big.Int{
		"isqrt":     func(n *big.Int) *big.Int { return new(big.Int).Sqrt(n) },
		"factorial": func(n *big.Int) *big.Int { return new(big.Int).MulRange(1, min(n.Int64(), 1<<16)) },
	} {
		m[name] = rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			n, err := number(a[0])
			if err != nil {
				return nil, err
			}
			if n.Sign() < 0 || name == "factorial" && n.Cmp(big.NewInt(1<<16)) > 0 {
				return nil, rt.raise("ValueError", "%s() argument is out of range", name)
			}
			return starlark.MakeBigInt(f(n)), nil
		})
	}
	m["trunc"] = rt.pos("trunc", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.NumberToInt(a[0])
	})
	m["prod"] = rt.fn("prod", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if len(a) != 1 {
			return nil, rt.raise("TypeError", "prod() takes exactly 1 positional argument (%d given)", len(a))
		}
		xs, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		var out starlark.Value = starlark.MakeInt(1)
		if v, ok := kwarg(kw, "start"); ok {
			out = v
		}
		for _, x := range xs {
			if out, err = rt.binary("*", out, x); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
	m["isclose"] = rt.fn("isclose", func(_ *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		a, err := rt.bind("isclose", []string{"a", "b", "rel_tol", "abs_tol"}, args, kw)
		if err != nil {
			return nil, err
		}
		x := [4]float64{0, 0, 1e-9, 0}
		for i, v := range a {
			if v == nil && i > 1 {
				continue
			}
			f, ok := starlark.AsFloat(valueOr(v, starlark.None))
			if !ok {
				return nil, rt.raise("TypeError", "must be real number, not %s", typeName(valueOr(v, starlark.None)))
			}
			x[i] = f
		}
		if x[0] == x[1] {
			return starlark.True, nil
		}
		if math.IsInf(x[0], 0) || math.IsInf(x[1], 0) {
			return starlark.False, nil
		}
		return starlark.Bool(math.Abs(x[0]-x[1]) <= max(x[2]*max(math.Abs(x[0]), math.Abs(x[1])), x[3])), nil
	})
}

// replaceFields is dataclasses.replace: a copy with other fields.
func (rt *Runtime) replaceFields(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	var o *Instance
	if len(a) == 1 {
		o, _ = a[0].(*Instance)
	}
	if o == nil || o.class.dataOf() == nil {
		return nil, rt.raise("TypeError", "replace() should be called on dataclass instances")
	}
	all := append([]starlark.Tuple(nil), kw...)
	for _, f := range o.class.allFields() {
		if _, ok := kwarg(kw, f.name); !ok {
			all = append(all, starlark.Tuple{starlark.String(f.name), o.attrs[f.name]})
		}
	}
	return o.class.CallInternal(th, nil, all)
}
