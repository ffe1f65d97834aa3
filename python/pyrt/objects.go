package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Class is a class of Python.
type Class struct {
	rt      *Runtime
	name    string
	bases   []*Class
	members map[string]starlark.Value
	fields  []field // of a dataclass
	data    bool
	tuple   bool        // a named tuple
	enum    []*Instance // the members of an enumeration
}

type field struct {
	name  string
	value starlark.Value // nil when there is no default
}

func (c *Class) String() string        { return "<class '" + c.name + "'>" }
func (c *Class) Type() string          { return "type" }
func (c *Class) Freeze()               {}
func (c *Class) Truth() starlark.Bool  { return true }
func (c *Class) Hash() (uint32, error) { return starlark.String(c.name).Hash() }
func (c *Class) Name() string          { return c.name }

func (c *Class) subclass(d *Class) bool {
	if c == d {
		return true
	}
	for _, b := range c.bases {
		if b.subclass(d) {
			return true
		}
	}
	return false
}

// find looks a member up in the class and its bases.
func (c *Class) find(name string) starlark.Value {
	if v, ok := c.members[name]; ok {
		return v
	}
	for _, b := range c.bases {
		if v := b.find(name); v != nil {
			return v
		}
	}
	return nil
}

// Attr gives a member of the class itself.
func (c *Class) Attr(name string) (starlark.Value, error) {
	if name == "__name__" || name == "__qualname__" {
		return starlark.String(c.name), nil
	}
	if name == "_fields" && c.isTuple() {
		var out starlark.Tuple
		for _, f := range c.allFields() {
			out = append(out, starlark.String(f.name))
		}
		return out, nil
	}
	v := c.find(name)
	if w, ok := v.(*wrapped); ok {
		switch w.kind {
		case "classmethod":
			return c.rt.bound(name, w.fn, c), nil
		case "staticmethod":
			return w.fn, nil
		}
	}
	if v == nil {
		if name == "__init__" && c.isException() {
			return c.rt.exceptionInit(), nil
		}
		return nil, nil
	}
	return v, nil
}

func (c *Class) isException() bool { return c.subclass(c.rt.classes["BaseException"]) }

func (c *Class) AttrNames() []string {
	var names []string
	for n := range c.members {
		names = append(names, n)
	}
	return names
}

// SetField assigns a class variable.
func (c *Class) SetField(name string, v starlark.Value) error {
	c.members[name] = v
	return nil
}

// CallInternal makes an instance.
func (c *Class) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	c.rt.thread = thread
	if len(c.enum) > 0 {
		return c.enumMember(args, kwargs)
	}
	o := &Instance{class: c, attrs: map[string]starlark.Value{}}
	if c.isException() {
		o.attrs["args"] = append(starlark.Tuple(nil), args...)
	}
	if init := c.find("__init__"); init != nil {
		_, err := starlark.Call(thread, init, append(starlark.Tuple{o}, args...), kwargs)
		return o, err
	}
	if fields := c.allFields(); c.data || len(fields) > 0 {
		if err := c.rt.fill(thread, o, fields, args, kwargs); err != nil {
			return nil, err
		}
		if c.isTuple() {
			return &namedTuple{c, o.values()}, nil
		}
		if post := c.find("__post_init__"); post != nil {
			_, err := starlark.Call(thread, post, starlark.Tuple{o}, nil)
			return o, err
		}
		return o, nil
	}
	if !c.isException() && len(args)+len(kwargs) > 0 {
		return nil, c.rt.raise("TypeError", "%s() takes no arguments", c.name)
	}
	return o, nil
}

func (c *Class) allFields() []field {
	var out []field
	for _, b := range c.bases {
		out = append(out, b.allFields()...)
	}
	return append(out, c.fields...)
}

func (rt *Runtime) fill(thread *starlark.Thread, o *Instance, fields []field, args starlark.Tuple, kwargs []starlark.Tuple) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	vals, err := rt.bind(o.class.name, names, args, kwargs)
	if err != nil {
		return err
	}
	for i, f := range fields {
		v := vals[i]
		if v == nil {
			v = f.value
			if w, ok := v.(*wrapped); ok && w.kind == "field" {
				if v, err = starlark.Call(thread, w.fn, nil, nil); err != nil {
					return err
				}
			}
		}
		if v == nil {
			return rt.raise("TypeError", "%s.__init__() missing 1 required positional argument: '%s'", o.class.name, f.name)
		}
		o.attrs[f.name] = v
		o.order = append(o.order, f.name)
	}
	return nil
}

// wrapped is a function with a decorator that its class looks at.
type wrapped struct {
	kind string // staticmethod, classmethod, property, field
	fn   starlark.Value
}

func (w *wrapped) String() string        { return "<" + w.kind + " object>" }
func (w *wrapped) Type() string          { return w.kind }
func (w *wrapped) Freeze()               {}
func (w *wrapped) Truth() starlark.Bool  { return true }
func (w *wrapped) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: %s", w.kind) }

// Instance is an object of a class.
type Instance struct {
	class *Class
	attrs map[string]starlark.Value
	order []string
}

// Class returns the class of the object.
func (o *Instance) Class() *Class { return o.class }

func (o *Instance) String() string {
	s, err := o.class.rt.str(o)
	if err != nil {
		return "<" + o.class.name + " object>"
	}
	return s
}
func (o *Instance) Type() string { return o.class.name }
func (o *Instance) Freeze()      {}
func (o *Instance) Truth() starlark.Bool {
	for _, m := range []string{"__bool__", "__len__"} {
		if f := o.class.find(m); f != nil {
			v, err := o.class.rt.call(f, o)
			return starlark.Bool(err != nil || bool(v.Truth()))
		}
	}
	return true
}

func (o *Instance) Hash() (uint32, error) {
	if f := o.class.find("__hash__"); f != nil {
		v, err := o.class.rt.call(f, o)
		if err != nil {
			return 0, err
		}
		return v.Hash()
	}
	if o.class.data && o.class.find("__eq__") == nil {
		return o.values().Hash()
	}
	return starlark.String(fmt.Sprintf("%p", o)).Hash()
}

// Attr gives a field, a bound method or the value of a property.
func (o *Instance) Attr(name string) (starlark.Value, error) {
	if v, ok := o.attrs[name]; ok {
		return v, nil
	}
	switch name {
	case "__class__":
		return o.class, nil
	case "name", "value":
		if v, ok := o.attrs["_"+name+"_"]; ok {
			return v, nil
		}
	case "__dict__":
		d := &starlark.Dict{}
		for _, k := range o.order {
			if err := d.SetKey(starlark.String(k), o.attrs[k]); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	v := o.class.find(name)
	switch v := v.(type) {
	case nil:
		if o.class.isException() {
			return o.class.rt.exceptionAttr(o, name)
		}
		return nil, nil
	case *wrapped:
		switch v.kind {
		case "property":
			return o.class.rt.call(v.fn, o)
		case "classmethod":
			return o.class.rt.bound(name, v.fn, o.class), nil
		}
		return v.fn, nil
	case *starlark.Function:
		return o.class.rt.bound(name, v, o), nil
	}
	return v, nil
}

func (o *Instance) AttrNames() []string {
	names := append([]string(nil), o.order...)
	return append(names, o.class.AttrNames()...)
}

// SetField assigns a field.
func (o *Instance) SetField(name string, v starlark.Value) error {
	if _, ok := o.attrs[name]; !ok {
		o.order = append(o.order, name)
	}
	o.attrs[name] = v
	return nil
}

// bound gives a method its first argument.
func (rt *Runtime) bound(name string, fn, self starlark.Value) starlark.Value {
	return rt.fn(name, func(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return starlark.Call(thread, fn, append(starlark.Tuple{self}, args...), kwargs)
	})
}

// Name makes instances callable.
func (o *Instance) Name() string { return o.class.name }

// CallInternal calls __call__.
func (o *Instance) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	f := o.class.find("__call__")
	if f == nil {
		return nil, o.class.rt.raise("TypeError", "'%s' object is not callable", o.class.name)
	}
	return starlark.Call(thread, f, append(starlark.Tuple{o}, args...), kwargs)
}

// CompareSameType compares with __eq__, __lt__ and so on; objects without these are equal only to themselves.
func (o *Instance) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	p := y.(*Instance)
	rt := o.class.rt
	dunder := map[syntax.Token]string{
		syntax.EQL: "__eq__", syntax.NEQ: "__ne__", syntax.LT: "__lt__", syntax.LE: "__le__", syntax.GT: "__gt__", syntax.GE: "__ge__",
	}[op]
	if f := o.class.find(dunder); f != nil {
		v, err := rt.call(f, o, p)
		if err != nil {
			return false, err
		}
		return bool(v.Truth()), nil
	}
	swapped := map[syntax.Token]string{syntax.GT: "__lt__", syntax.GE: "__le__", syntax.LT: "__gt__", syntax.LE: "__ge__"}[op]
	if f := p.class.find(swapped); swapped != "" && f != nil {
		v, err := rt.call(f, p, o)
		if err != nil {
			return false, err
		}
		return bool(v.Truth()), nil
	}
	switch op {
	case syntax.EQL, syntax.NEQ:
		equal := o == p
		if f := o.class.find("__eq__"); f != nil {
			v, err := rt.call(f, o, p)
			if err != nil {
				return false, err
			}
			equal = bool(v.Truth())
		} else if o.class.data && o.class == p.class {
			equal = true
			for _, f := range o.class.allFields() {
				eq, err := rt.equal(o.attrs[f.name], p.attrs[f.name])
				if err != nil {
					return false, err
				}
				equal = equal && eq
			}
		}
		return equal == (op == syntax.EQL), nil
	}
	if o.class.data && o.class == p.class {
		return starlark.CompareDepth(op, o.values(), p.values(), depth-1)
	}
	return false, rt.raise("TypeError", "'%s' not supported between instances of '%s' and '%s'", op, o.class.name, p.class.name)
}

// Get implements object[key].
func (o *Instance) Get(k starlark.Value) (starlark.Value, bool, error) {
	f := o.class.find("__getitem__")
	if f == nil {
		return nil, false, o.class.rt.raise("TypeError", "'%s' object is not subscriptable", o.class.name)
	}
	v, err := o.class.rt.call(f, o, k)
	return v, err == nil, err
}

// SetKey implements object[key] = value.
func (o *Instance) SetKey(k, v starlark.Value) error {
	f := o.class.find("__setitem__")
	if f == nil {
		return o.class.rt.raise("TypeError", "'%s' object does not support item assignment", o.class.name)
	}
	_, err := o.class.rt.call(f, o, k, v)
	return err
}

// Binary implements the operators by their methods.
func (o *Instance) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	names := map[syntax.Token][2]string{
		syntax.PLUS: {"__add__", "__radd__"}, syntax.MINUS: {"__sub__", "__rsub__"}, syntax.STAR: {"__mul__", "__rmul__"},
		syntax.SLASH: {"__truediv__", "__rtruediv__"}, syntax.SLASHSLASH: {"__floordiv__", "__rfloordiv__"}, syntax.PERCENT: {"__mod__", "__rmod__"},
		syntax.PIPE: {"__or__", "__ror__"}, syntax.AMP: {"__and__", "__rand__"}, syntax.IN: {"", "__contains__"},
	}
	n := names[op][0]
	if side == starlark.Right {
		n = names[op][1]
	}
	f := o.class.find(n)
	if n == "" || f == nil {
		return nil, nil
	}
	v, err := o.class.rt.call(f, o, y)
	if err == nil && op == syntax.IN {
		v = v.Truth()
	}
	return v, err
}

// values are the fields of an object of a dataclass.
func (o *Instance) values() starlark.Tuple {
	var out starlark.Tuple
	for _, f := range o.class.allFields() {
		out = append(out, o.attrs[f.name])
	}
	return out
}
