package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

func (rt *Runtime) objects(m starlark.StringDict) {
	for _, kind := range []string{"staticmethod", "classmethod", "abstract"} {
		m[kind] = rt.pos(kind, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if w, ok := a[0].(*wrapped); ok && kind == "abstract" && w.kind != "property" {
				return &wrapped{kind: w.kind, fn: &wrapped{kind: kind, fn: w.fn}}, nil
			}
			return &wrapped{kind: kind, fn: a[0]}, nil
		})
	}
	m["property"] = rt.fn("property", func(_ *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		a, err := rt.bind("property", []string{"fget", "fset", "fdel", "doc"}, args, kw)
		if err != nil {
			return nil, err
		}
		for i, v := range a {
			if v == starlark.None {
				a[i] = nil
			}
		}
		return &wrapped{kind: "property", fn: a[0], set: a[1], del: a[2]}, nil
	})
	m["new_class"] = rt.fn("new_class", rt.newClass)
	m["super"] = rt.pos("super", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c, ok := a[0].(*Class)
		if !ok {
			return nil, rt.raise("TypeError", "super() argument 1 must be a type, not %s", typeName(a[0]))
		}
		return &superObject{c, a[1]}, nil
	})
	rt.object = rt.plainClass("object")
	rt.classes["object"] = rt.object
	rt.object.members["__setattr__"] = rt.pos("__setattr__", 3, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		o, ok := a[0].(*Instance)
		if !ok {
			return nil, rt.raise("TypeError", "can't apply this __setattr__ to %s object", typeName(a[0]))
		}
		o.put(string(a[1].(starlark.String)), a[2])
		return starlark.None, nil
	})
	rt.object.members["__new__"] = rt.fn("__new__", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return a[0].(*Class).instance(a[1:]), nil
	})
	m["NotImplemented"] = notImplemented{}
	m["missing"] = &named{"MISSING"}
	m["setattr"] = rt.pos("setattr", 3, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		f, ok := a[0].(starlark.HasSetField)
		if !ok {
			return nil, rt.raise("AttributeError", "'%s' object has no attributes that can be set", typeName(a[0]))
		}
		name, _ := starlark.AsString(a[1])
		return starlark.None, f.SetField(name, a[2])
	})
	m["delattr"] = rt.pos("delattr", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		name, _ := starlark.AsString(a[1])
		switch o := a[0].(type) {
		case *Instance:
			return starlark.None, o.remove(name)
		case *Class:
			if _, ok := o.members[name]; ok {
				delete(o.members, name)
				return starlark.None, nil
			}
		}
		return nil, rt.raise("AttributeError", "'%s' object has no attribute '%s'", typeName(a[0]), name)
	})
	m["vars"] = rt.pos("vars", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if o, ok := a[0].(*Instance); ok {
			return o.Attr("__dict__")
		}
		return nil, rt.raise("TypeError", "vars() argument must have __dict__ attribute")
	})
	m["cell"] = rt.pos("cell", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c := &cell{rt: rt}
		if len(a) == 1 {
			c.value = a[0]
		}
		return c, nil
	})
}

// newClass(name, bases, members, fields = None, options = {}) makes a class. fields are those of a dataclass or a
// named tuple, options the arguments of @dataclass.
func (rt *Runtime) newClass(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	a, err := rt.bind("new_class", []string{"name", "bases", "members", "fields", "options"}, args, kwargs)
	if err != nil {
		return nil, err
	}
	c := &Class{rt: rt, name: string(a[0].(starlark.String)), members: map[string]starlark.Value{}}
	var mixin string
	it := starlark.Iterate(a[1])
	defer it.Done()
	var b starlark.Value
	for it.Next(&b) {
		switch b := b.(type) {
		case *Class:
			if b != rt.object {
				c.bases = append(c.bases, b)
			}
		case *starlark.Builtin:
			mixin = b.Name()
		case *named: // an annotation such as Generic[T]
		default:
			return nil, rt.raise("TypeError", "%s can't be a base class", b)
		}
	}
	var consistent bool
	if c.mro, consistent = linearize(c); !consistent {
		return nil, rt.raise("TypeError", "Cannot create a consistent method resolution order (MRO) for bases")
	}
	members := a[2].(*starlark.Dict)
	for _, kv := range members.Items() {
		c.members[string(kv[0].(starlark.String))] = kv[1]
	}
	if err := c.makeSlots(); err != nil {
		return nil, err
	}
	if a[3] != nil {
		if err := c.addFields(a[3].(*starlark.List), a[4]); err != nil {
			return nil, err
		}
	}
	switch {
	case c.subclass(rt.enumCls):
		c.mixin = mixin
		if err := c.enumerate(members); err != nil {
			return nil, err
		}
	case mixin != "":
		return nil, rt.raise("TypeError", "%s can't be a base class", mixin)
	}
	for _, kv := range members.Items() {
		o, ok := kv[1].(*Instance)
		if f := findSetName(o, ok); f != nil {
			if _, err := starlark.Call(thread, f, starlark.Tuple{o, c, kv[0]}, nil); err != nil {
				return nil, err
			}
		}
	}
	if hook := findIn(c.order()[1:], "__init_subclass__"); hook != nil {
		if w, ok := hook.(*wrapped); ok {
			hook = w.fn
		}
		if _, err := starlark.Call(thread, hook, starlark.Tuple{c}, nil); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// findSetName is the __set_name__ of a descriptor.
func findSetName(o *Instance, ok bool) starlark.Value {
	if !ok {
		return nil
	}
	return o.class.find("__set_name__")
}

// makeSlots notes the names in __slots__.
func (c *Class) makeSlots() error {
	v, ok := c.members["__slots__"]
	if !ok {
		return nil
	}
	if s, ok := v.(starlark.String); ok {
		v = starlark.Tuple{s}
	}
	names, err := c.rt.all(nil, v)
	if err != nil {
		return err
	}
	c.slots = map[string]bool{}
	for _, n := range names {
		s, _ := starlark.AsString(n)
		c.slots[s] = true
	}
	return nil
}

// addFields makes a dataclass or a named tuple of a class.
func (c *Class) addFields(fields *starlark.List, options starlark.Value) error {
	rt := c.rt
	c.data = &dataOptions{}
	if d, ok := options.(*starlark.Dict); ok {
		for _, kv := range d.Items() {
			yes := bool(kv[1].Truth())
			switch kv[0].(starlark.String) {
			case "frozen":
				c.data.frozen = yes
			case "order":
				c.data.order = yes
			case "eq":
				c.data.noEq = !yes
			case "repr":
				c.data.noRepr = !yes
			case "init":
				c.data.noInit = !yes
			case "unsafe_hash":
				c.data.hash = yes
			case "kw_only":
				c.data.kwOnly = yes
			}
		}
	}
	for i := range fields.Len() {
		t := fields.Index(i).(starlark.Tuple)
		f := field{name: string(t[0].(starlark.String))}
		if len(t) > 2 {
			f.init = true
		}
		if len(t) > 1 && t[1] != rt.module.Members["missing"] {
			f.value = t[1]
			switch v := t[1].(type) {
			case *fieldSpec:
				f.spec, f.value = v, nil
				if v.value != nil {
					c.members[f.name] = v.value
				}
			case *starlark.List, *starlark.Dict, *starlark.Set:
				if !c.isTuple() {
					return rt.raise("ValueError", "mutable default %s for field %s is not allowed: use default_factory", rt.typeOf(v), f.name)
				}
			default:
				c.members[f.name] = v
			}
		}
		if w, ok := c.members[f.name].(*wrapped); ok && w.kind == "property" {
			delete(c.members, f.name)
		}
		c.fields = append(c.fields, f)
	}
	var optional string
	for _, f := range c.allFields() {
		required := f.value == nil && (f.spec == nil || f.spec.value == nil && f.spec.factory == nil && !f.spec.noInit)
		keyOnly := c.data.kwOnly || f.spec != nil && f.spec.keyOnly
		switch {
		case keyOnly:
		case !required:
			optional = f.name
		case optional != "":
			return rt.raise("TypeError", "non-default argument '%s' follows default argument", f.name)
		}
	}
	return nil
}

type superObject struct {
	class *Class
	self  starlark.Value // an object, or a class in a class method
}

func (s *superObject) String() string        { return "<super>" }
func (s *superObject) Type() string          { return "super" }
func (s *superObject) Freeze()               {}
func (s *superObject) Truth() starlark.Bool  { return true }
func (s *superObject) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: super") }
func (s *superObject) AttrNames() []string   { return nil }

// rest are the classes behind the one whose method calls super(), in the order of the object's class.
func (s *superObject) rest() []*Class {
	var c *Class
	switch v := s.self.(type) {
	case *Instance:
		c = v.class
	case *namedTuple:
		c = v.class
	case *Class:
		c = v
	default:
		return nil
	}
	for i, b := range c.order() {
		if b == s.class {
			return c.order()[i+1:]
		}
	}
	return nil
}

// Attr finds a member behind the class whose method calls super().
func (s *superObject) Attr(name string) (starlark.Value, error) {
	rt := s.class.rt
	o, isObj := s.self.(*Instance)
	switch v := findIn(s.rest(), name).(type) {
	case nil:
	case *wrapped:
		switch v.kind {
		case "property":
			return rt.property(s.self, name, v)
		case "staticmethod":
			return v.fn, nil
		case "classmethod":
			if isObj {
				return rt.bound(name, v.fn, o.class), nil
			}
		}
		return rt.bound(name, v.fn, s.self), nil
	default:
		if name == "__new__" {
			return v, nil
		}
		m, _ := rt.method(name, v, s.self)
		return m, nil
	}
	none := rt.fn(name, func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return starlark.None, nil
	})
	switch name {
	case "__new__":
		return rt.object.members[name], nil
	case "__init__":
		if s.class.isException() {
			return rt.bound(name, rt.exceptionInit(), s.self), nil
		}
		return none, nil
	case "__init_subclass__", "__exit__", "__post_init__":
		return none, nil
	case "__setattr__":
		return rt.pos(name, 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.None, o.assign(string(a[0].(starlark.String)), a[1])
		}), nil
	case "__delattr__":
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			delete(o.attrs, string(a[0].(starlark.String)))
			return starlark.None, nil
		}), nil
	case "__str__", "__repr__":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			var text string
			var err error
			switch {
			case name == "__str__" && o.class.isException():
				text, err = rt.exceptionText(&Instance{class: rt.builtinBase(o.class), attrs: o.attrs})
			default:
				text, err = rt.objectRepr(o, nil)
			}
			return starlark.String(text), err
		}), nil
	case "__eq__":
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if s.self == a[0] {
				return starlark.True, nil
			}
			return notImplemented{}, nil
		}), nil
	case "__hash__":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			h, err := starlark.String(fmt.Sprintf("%p", o)).Hash()
			return starlark.MakeInt(int(h)), err
		}), nil
	}
	return nil, rt.raise("AttributeError", "'super' object has no attribute '%s'", name)
}

// builtinBase is the first class of an exception's order that the script did not define.
func (rt *Runtime) builtinBase(c *Class) *Class {
	for _, b := range c.order() {
		if rt.classes[b.name] == b {
			return b
		}
	}
	return c
}

// cell holds a variable that several functions assign to.
type cell struct {
	rt    *Runtime
	value starlark.Value
}

func (c *cell) String() string        { return "cell" }
func (c *cell) Type() string          { return "cell" }
func (c *cell) Freeze()               {}
func (c *cell) Truth() starlark.Bool  { return c.value != nil && c.value.Truth() }
func (c *cell) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: cell") }
func (c *cell) AttrNames() []string   { return []string{"set", "value"} }
func (c *cell) Attr(name string) (starlark.Value, error) {
	switch name {
	case "value":
		if c.value == nil {
			return nil, c.rt.raise("NameError", "the variable is read before it has a value")
		}
		return c.value, nil
	case "set":
		return c.rt.pos("set", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			c.value = a[0]
			return a[0], nil
		}), nil
	}
	return nil, nil
}
func (c *cell) SetField(name string, v starlark.Value) error {
	if name != "value" {
		return fmt.Errorf("a cell has no field %s", name)
	}
	c.value = v
	return nil
}
