package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

// chainMap is collections.ChainMap: the first of its dicts that has a key gives the value, and takes what is assigned.
type chainMap struct {
	rt   *Runtime
	maps *starlark.List
}

func (rt *Runtime) newChainMap() *starlark.Builtin {
	return rt.pos("ChainMap", 0, -1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			a = starlark.Tuple{&starlark.Dict{}}
		}
		for _, m := range a {
			if _, ok := m.(starlark.IterableMapping); !ok {
				return nil, rt.raise("TypeError", "'%s' object is not a mapping", typeName(m))
			}
		}
		return &chainMap{rt, starlark.NewList(append([]starlark.Value(nil), a...))}, nil
	})
}

func (c *chainMap) String() string             { return c.text() }
func (c *chainMap) Type() string               { return "ChainMap" }
func (c *chainMap) Freeze()                    { c.maps.Freeze() }
func (c *chainMap) Truth() starlark.Bool       { return c.Len() > 0 }
func (c *chainMap) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: ChainMap") }
func (c *chainMap) Len() int                   { return c.merged().Len() }
func (c *chainMap) Iterate() starlark.Iterator { return c.merged().Iterate() }
func (c *chainMap) Items() []starlark.Tuple    { return c.merged().Items() }
func (c *chainMap) AttrNames() []string {
	return []string{"get", "items", "keys", "maps", "new_child", "parents", "values"}
}

func (c *chainMap) text() string {
	s, err := c.rt.repr(c.maps)
	if err != nil {
		return "ChainMap"
	}
	return "ChainMap(" + s[1:len(s)-1] + ")"
}

// merged is all of it as one dict, in Python's order: that of the last dict, then what those before it add.
func (c *chainMap) merged() *starlark.Dict {
	d := &starlark.Dict{}
	for i := c.maps.Len() - 1; i >= 0; i-- {
		if m, ok := c.maps.Index(i).(starlark.IterableMapping); ok {
			for _, kv := range m.Items() {
				_ = d.SetKey(kv[0], kv[1]) // the key is one of a dict
			}
		}
	}
	return d
}

// Get looks a key up.
func (c *chainMap) Get(k starlark.Value) (starlark.Value, bool, error) { return c.merged().Get(k) }

// SetKey assigns in the first dict.
func (c *chainMap) SetKey(k, v starlark.Value) error {
	if m, ok := c.maps.Index(0).(starlark.HasSetKey); ok {
		return m.SetKey(k, v)
	}
	return c.rt.raise("TypeError", "'%s' object does not support item assignment", typeName(c.maps.Index(0)))
}

// Attr gives the methods of a dict for reading, and those of ChainMap.
func (c *chainMap) Attr(name string) (starlark.Value, error) {
	switch name {
	case "maps":
		return c.maps, nil
	case "parents":
		xs := values(c.maps)[1:]
		if len(xs) == 0 {
			xs = []starlark.Value{&starlark.Dict{}}
		}
		return &chainMap{c.rt, starlark.NewList(xs)}, nil
	case "new_child":
		return c.rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			first := append(a, &starlark.Dict{})[0]
			return &chainMap{c.rt, starlark.NewList(append([]starlark.Value{first}, values(c.maps)...))}, nil
		}), nil
	case "get", "items", "keys", "values":
		return c.merged().Attr(name)
	}
	return nil, nil
}
