package pyrt

import (
	"math"
	"math/big"
	"strings"

	"go.starlark.net/starlark"
)

var containerMethods = []string{
	"sort", "reverse", "popitem", "copied", "count", "difference_update", "intersection_update",
	"symmetric_difference_update", "isdisjoint", "difference", "intersection", "union", "move_to_end", "bit_length", "to_bytes", "is_integer", "as_integer_ratio", "hex",
}

// moveToEnd is OrderedDict.move_to_end(key, last=True).
func (rt *Runtime) moveToEnd(d *starlark.Dict, a starlark.Tuple, kw []starlark.Tuple) error {
	args, err := rt.bind("move_to_end", []string{"key", "last"}, a, kw)
	if err != nil {
		return err
	}
	if args[0] == nil {
		return rt.raise("TypeError", "move_to_end() missing required argument 'key' (pos 1)")
	}
	v, found, err := d.Delete(args[0])
	if err != nil {
		return err
	}
	if !found {
		return &Raised{Exc: rt.exception("KeyError", args[0])}
	}
	items := d.Items()
	if args[1] == nil || bool(args[1].Truth()) {
		return d.SetKey(args[0], v)
	}
	if err := d.Clear(); err != nil {
		return err
	}
	for _, kv := range append([]starlark.Tuple{{args[0], v}}, items...) {
		if err := d.SetKey(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
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
			args, err := rt.bind("popitem", []string{"last"}, a[1:], kw)
			if err != nil {
				return nil, err
			}
			item := items[len(items)-1]
			if args[0] != nil && !bool(args[0].Truth()) {
				item = items[0]
			}
			_, _, err = v.Delete(item[0])
			return item, err
		case "move_to_end":
			return starlark.None, rt.moveToEnd(v, a[1:], kw)
		}
	case *starlark.Set:
		switch name {
		case "copy":
			return v.Union(starlark.NewSet(0).Iterate())
		case "isdisjoint", "difference", "intersection", "union":
			return rt.setMethod(name, v, a[1:])
		case "difference_update", "intersection_update", "symmetric_difference_update":
			left, err := rt.setMethod(strings.TrimSuffix(name, "_update"), v, a[1:])
			if err != nil {
				return nil, err
			}
			if err := v.Clear(); err != nil {
				return nil, err
			}
			xs, err := rt.all(rt.thread, left)
			for _, x := range xs {
				if err := v.Insert(x); err != nil {
					return nil, err
				}
			}
			return starlark.None, err
		}
	case starlark.Int:
		switch name {
		case "bit_length":
			return starlark.MakeInt(v.BigInt().BitLen()), nil
		case "to_bytes":
			return rt.toBytes(v.BigInt(), a[1:], kw)
		}
	case starlark.Float:
		if r := new(big.Rat); name == "as_integer_ratio" && r.SetFloat64(float64(v)) != nil {
			return starlark.Tuple{starlark.MakeBigInt(r.Num()), starlark.MakeBigInt(r.Denom())}, nil
		}
		if name == "is_integer" {
			return starlark.Bool(math.Trunc(float64(v)) == float64(v) && !math.IsInf(float64(v), 0)), nil
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
