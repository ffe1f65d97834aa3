package pyrt

import (
	"strings"

	"go.starlark.net/starlark"
)

// shape is the target of an assignment: a name, or what stands between the commas of a tuple.
type shape struct {
	star  bool
	tuple bool
	elts  []shape
}

// parseShape reads a target such as "name, (uid, *rest)".
func parseShape(s string) shape {
	elts, _ := shapeElts(s)
	return shape{tuple: true, elts: elts}
}

// shapeElts reads up to the end or a closing parenthesis, and gives what is behind it.
func shapeElts(s string) (elts []shape, rest string) {
	for {
		s = strings.TrimLeft(s, " ,")
		if s == "" {
			return elts, ""
		}
		if s[0] == ')' {
			return elts, s[1:]
		}
		var e shape
		if s[0] == '*' {
			e.star, s = true, s[1:]
		}
		if s[0] == '(' {
			e.tuple = true
			e.elts, s = shapeElts(s[1:])
		} else {
			s = s[len(s)-len(strings.TrimLeftFunc(s, func(r rune) bool { return !strings.ContainsRune(" ,)", r) })):]
		}
		elts = append(elts, e)
	}
}

// unpackLike gives a value in the shape of a target, so that Starlark can assign it.
func (rt *Runtime) unpackLike(th *starlark.Thread, sh shape, v starlark.Value) (starlark.Value, error) {
	if !sh.tuple {
		return v, nil
	}
	xs, err := rt.all(th, v)
	if err != nil {
		return nil, err
	}
	starAt, n := -1, len(sh.elts)
	for i, e := range sh.elts {
		if e.star {
			starAt = i
		}
	}
	switch {
	case starAt >= 0 && len(xs) < n-1:
		return nil, rt.raise("ValueError", "not enough values to unpack (expected at least %d, got %d)", n-1, len(xs))
	case starAt < 0 && len(xs) < n:
		return nil, rt.raise("ValueError", "not enough values to unpack (expected %d, got %d)", n, len(xs))
	case starAt < 0 && len(xs) > n:
		return nil, rt.raise("ValueError", "too many values to unpack (expected %d)", n)
	}
	out := make(starlark.Tuple, n)
	for i, e := range sh.elts {
		var x starlark.Value
		switch {
		case starAt < 0 || i < starAt:
			x = xs[i]
		case i == starAt:
			x = starlark.NewList(append([]starlark.Value(nil), xs[i:len(xs)-(n-1-i)]...))
		default:
			x = xs[len(xs)-(n-i)]
		}
		if out[i], err = rt.unpackLike(th, shape{tuple: e.tuple, elts: e.elts}, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (rt *Runtime) unpacking(m starlark.StringDict) {
	m["unpack_like"] = rt.pos("unpack_like", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		text, _ := starlark.AsString(a[0])
		return rt.unpackLike(th, parseShape(text), a[1])
	})
	m["unpack_each"] = rt.pos("unpack_each", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		text, _ := starlark.AsString(a[0])
		sh := parseShape(text)
		v, err := rt.iterator(th, a[1])
		if err != nil {
			return nil, err
		}
		it := v.(*lazyIter)
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			if !it.Next(&x) {
				return nil, it.err
			}
			return rt.unpackLike(th, sh, x)
		}}, nil
	})
}
