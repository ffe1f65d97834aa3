package pyrt

import (
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// dataOptions are the arguments of @dataclass.
type dataOptions struct{ frozen, order, noEq, noRepr, noInit, hash, kwOnly bool }

// field is a field of a dataclass or a named tuple.
type field struct {
	name  string
	value starlark.Value // nil when there is no default
	spec  *fieldSpec     // of field(…); nil for a plain field
	init  bool           // dataclasses.InitVar: for __post_init__ only
}

// fieldSpec is what dataclasses.field() gives.
type fieldSpec struct {
	starlark.NoneType
	value, factory                     starlark.Value
	noInit, noRepr, noCompare, keyOnly bool
}

// fieldInfo is an element of dataclasses.fields().
func fieldInfo(f field) starlark.Value {
	return starlarkstruct.FromStringDict(starlark.String("Field"), starlark.StringDict{"name": starlark.String(f.name)})
}

func (rt *Runtime) dataclassesModule() *starlarkstruct.Module {
	return namespace("dataclasses", starlark.StringDict{
		"dataclass": rt.pos("dataclass", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return a[0], nil }),
		"field": rt.fn("field", func(_ *starlark.Thread, _ starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			f := &fieldSpec{}
			for _, kv := range kw {
				v, no := kv[1], !bool(kv[1].Truth())
				switch kv[0].(starlark.String) {
				case "default":
					f.value = v
				case "default_factory":
					f.factory = v
				case "init":
					f.noInit = no
				case "repr":
					f.noRepr = no
				case "compare":
					f.noCompare = no
				case "kw_only":
					f.keyOnly = !no
				}
			}
			return f, nil
		}),
		"replace": rt.fn("replace", rt.replaceFields),
		"astuple": rt.pos("astuple", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			o, ok := a[0].(*Instance)
			if !ok || o.class.dataOf() == nil {
				return nil, rt.raise("TypeError", "astuple() should be called on dataclass instances")
			}
			return rt.plainData(o, true)
		}),
		"asdict": rt.pos("asdict", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			o, ok := a[0].(*Instance)
			if !ok || o.class.dataOf() == nil {
				return nil, rt.raise("TypeError", "asdict() should be called on dataclass instances")
			}
			return rt.plainData(o, false)
		}),
		"fields": rt.pos("fields", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			c, ok := a[0].(*Class)
			if o, isObj := a[0].(*Instance); isObj {
				c, ok = o.class, true
			}
			if !ok || c.dataOf() == nil {
				return nil, rt.raise("TypeError", "must be called with a dataclass type or instance")
			}
			var out starlark.Tuple
			for _, f := range c.allFields() {
				out = append(out, fieldInfo(f))
			}
			return out, nil
		}),
		"is_dataclass": rt.pos("is_dataclass", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			switch v := a[0].(type) {
			case *Class:
				return starlark.Bool(v.dataOf() != nil), nil
			case *Instance:
				return starlark.Bool(v.class.dataOf() != nil), nil
			}
			return starlark.False, nil
		}),
		"FrozenInstanceError": rt.classes["FrozenInstanceError"],
	})
}

// plainData turns dataclasses within a value into dicts or tuples, and copies containers.
func (rt *Runtime) plainData(v starlark.Value, tuple bool) (starlark.Value, error) {
	list := func(xs []starlark.Value) ([]starlark.Value, error) {
		out := make([]starlark.Value, len(xs))
		for i, x := range xs {
			y, err := rt.plainData(x, tuple)
			if err != nil {
				return nil, err
			}
			out[i] = y
		}
		return out, nil
	}
	switch v := v.(type) {
	case *Instance:
		if v.class.dataOf() == nil {
			return v, nil
		}
		xs, err := list(v.values())
		if err != nil || tuple {
			return starlark.Tuple(xs), err
		}
		d := &starlark.Dict{}
		for i, f := range v.class.allFields() {
			if err := d.SetKey(starlark.String(f.name), xs[i]); err != nil {
				return nil, err
			}
		}
		return d, nil
	case *starlark.List:
		var xs []starlark.Value
		for i := range v.Len() {
			xs = append(xs, v.Index(i))
		}
		xs, err := list(xs)
		return starlark.NewList(xs), err
	case starlark.Tuple:
		xs, err := list(v)
		return starlark.Tuple(xs), err
	case *starlark.Dict:
		d := &starlark.Dict{}
		for _, kv := range v.Items() {
			x, err := rt.plainData(kv[1], tuple)
			if err != nil {
				return nil, err
			}
			if err := d.SetKey(kv[0], x); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return rt.copyOf(v, true), nil
}

// dataOf gives the options of the nearest dataclass of the class's order; nil when there is none.
func (c *Class) dataOf() *dataOptions {
	for _, b := range c.order() {
		if b.data != nil {
			return b.data
		}
	}
	return nil
}

// allFields are the fields of the class and its bases: one that is defined anew stays at its place.
func (c *Class) allFields() []field {
	var out []field
	at := map[string]int{}
	order := c.order()
	for i := len(order) - 1; i >= 0; i-- {
		for _, f := range order[i].fields {
			if k, ok := at[f.name]; ok {
				out[k] = f
				continue
			}
			at[f.name] = len(out)
			out = append(out, f)
		}
	}
	return out
}

// fill is the __init__ of a dataclass.
func (rt *Runtime) fill(thread *starlark.Thread, o *Instance, fields []field, args starlark.Tuple, kwargs []starlark.Tuple) error {
	fn := o.class.name + ".__init__"
	var names, keyOnly []string
	opts := o.class.dataOf()
	for _, f := range fields {
		switch {
		case f.spec != nil && f.spec.noInit:
		case opts != nil && opts.kwOnly || f.spec != nil && f.spec.keyOnly:
			keyOnly = append(keyOnly, f.name)
		default:
			names = append(names, f.name)
		}
	}
	given := map[string]starlark.Value{}
	if len(args) > len(names) {
		return rt.raise("TypeError", "%s() takes %d positional argument%s but %d were given", fn, len(names)+1, plural(len(names)+1), len(args)+1)
	}
	for i, v := range args {
		given[names[i]] = v
	}
	for _, kv := range kwargs {
		k := string(kv[0].(starlark.String))
		if _, twice := given[k]; twice {
			return rt.raise("TypeError", "%s() got multiple values for argument '%s'", fn, k)
		}
		if !contains(names, k) && !contains(keyOnly, k) {
			return rt.raise("TypeError", "%s() got an unexpected keyword argument '%s'", fn, k)
		}
		given[k] = kv[1]
	}
	var missing []string
	for _, f := range fields {
		v := given[f.name]
		var err error
		switch {
		case v != nil:
		case f.spec != nil && f.spec.factory != nil:
			v, err = starlark.Call(thread, f.spec.factory, nil, nil)
		case f.spec != nil:
			v = f.spec.value
		default:
			v = f.value
		}
		if err != nil {
			return err
		}
		if v == nil {
			if f.spec == nil || !f.spec.noInit {
				missing = append(missing, f.name)
			}
			continue
		}
		if f.init {
			o.initVars = append(o.initVars, v)
			continue
		}
		o.put(f.name, v)
	}
	if len(missing) > 0 {
		return rt.raise("TypeError", "%s() missing %d required positional argument%s: %s", fn, len(missing), plural(len(missing)), quotedList(missing))
	}
	return nil
}

func contains(xs []string, s string) bool {
	for _, x := range xs {
		if x == s {
			return true
		}
	}
	return false
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// quotedList is 'a', 'b', and 'c', as CPython writes it.
func quotedList(names []string) string {
	out := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i < len(names)-1:
			out += ", "
		case len(names) == 2:
			out += " and "
		default:
			out += ", and "
		}
		out += "'" + n + "'"
	}
	return out
}

// values are the fields of an object of a dataclass.
func (o *Instance) values() starlark.Tuple {
	var out starlark.Tuple
	for _, f := range o.class.allFields() {
		if v := o.attrs[f.name]; v != nil && !f.init {
			out = append(out, v)
		}
	}
	return out
}

// compared are the fields by which objects of a dataclass are compared.
func (o *Instance) compared() starlark.Tuple {
	var out starlark.Tuple
	for _, f := range o.class.allFields() {
		if v := o.attrs[f.name]; v != nil && !f.init && (f.spec == nil || !f.spec.noCompare) {
			out = append(out, v)
		}
	}
	return out
}
