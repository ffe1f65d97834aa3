package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// frozenSet is a frozenset: a set that can't change, and so can be an element of sets and a key.
type frozenSet struct {
	rt  *Runtime
	set *starlark.Set
}

func (f *frozenSet) String() string {
	s, err := f.rt.repr(f)
	if err != nil {
		return "frozenset"
	}
	return s
}
func (f *frozenSet) Type() string                         { return "frozenset" }
func (f *frozenSet) Freeze()                              {}
func (f *frozenSet) Truth() starlark.Bool                 { return f.set.Truth() }
func (f *frozenSet) Len() int                             { return f.set.Len() }
func (f *frozenSet) Iterate() starlark.Iterator           { return f.set.Iterate() }
func (f *frozenSet) Has(v starlark.Value) (bool, error)   { return f.set.Has(v) }
func (f *frozenSet) AttrNames() []string                  { return frozenMethods }
func (rt *Runtime) frozen(s *starlark.Set) starlark.Value { return &frozenSet{rt, s} }

var frozenMethods = []string{"copy", "difference", "intersection", "isdisjoint", "issubset", "issuperset", "symmetric_difference", "union"}

// Hash does not depend on the order of the elements.
func (f *frozenSet) Hash() (uint32, error) {
	sum := uint32(1927868237)
	it := f.set.Iterate()
	defer it.Done()
	var x starlark.Value
	for it.Next(&x) {
		h, err := x.Hash()
		if err != nil {
			return 0, err
		}
		sum ^= (h ^ 89869747 ^ h<<16) * 3644798167
	}
	return sum, nil
}

// Attr gives the methods of sets that change nothing.
func (f *frozenSet) Attr(name string) (starlark.Value, error) {
	for _, m := range frozenMethods {
		if m == name {
			return f.rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				v, err := f.rt.setMethod(name, f.set, a)
				if s, ok := v.(*starlark.Set); ok && err == nil {
					return f.rt.frozen(s), nil
				}
				return v, err
			}), nil
		}
	}
	return nil, nil
}

// CompareSameType compares the elements.
func (f *frozenSet) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return f.set.CompareSameType(op, y.(*frozenSet).set, depth)
}

// Binary is & | - ^ with another set; the result is of the type of the left one.
func (f *frozenSet) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	other, ok := setOf(y).(*starlark.Set)
	if !ok {
		return nil, nil
	}
	if side == starlark.Right {
		return starlark.Binary(op, other, f.set)
	}
	v, err := starlark.Binary(op, f.set, other)
	if s, ok := v.(*starlark.Set); ok && err == nil {
		return f.rt.frozen(s), nil
	}
	return v, err
}

// setOf gives the elements of a frozenset as a set that nobody may change; other values as they are.
func setOf(v starlark.Value) starlark.Value {
	if f, ok := v.(*frozenSet); ok {
		return f.set
	}
	return v
}

// setMethod is a method of sets that takes any number of things to iterate over.
func (rt *Runtime) setMethod(name string, s *starlark.Set, a starlark.Tuple) (starlark.Value, error) {
	switch name {
	case "copy":
		return rt.copySet(s)
	case "issubset", "issuperset", "isdisjoint", "symmetric_difference":
		if len(a) != 1 {
			return nil, rt.raise("TypeError", "set.%s() takes exactly one argument (%d given)", name, len(a))
		}
	}
	out, err := rt.copySet(s)
	if err != nil {
		return nil, err
	}
	for _, x := range a {
		xs, err := rt.all(rt.thread, x)
		if err != nil {
			return nil, err
		}
		other := starlark.NewSet(len(xs))
		for _, x := range xs {
			if err := other.Insert(x); err != nil {
				return nil, err
			}
		}
		var v starlark.Value
		switch name {
		case "union":
			v, err = starlark.Binary(syntax.PIPE, out, other)
		case "intersection":
			v, err = starlark.Binary(syntax.AMP, out, other)
		case "difference":
			v, err = starlark.Binary(syntax.MINUS, out, other)
		case "symmetric_difference":
			v, err = starlark.Binary(syntax.CIRCUMFLEX, out, other)
		case "isdisjoint":
			v, err = starlark.Binary(syntax.AMP, out, other)
			if err == nil {
				return !v.Truth(), nil
			}
		default:
			op := map[string]syntax.Token{"issubset": syntax.LE, "issuperset": syntax.GE}[name]
			ok, err := starlark.Compare(op, out, other)
			return starlark.Bool(ok), err
		}
		if err != nil {
			return nil, err
		}
		out = v.(*starlark.Set)
	}
	return out, nil
}

func (rt *Runtime) copySet(s *starlark.Set) (*starlark.Set, error) {
	it := s.Iterate()
	defer it.Done()
	out := starlark.NewSet(s.Len())
	var x starlark.Value
	for it.Next(&x) {
		if err := out.Insert(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}
