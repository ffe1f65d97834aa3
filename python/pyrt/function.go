package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

// function is a function of the script that is more than Starlark's: a decorator made it, or it has attributes. In a
// class it is a method.
type function struct {
	rt    *Runtime
	name  string
	like  starlark.Value // what it was made of
	call  builtinFunc
	attrs map[string]starlark.Value
	order []string
}

// wrap makes a function that passes for another one.
func (rt *Runtime) wrap(like starlark.Value, call builtinFunc) *function {
	name := "function"
	if n, err := rt.nameOf(like); err == nil {
		name = string(n)
	}
	f := &function{rt: rt, name: name, like: like, call: call, attrs: map[string]starlark.Value{}}
	if g, ok := like.(*function); ok {
		for _, k := range g.order {
			_ = f.SetField(k, g.attrs[k])
		}
	}
	return f
}

func (rt *Runtime) functions(m starlark.StringDict) {
	// function makes a function that has attributes, of a plain one.
	m["function"] = rt.pos("function", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		f := rt.wrap(a[0], func(th *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return starlark.Call(th, a[0], args, kw)
		})
		if len(a) == 2 {
			f.name, _ = starlark.AsString(a[1])
		}
		return f, nil
	})
	m["doc_of"] = rt.pos("doc_of", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.docOf(a[0]) })
}

// docOf is the attribute __doc__.
func (rt *Runtime) docOf(v starlark.Value) (starlark.Value, error) {
	switch v := v.(type) {
	case *starlark.Function:
		if v.Doc() == "" {
			return starlark.None, nil
		}
		return starlark.String(v.Doc()), nil
	case *function:
		if d, ok := v.attrs["__doc__"]; ok {
			return d, nil
		}
		return rt.docOf(v.like)
	case *Class:
		if d, ok := v.members["__doc__"]; ok {
			return d, nil
		}
	case *Instance:
		return rt.docOf(v.class)
	}
	return starlark.None, nil
}

func (f *function) String() string        { return "<function " + f.name + ">" }
func (f *function) Type() string          { return "function" }
func (f *function) Freeze()               {}
func (f *function) Truth() starlark.Bool  { return true }
func (f *function) Hash() (uint32, error) { return starlark.String(fmt.Sprintf("%p", f)).Hash() }
func (f *function) Name() string          { return f.name }
func (f *function) AttrNames() []string   { return f.order }

// CallInternal calls it.
func (f *function) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	f.rt.thread = thread
	return f.call(thread, args, kwargs)
}

// Attr gives what was assigned, and what all functions have.
func (f *function) Attr(name string) (starlark.Value, error) {
	if v, ok := f.attrs[name]; ok {
		return v, nil
	}
	switch name {
	case "__name__", "__qualname__":
		return starlark.String(f.name), nil
	case "__doc__":
		return f.rt.docOf(f)
	case "__wrapped__":
		return f.like, nil
	case "__dict__":
		return attrsDict(f.attrs, f.order)
	}
	return nil, nil
}

// SetField assigns an attribute.
func (f *function) SetField(name string, v starlark.Value) error {
	if name == "__name__" {
		f.name, _ = starlark.AsString(v)
		return nil
	}
	if _, ok := f.attrs[name]; !ok {
		f.order = append(f.order, name)
	}
	f.attrs[name] = v
	return nil
}

func attrsDict(attrs map[string]starlark.Value, order []string) (starlark.Value, error) {
	d := &starlark.Dict{}
	for _, k := range order {
		if err := d.SetKey(starlark.String(k), attrs[k]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// method gives a function that is a member of a class its first argument; ok is false for other members.
func (rt *Runtime) method(name string, fn, self starlark.Value) (m starlark.Value, ok bool) {
	switch fn.(type) {
	case *starlark.Function, *function:
		return rt.bound(name, fn, self), true
	}
	return fn, false
}
