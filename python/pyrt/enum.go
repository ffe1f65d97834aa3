package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// autoValue stands for the next number in an enumeration.
type autoValue struct{ starlark.NoneType }

func (rt *Runtime) enumModule() *starlarkstruct.Module {
	same := rt.pos("unique", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return a[0], nil })
	return namespace("enum", starlark.StringDict{
		"Enum": rt.enumCls, "unique": same,
		"auto": rt.pos("auto", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return autoValue{}, nil }),
	})
}

// enumerate makes the members of an enumeration from the constants of its class.
func (c *Class) enumerate(members *starlark.Dict) error {
	next := 1
	for _, kv := range members.Items() {
		name, v := string(kv[0].(starlark.String)), kv[1]
		switch v.(type) {
		case *starlark.Function, *starlark.Builtin, *wrapped:
			continue
		case autoValue:
			v = starlark.MakeInt(next)
		}
		if name[0] == '_' {
			continue
		}
		if n, err := starlark.AsInt32(v); err == nil {
			next = n + 1
		}
		var o *Instance
		for _, m := range c.enum { // a second name of the same value
			if eq, err := c.rt.equal(m.attrs["_value_"], v); err != nil {
				return err
			} else if eq {
				o = m
			}
		}
		if o == nil {
			o = &Instance{class: c, attrs: map[string]starlark.Value{"_name_": starlark.String(name), "_value_": v}}
			c.enum = append(c.enum, o)
		}
		c.members[name] = o
	}
	return nil
}

// enumMember is the member with a value.
func (c *Class) enumMember(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	a, err := c.rt.bind(c.name, []string{"value"}, args, kwargs)
	if err != nil {
		return nil, err
	}
	for _, m := range c.enum {
		if eq, err := c.rt.equal(m.attrs["_value_"], a[0]); err != nil {
			return nil, err
		} else if eq || m == a[0] {
			return m, nil
		}
	}
	s, err := c.rt.repr(a[0])
	if err != nil {
		return nil, err
	}
	return nil, c.rt.raise("ValueError", "%s is not a valid %s", s, c.name)
}

// Iterate goes over the members of an enumeration.
func (c *Class) Iterate() starlark.Iterator {
	i := 0
	return &loopIter{&lazyIter{rt: c.rt, next: func() (starlark.Value, error) {
		if c.enum == nil {
			return nil, c.rt.raise("TypeError", "'type' object is not iterable")
		}
		if i == len(c.enum) {
			return nil, nil
		}
		i++
		return c.enum[i-1], nil
	}}}
}

// Len is the number of the members of an enumeration.
func (c *Class) Len() int { return len(c.enum) }

// Get gives the member with a name; Starlark asks it for `member in Class` too.
func (c *Class) Get(k starlark.Value) (starlark.Value, bool, error) {
	for _, m := range c.enum {
		if m == k {
			return m, true, nil
		}
	}
	if c.enum == nil {
		return nil, false, c.rt.raise("TypeError", "type '%s' is not subscriptable", c.name)
	}
	if name, ok := k.(starlark.String); ok {
		if o, ok := c.members[string(name)].(*Instance); ok && o.class == c {
			return o, true, nil
		}
	}
	return nil, false, &Raised{Exc: c.rt.exception("KeyError", k)}
}
