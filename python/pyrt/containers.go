package pyrt

import (
	"math/big"

	"go.starlark.net/starlark"
)

var containerMethods = []string{
	"sort", "reverse", "popitem", "copied", "count", "difference_update", "intersection_update",
	"symmetric_difference_update", "isdisjoint", "bit_length", "to_bytes", "is_integer", "as_integer_ratio", "hex",
}

// container runs a method of list, dict, set or a number that Starlark lacks, or the value's own.
func (rt *Runtime) container(name string, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	if name == "copied" {
		name = "copy"
	}
	switch v := a[0].(type) {
	case *starlark.List:
		switch name {
		case "sort", "reverse":
			xs := make([]starlark.Value, v.Len())
			for i := range xs {
				xs[i] = v.Index(i)
				if name == "reverse" {
					xs[i] = v.Index(v.Len() - 1 - i)
				}
			}
			if name == "sort" {
				if err := rt.sort(rt.thread, xs, kw); err != nil {
					return nil, err
				}
			}
			for i, x := range xs {
				if err := v.SetIndex(i, x); err != nil {
					return nil, err
				}
			}
			return starlark.None, nil
		case "copy":
			return rt.slice(starlark.Tuple{v, starlark.None, starlark.None, starlark.None})
		case "index_of", "count":
			n := 0
			for i := intArg(a, 2, 0); i < v.Len(); i++ {
				eq, err := rt.equal(v.Index(i), a[1])
				if err != nil {
					return nil, err
				}
				if eq && name == "index_of" {
					return starlark.MakeInt(i), nil
				}
				if eq {
					n++
				}
			}
			if name == "count" {
				return starlark.MakeInt(n), nil
			}
			s, err := rt.repr(a[1])
			if err != nil {
				return nil, err
			}
			return nil, rt.raise("ValueError", "%s is not in list", s)
		}
	case starlark.Tuple:
		if name == "index_of" || name == "count" {
			a[0] = starlark.NewList(append([]starlark.Value(nil), v...))
			return rt.container(name, a, kw)
		}
	case *starlark.Dict:
		switch name {
		case "copy":
			d := starlark.NewDict(v.Len())
			for _, kv := range v.Items() {
				if err := d.SetKey(kv[0], kv[1]); err != nil {
					return nil, err
				}
			}
			return d, nil
		case "popitem":
			items := v.Items()
			if len(items) == 0 {
				return nil, &Raised{Exc: rt.exception("KeyError", starlark.String("popitem(): dictionary is empty"))}
			}
			last := items[len(items)-1]
			_, _, err := v.Delete(last[0])
			return last, err
		}
	case *starlark.Set:
		switch name {
		case "copy":
			return v.Union(starlark.NewSet(0).Iterate())
		case "isdisjoint":
			xs, err := rt.all(rt.thread, a[1])
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				if has, err := v.Has(x); has || err != nil {
					return starlark.False, err
				}
			}
			return starlark.True, nil
		case "difference_update", "intersection_update", "symmetric_difference_update":
			xs, err := rt.all(rt.thread, a[1])
			if err != nil {
				return nil, err
			}
			other := starlark.NewSet(len(xs))
			for _, x := range xs {
				if err := other.Insert(x); err != nil {
					return nil, err
				}
			}
			op := map[string]string{"difference_update": "-", "intersection_update": "&", "symmetric_difference_update": "^"}[name]
			_, err = rt.inPlace(op, v, other)
			return starlark.None, err
		}
	case starlark.Int:
		switch name {
		case "bit_length":
			return starlark.MakeInt(v.BigInt().BitLen()), nil
		case "to_bytes":
			n := intArg(a, 1, 1)
			raw := v.BigInt().Bytes()
			if len(raw) > n {
				return nil, rt.raise("OverflowError", "int too big to convert")
			}
			out := append(make([]byte, n-len(raw)), raw...)
			if strArg(a, 2, "big") == "little" {
				for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
					out[i], out[j] = out[j], out[i]
				}
			}
			return starlark.Bytes(out), nil
		}
	case starlark.Float:
		if r := new(big.Rat); name == "as_integer_ratio" && r.SetFloat64(float64(v)) != nil {
			return starlark.Tuple{starlark.MakeBigInt(r.Num()), starlark.MakeBigInt(r.Denom())}, nil
		}
		if name == "is_integer" {
			return starlark.Bool(float64(v) == float64(int64(v))), nil
		}
	case starlark.Bytes:
		if name == "hex" {
			return stringValue(hexBytes(string(v)))
		}
	}
	if name == "index_of" {
		name = "index"
	}
	return rt.callMethod(name, a, kw)
}
