package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// namedTuple is an object of a class that collections.namedtuple made, or that is derived from typing.NamedTuple.
type namedTuple struct {
	class *Class
	vals  starlark.Tuple
}

func (rt *Runtime) tupleClass(name string) *Class {
	c := rt.plainClass(name)
	c.tuple = true
	return c
}

func (c *Class) isTuple() bool {
	if c.tuple {
		return true
	}
	for _, b := range c.bases {
		if b.isTuple() {
			return true
		}
	}
	return false
}

// plainTuple makes a plain tuple of a named one.
func plainTuple(v starlark.Value) starlark.Value {
	if n, ok := v.(*namedTuple); ok {
		return n.vals
	}
	return v
}

func (n *namedTuple) String() string                   { return n.instance().String() }
func (n *namedTuple) Type() string                     { return n.class.name }
func (n *namedTuple) Freeze()                          { n.vals.Freeze() }
func (n *namedTuple) Truth() starlark.Bool             { return n.vals.Truth() }
func (n *namedTuple) Hash() (uint32, error)            { return n.vals.Hash() }
func (n *namedTuple) Len() int                         { return n.vals.Len() }
func (n *namedTuple) Index(i int) starlark.Value       { return n.vals.Index(i) }
func (n *namedTuple) Iterate() starlark.Iterator       { return n.vals.Iterate() }
func (n *namedTuple) Slice(a, b, c int) starlark.Value { return n.vals.Slice(a, b, c) }

// equalKey finds the key of a dict, or the element of a set, that is of another type than k and equal to it: a named
// tuple and a plain one, a member of an enumeration and its value, True and 1.
func (rt *Runtime) equalKey(container, k starlark.Value) (starlark.Value, bool, error) {
	kinds := func(v starlark.Value) bool {
		switch v := v.(type) {
		case starlark.Tuple, *namedTuple, starlark.Bool:
			return true
		case *Instance:
			return v.native() != nil
		}
		return false
	}
	keys, ok := container.(starlark.Iterable)
	if !ok {
		return nil, false, nil
	}
	special := kinds(k)
	it := keys.Iterate()
	defer it.Done()
	var x starlark.Value
	for it.Next(&x) {
		if !special && !kinds(x) {
			continue
		}
		if eq, err := rt.equal(x, k); eq || err != nil {
			return x, eq, err
		}
	}
	return nil, false, nil
}

// instance is the same as an object whose text form is that of a dataclass.
func (n *namedTuple) instance() *Instance {
	o := &Instance{class: n.class, attrs: map[string]starlark.Value{}}
	for i, f := range n.class.allFields() {
		o.attrs[f.name] = n.vals[i]
		o.order = append(o.order, f.name)
	}
	return o
}

// Attr gives a field, a method of the class, or one that all named tuples have.
func (n *namedTuple) Attr(name string) (starlark.Value, error) {
	rt := n.class.rt
	fields := n.class.allFields()
	for i, f := range fields {
		if f.name == name {
			return n.vals[i], nil
		}
	}
	switch name {
	case "_asdict":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return n.instance().Attr("__dict__")
		}), nil
	case "_fields":
		return n.class.Attr(name)
	case "_replace":
		return rt.fn(name, func(_ *starlark.Thread, _ starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			c := &namedTuple{n.class, append(starlark.Tuple(nil), n.vals...)}
		next:
			for _, kv := range kw {
				for i, f := range fields {
					if string(kv[0].(starlark.String)) == f.name {
						c.vals[i] = kv[1]
						continue next
					}
				}
				return nil, rt.raise("ValueError", "Got unexpected field names: [%s]", quoteString(string(kv[0].(starlark.String))))
			}
			return c, nil
		}), nil
	case "index", "count":
		return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return rt.callMethod(name, append(starlark.Tuple{n.vals}, a...), kw)
		}), nil
	}
	switch v := n.class.find(name).(type) {
	case nil:
		if name == "__class__" {
			return n.class, nil
		}
		return nil, nil
	case *wrapped:
		switch v.kind {
		case "property":
			return rt.call(v.fn, n)
		case "classmethod":
			return rt.bound(name, v.fn, n.class), nil
		}
		return v.fn, nil
	case *starlark.Function:
		return rt.bound(name, v, n), nil
	default:
		return v, nil
	}
}

// AttrNames are those of the fields.
func (n *namedTuple) AttrNames() []string { return n.instance().order }

// CompareSameType compares the values.
func (n *namedTuple) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return starlark.CompareDepth(op, n.vals, y.(*namedTuple).vals, depth-1)
}

// Binary is + and in, as plain tuples have them.
func (n *namedTuple) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if side == starlark.Left {
		return starlark.Binary(op, n.vals, plainTuple(y))
	}
	return starlark.Binary(op, y, n.vals)
}
