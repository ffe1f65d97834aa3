package pyrt

import (
	"fmt"
	"sort"
	"strings"

	"go.starlark.net/starlark"
)

// Class is a class of Python.
type Class struct {
	rt      *Runtime
	name    string
	bases   []*Class
	mro     []*Class // the order in which members are looked up; see order
	members map[string]starlark.Value
	fields  []field // of a dataclass
	data    *dataOptions
	tuple   bool        // a named tuple
	enum    []*Instance // the members of an enumeration
	mixin   string      // "int" or "str": what the members of an enumeration are too
	slots   map[string]bool
}

func (c *Class) String() string {
	if c.rt.classes[c.name] == c {
		return "<class '" + c.name + "'>"
	}
	return "<class '__main__." + c.name + "'>"
}
func (c *Class) Type() string          { return "type" }
func (c *Class) Freeze()               {}
func (c *Class) Truth() starlark.Bool  { return true }
func (c *Class) Hash() (uint32, error) { return starlark.String(c.name).Hash() }
func (c *Class) Name() string          { return c.name }

// order is the method resolution order: C3, as in Python.
func (c *Class) order() []*Class {
	if c.mro == nil {
		c.mro, _ = linearize(c)
	}
	return c.mro
}

// linearize merges the orders of the bases; ok is false when they contradict each other.
func linearize(c *Class) (out []*Class, ok bool) {
	out = []*Class{c}
	var rest [][]*Class
	for _, b := range c.bases {
		rest = append(rest, append([]*Class(nil), b.order()...))
	}
	rest = append(rest, append([]*Class(nil), c.bases...))
	for {
		var next *Class
		empty := true
	heads:
		for _, l := range rest {
			if len(l) == 0 {
				continue
			}
			empty = false
			for _, m := range rest {
				for _, d := range m[min(1, len(m)):] {
					if d == l[0] {
						continue heads
					}
				}
			}
			next = l[0]
			break
		}
		if empty {
			return out, true
		}
		if next == nil {
			return append(out, c.bases...), false
		}
		out = append(out, next)
		for i, l := range rest {
			if len(l) > 0 && l[0] == next {
				rest[i] = l[1:]
			}
		}
	}
}

func (c *Class) subclass(d *Class) bool {
	for _, b := range c.order() {
		if b == d {
			return true
		}
	}
	return false
}

// find looks a member up in the class and its bases.
func (c *Class) find(name string) starlark.Value { return findIn(c.order(), name) }

func findIn(classes []*Class, name string) starlark.Value {
	for _, b := range classes {
		if v, ok := b.members[name]; ok {
			return v
		}
	}
	return nil
}

// definer is the first class of the order that defines one of the names.
func (c *Class) definer(names ...string) *Class {
	for _, b := range c.order() {
		for _, n := range names {
			if _, ok := b.members[n]; ok {
				return b
			}
		}
	}
	return nil
}

// Attr gives a member of the class itself.
func (c *Class) Attr(name string) (starlark.Value, error) {
	v := c.find(name)
	if w, ok := v.(*wrapped); ok {
		switch w.kind {
		case "classmethod":
			return c.rt.bound(name, w.fn, c), nil
		case "staticmethod":
			return w.fn, nil
		}
	}
	if v != nil {
		return v, nil
	}
	switch name {
	case "__name__", "__qualname__":
		return starlark.String(c.name), nil
	case "__module__":
		return starlark.String("__main__"), nil
	case "__doc__":
		return starlark.None, nil
	case "__bases__", "__mro__":
		classes := c.bases
		if name == "__mro__" {
			classes = c.order()
		}
		var out starlark.Tuple
		for _, b := range classes {
			out = append(out, b)
		}
		if object := c.rt.object; name == "__mro__" && c != object || len(out) == 0 {
			out = append(out, object)
		}
		return out, nil
	case "__members__":
		if c.enum != nil {
			return c.enumMembers()
		}
	case "_fields":
		if c.isTuple() {
			var out starlark.Tuple
			for _, f := range c.allFields() {
				out = append(out, starlark.String(f.name))
			}
			return out, nil
		}
	case "_make":
		if c.isTuple() {
			return c.rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
				xs, err := c.rt.all(th, a[0])
				if err != nil {
					return nil, err
				}
				return c.CallInternal(th, xs, nil)
			}), nil
		}
	case "__init__":
		if c.isException() {
			return c.rt.exceptionInit(), nil
		}
	}
	return nil, nil
}

func (c *Class) isException() bool { return c.subclass(c.rt.classes["BaseException"]) }

// AttrNames lists the members of the class and its bases.
func (c *Class) AttrNames() []string {
	seen := map[string]bool{}
	var names []string
	for _, b := range c.order() {
		for n := range b.members {
			if !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	sort.Strings(names)
	return names
}

// SetField assigns a class variable.
func (c *Class) SetField(name string, v starlark.Value) error {
	if _, ok := c.members[name].(*Instance); ok && c.enum != nil {
		return c.rt.raise("AttributeError", "cannot reassign member '%s'", name)
	}
	c.members[name] = v
	return nil
}

// CallInternal makes an instance.
func (c *Class) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	c.rt.thread = thread
	if c.subclass(c.rt.enumCls) {
		return c.enumMember(args, kwargs)
	}
	if err := c.abstract(); err != nil {
		return nil, err
	}
	create := c.find("__new__")
	if create == nil {
		return c.initialize(thread, c.instance(args), args, kwargs)
	}
	if w, ok := create.(*wrapped); ok {
		create = w.fn
	}
	v, err := starlark.Call(thread, create, append(starlark.Tuple{c}, args...), kwargs)
	if o, ok := v.(*Instance); ok && err == nil && o.class.subclass(c) {
		return o.class.initialize(thread, o, args, kwargs)
	}
	return v, err
}

func (c *Class) instance(args starlark.Tuple) *Instance {
	o := &Instance{class: c, attrs: map[string]starlark.Value{}}
	if c.isException() {
		o.attrs["args"] = append(starlark.Tuple(nil), args...)
		c.rt.osArgs(o)
	}
	return o
}

// initialize is __init__ of a new instance.
func (c *Class) initialize(thread *starlark.Thread, o *Instance, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	rt := c.rt
	init := c.find("__init__")
	if fields := c.allFields(); c.dataOf() != nil && c.definer("__init__") == nil || init == nil && len(fields) > 0 {
		if err := rt.fill(thread, o, fields, args, kwargs); err != nil {
			return nil, err
		}
		if c.isTuple() {
			return &namedTuple{c, o.values()}, nil
		}
		if post := c.find("__post_init__"); post != nil {
			_, err := starlark.Call(thread, post, append(starlark.Tuple{o}, o.initVars...), nil)
			return o, err
		}
		return o, nil
	}
	if init != nil {
		v, err := starlark.Call(thread, init, append(starlark.Tuple{o}, args...), kwargs)
		if err == nil && v != starlark.None {
			return nil, rt.raise("TypeError", "__init__() should return None, not '%s'", typeName(v))
		}
		return o, err
	}
	if !c.isException() && len(args)+len(kwargs) > 0 && c.find("__new__") == nil {
		return nil, rt.raise("TypeError", "%s() takes no arguments", c.name)
	}
	return o, nil
}

// abstract is the error for a class whose abstract methods are not all defined.
func (c *Class) abstract() error {
	if !c.subclass(c.rt.abstractCls) {
		return nil
	}
	var missing []string
	for _, n := range c.AttrNames() {
		if w, ok := c.find(n).(*wrapped); ok && w.isAbstract() {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	s := ""
	if len(missing) > 1 {
		s = "s"
	}
	return c.rt.raise("TypeError", "Can't instantiate abstract class %s with abstract method%s %s", c.name, s, strings.Join(missing, ", "))
}

// wrapped is a function with a decorator that its class looks at.
type wrapped struct {
	kind string         // staticmethod, classmethod, property, abstract
	fn   starlark.Value // the getter of a property
	set  starlark.Value // the setter of a property; nil when it has none
	del  starlark.Value
}

func (w *wrapped) isAbstract() bool {
	inner, ok := w.fn.(*wrapped)
	return w.kind == "abstract" || ok && inner.isAbstract()
}

func (w *wrapped) String() string        { return "<" + w.kind + " object>" }
func (w *wrapped) Type() string          { return w.kind }
func (w *wrapped) Freeze()               {}
func (w *wrapped) Truth() starlark.Bool  { return true }
func (w *wrapped) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: %s", w.kind) }
func (w *wrapped) Name() string          { return w.kind }

// CallInternal calls an abstract method: a subclass may do so by super().
func (w *wrapped) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return starlark.Call(thread, w.fn, args, kwargs)
}
