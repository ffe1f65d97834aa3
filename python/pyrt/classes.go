package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

func (rt *Runtime) objects(m starlark.StringDict) {
	for _, kind := range []string{"staticmethod", "classmethod", "property"} {
		m[kind] = rt.pos(kind, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return &wrapped{kind, a[0]}, nil
		})
	}
	m["new_class"] = rt.fn("new_class", rt.newClass)
	m["super"] = rt.pos("super", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return &superObject{a[0].(*Class), a[1]}, nil
	})
	m["object"] = rt.fn("object", func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return &Instance{class: &Class{rt: rt, name: "object", members: map[string]starlark.Value{}}, attrs: map[string]starlark.Value{}}, nil
	})
	m["setattr"] = rt.pos("setattr", 3, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		f, ok := a[0].(starlark.HasSetField)
		if !ok {
			return nil, rt.raise("AttributeError", "'%s' object has no attributes that can be set", typeName(a[0]))
		}
		name, _ := starlark.AsString(a[1])
		return starlark.None, f.SetField(name, a[2])
	})
	m["cell"] = rt.pos("cell", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c := &cell{rt: rt}
		if len(a) == 1 {
			c.value = a[0]
		}
		return c, nil
	})
}

func (rt *Runtime) newClass(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	a, err := rt.bind("new_class", []string{"name", "bases", "members", "fields"}, args, kwargs)
	if err != nil {
		return nil, err
	}
	c := &Class{rt: rt, name: string(a[0].(starlark.String)), members: map[string]starlark.Value{}}
	it := starlark.Iterate(a[1])
	defer it.Done()
	var b starlark.Value
	for it.Next(&b) {
		base, ok := b.(*Class)
		if !ok {
			return nil, rt.raise("TypeError", "%s can't be a base class", b)
		}
		c.bases = append(c.bases, base)
		c.data = c.data || base.data
	}
	for _, kv := range a[2].(*starlark.Dict).Items() {
		c.members[string(kv[0].(starlark.String))] = kv[1]
	}
	if c.subclass(rt.enumCls) {
		if err := c.enumerate(a[2].(*starlark.Dict)); err != nil {
			return nil, err
		}
	}
	if a[3] != nil {
		c.data = true
		l := a[3].(*starlark.List)
		for i := range l.Len() {
			t := l.Index(i).(starlark.Tuple)
			f := field{name: string(t[0].(starlark.String))}
			if len(t) > 1 {
				f.value = t[1]
				if w, ok := t[1].(*wrapped); !ok || w.kind != "field" {
					c.members[f.name] = t[1]
				}
			}
			c.fields = append(c.fields, f)
		}
	}
	return c, nil
}

type superObject struct {
	class *Class
	self  starlark.Value
}

func (s *superObject) String() string        { return "<super>" }
func (s *superObject) Type() string          { return "super" }
func (s *superObject) Freeze()               {}
func (s *superObject) Truth() starlark.Bool  { return true }
func (s *superObject) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: super") }
func (s *superObject) AttrNames() []string   { return nil }
func (s *superObject) Attr(name string) (starlark.Value, error) {
	rt := s.class.rt
	for _, b := range s.class.bases {
		if v := b.find(name); v != nil {
			if w, ok := v.(*wrapped); ok {
				v = w.fn
				if w.kind == "staticmethod" {
					return v, nil
				}
			}
			return rt.bound(name, v, s.self), nil
		}
	}
	if name == "__init__" {
		if s.class.isException() {
			return rt.bound(name, rt.exceptionInit(), s.self), nil
		}
		return rt.fn(name, func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.None, nil
		}), nil
	}
	if name == "__str__" || name == "__repr__" {
		return rt.fn(name, func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			o := s.self.(*Instance)
			if name == "__str__" && o.class.isException() {
				t, err := rt.exceptionText(o)
				return starlark.String(t), err
			}
			return starlark.String("<" + o.class.name + " object>"), nil
		}), nil
	}
	return nil, nil
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
