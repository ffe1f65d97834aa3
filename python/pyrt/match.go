package pyrt

import (
	"go.starlark.net/starlark"
)

func (rt *Runtime) matching(m starlark.StringDict) {
	// match(subject, pattern) is a dict of what the pattern binds, None when it does not fit. A pattern is a tuple
	// whose first element is its kind.
	m["match"] = rt.pos("match", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		bound := &starlark.Dict{}
		ok, err := rt.fits(th, a[0], a[1].(starlark.Tuple), bound)
		if !ok || err != nil {
			return starlark.None, err
		}
		return bound, nil
	})
}

// fits tells whether a pattern fits a value, and puts what it binds into bound.
func (rt *Runtime) fits(th *starlark.Thread, v starlark.Value, p starlark.Tuple, bound *starlark.Dict) (bool, error) {
	switch string(p[0].(starlark.String)) {
	case "any":
		return true, nil
	case "name":
		return true, bound.SetKey(p[1], v)
	case "is":
		return identical(v, p[1]), nil
	case "value":
		return rt.equal(v, p[1])
	case "as":
		ok, err := rt.fits(th, v, p[1].(starlark.Tuple), bound)
		if ok && err == nil {
			err = bound.SetKey(p[2], v)
		}
		return ok, err
	case "or":
		for _, q := range listOf(p[1].(*starlark.List)) {
			if ok, err := rt.fits(th, v, q.(starlark.Tuple), bound); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case "sequence":
		return rt.fitsSequence(th, v, listOf(p[1].(*starlark.List)), bound)
	case "mapping":
		return rt.fitsMapping(th, v, listOf(p[1].(*starlark.List)), p[2], bound)
	}
	return rt.fitsClass(th, v, p[1], listOf(p[2].(*starlark.List)), bound)
}

func (rt *Runtime) fitsSequence(th *starlark.Thread, v starlark.Value, ps []starlark.Value, bound *starlark.Dict) (bool, error) {
	switch v.(type) {
	case starlark.String, starlark.Bytes, *Instance:
		return false, nil
	case starlark.Sequence:
	default:
		return false, nil
	}
	if _, ok := v.(starlark.Indexable); !ok {
		return false, nil
	}
	xs, err := rt.all(th, v)
	if err != nil {
		return false, err
	}
	star := -1
	for i, q := range ps {
		if q.(starlark.Tuple)[0] == starlark.String("star") {
			star = i
		}
	}
	if star < 0 && len(xs) != len(ps) || len(xs) < len(ps)-1 {
		return false, nil
	}
	for i, q := range ps {
		p, x := q.(starlark.Tuple), starlark.Value(nil)
		after := len(ps) - 1 - i
		switch {
		case i == star:
			p, x = p[1].(starlark.Tuple), starlark.NewList(append([]starlark.Value(nil), xs[i:len(xs)-after]...))
		case star >= 0 && i > star:
			x = xs[len(xs)-1-after]
		default:
			x = xs[i]
		}
		if ok, err := rt.fits(th, x, p, bound); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (rt *Runtime) fitsMapping(th *starlark.Thread, v starlark.Value, pairs []starlark.Value, rest starlark.Value, bound *starlark.Dict) (bool, error) {
	if _, ok := v.(*Instance); ok {
		return false, nil
	}
	d, ok := v.(starlark.IterableMapping)
	if !ok {
		return false, nil
	}
	if dd, ok := d.(*defaultDict); ok {
		d = dd.Dict // looking must not make values
	}
	left := &starlark.Dict{}
	for _, kv := range d.Items() {
		if err := left.SetKey(kv[0], kv[1]); err != nil {
			return false, err
		}
	}
	for _, kv := range pairs {
		pair := kv.(starlark.Tuple)
		x, found, err := d.Get(pair[0])
		if err != nil || !found {
			return false, err
		}
		if ok, err := rt.fits(th, x, pair[1].(starlark.Tuple), bound); !ok || err != nil {
			return false, err
		}
		if _, _, err := left.Delete(pair[0]); err != nil {
			return false, err
		}
	}
	if rest != starlark.None {
		return true, bound.SetKey(rest, left)
	}
	return true, nil
}

func (rt *Runtime) fitsClass(th *starlark.Thread, v, class starlark.Value, args []starlark.Value, bound *starlark.Dict) (bool, error) {
	if ok, err := rt.isInstance(v, class); !ok || err != nil {
		return false, err
	}
	var names []starlark.Value
	c, _ := class.(*Class)
	if c != nil {
		if m := c.find("__match_args__"); m != nil {
			xs, err := rt.all(th, m)
			if err != nil {
				return false, err
			}
			names = xs
		} else {
			for _, f := range c.allFields() {
				names = append(names, starlark.String(f.name))
			}
		}
	}
	for i, a := range args {
		pair := a.(starlark.Tuple)
		name, p := pair[0].(starlark.String), pair[1].(starlark.Tuple)
		x := v
		switch {
		case name == "" && c == nil: // of a builtin type: the value itself
		case name == "" && i >= len(names):
			return false, rt.raise("TypeError", "%s() accepts %d positional sub-pattern%s (%d given)", c.name, len(names), plural(len(names)), len(args))
		default:
			if name == "" {
				name = names[i].(starlark.String)
			}
			h, ok := v.(starlark.HasAttrs)
			if !ok {
				return false, nil
			}
			attr, err := h.Attr(string(name))
			if err != nil || attr == nil {
				return false, err
			}
			x = attr
		}
		if ok, err := rt.fits(th, x, p, bound); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}
