package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Instance is an object of a class.
type Instance struct {
	class    *Class
	attrs    map[string]starlark.Value
	order    []string
	initVars starlark.Tuple // for __post_init__
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
	if o.isFlag() {
		return o.bits().Sign() != 0
	}
	if v := o.native(); v != nil {
		return v.Truth()
	}
	return true
}

// Hash follows Python: a class with an __eq__ of its own needs a __hash__.
func (o *Instance) Hash() (uint32, error) {
	c := o.class
	by := c.definer("__hash__", "__eq__")
	opts := c.dataOf()
	switch {
	case by != nil && by.members["__hash__"] != nil && by.members["__hash__"] != starlark.None:
		v, err := c.rt.call(by.members["__hash__"], o)
		if err != nil {
			return 0, err
		}
		return v.Hash()
	case opts != nil && !opts.noEq && by == nil:
		if opts.frozen || opts.hash {
			return o.compared().Hash()
		}
		return 0, c.rt.raise("TypeError", "unhashable type: '%s'", c.name)
	case by != nil:
		return 0, c.rt.raise("TypeError", "unhashable type: '%s'", c.name)
	}
	if v := o.native(); v != nil {
		return v.Hash()
	}
	return starlark.String(fmt.Sprintf("%p", o)).Hash()
}

// Attr gives a field, a bound method or the value of a property.
func (o *Instance) Attr(name string) (starlark.Value, error) {
	rt := o.class.rt
	member := o.class.find(name)
	if w, ok := member.(*wrapped); ok && w.kind == "property" {
		return rt.property(o, name, w)
	}
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
		return attrsDict(o.attrs, o.order)
	case "__doc__":
		return rt.docOf(o)
	}
	switch v := member.(type) {
	case nil:
		if o.class.isException() {
			if v, err := rt.exceptionAttr(o, name); v != nil || err != nil {
				return v, err
			}
		}
		if v := o.native(); v != nil {
			if a, err := rt.attr(v, name); a != nil || err != nil {
				return a, err
			}
		}
		if f := o.class.find("__getattr__"); f != nil {
			v, err := rt.call(f, o, starlark.String(name))
			if err != nil && rt.Exception(err).class.subclass(rt.classes["AttributeError"]) && rt.Exception(err).class.name == "AttributeError" {
				return nil, err
			}
			return v, err
		}
		return nil, nil
	case *wrapped:
		if v.kind == "classmethod" {
			return rt.bound(name, v.fn, o.class), nil
		}
		if v.kind == "abstract" {
			return rt.bound(name, v.fn, o), nil
		}
		return v.fn, nil
	case *Instance:
		if get := v.class.find("__get__"); get != nil {
			return rt.call(get, v, o, o.class)
		}
	}
	v, _ := rt.method(name, member, o)
	return v, nil
}

// property calls the getter of a property.
func (rt *Runtime) property(o starlark.Value, name string, w *wrapped) (starlark.Value, error) {
	fn := w.fn
	if a, ok := fn.(*wrapped); ok {
		fn = a.fn
	}
	if fn == nil || fn == starlark.None {
		return nil, rt.raise("AttributeError", "property '%s' of '%s' object has no getter", name, typeName(o))
	}
	return rt.call(fn, o)
}

// AttrNames lists the fields and the members of the class.
func (o *Instance) AttrNames() []string {
	names := append([]string(nil), o.order...)
	return append(names, o.class.AttrNames()...)
}

// SetField assigns a field, or calls what the class has for that.
func (o *Instance) SetField(name string, v starlark.Value) error {
	if f := o.class.find("__setattr__"); f != nil {
		_, err := o.class.rt.call(f, o, starlark.String(name), v)
		return err
	}
	return o.assign(name, v)
}

// assign is object.__setattr__, but frozen dataclasses forbid it.
func (o *Instance) assign(name string, v starlark.Value) error {
	rt := o.class.rt
	if d := o.class.dataOf(); d != nil && d.frozen {
		return rt.raise("FrozenInstanceError", "cannot assign to field '%s'", name)
	}
	switch m := o.class.find(name).(type) {
	case *wrapped:
		if m.kind == "property" {
			if m.set == nil {
				return rt.raise("AttributeError", "property '%s' of '%s' object has no setter", name, o.class.name)
			}
			_, err := rt.call(m.set, o, v)
			return err
		}
	case *Instance:
		if set := m.class.find("__set__"); set != nil {
			_, err := rt.call(set, m, o, v)
			return err
		}
	}
	for _, c := range o.class.order() {
		if c.slots == nil {
			o.put(name, v)
			return nil
		}
		if c.slots[name] {
			o.put(name, v)
			return nil
		}
	}
	return rt.raise("AttributeError", "'%s' object has no attribute '%s'", o.class.name, name)
}

// put sets a field, whatever the class says.
func (o *Instance) put(name string, v starlark.Value) {
	if _, ok := o.attrs[name]; !ok {
		o.order = append(o.order, name)
	}
	o.attrs[name] = v
}

// remove deletes a field.
func (o *Instance) remove(name string) error {
	rt := o.class.rt
	if d := o.class.dataOf(); d != nil && d.frozen {
		return rt.raise("FrozenInstanceError", "cannot delete field '%s'", name)
	}
	if w, ok := o.class.find(name).(*wrapped); ok && w.kind == "property" {
		if w.del == nil {
			return rt.raise("AttributeError", "property '%s' of '%s' object has no deleter", name, o.class.name)
		}
		_, err := rt.call(w.del, o)
		return err
	}
	if f := o.class.find("__delattr__"); f != nil {
		_, err := rt.call(f, o, starlark.String(name))
		return err
	}
	if _, ok := o.attrs[name]; !ok {
		return rt.raise("AttributeError", "'%s' object has no attribute '%s'", o.class.name, name)
	}
	delete(o.attrs, name)
	for i, n := range o.order {
		if n == name {
			o.order = append(o.order[:i:i], o.order[i+1:]...)
			break
		}
	}
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

// notImplemented is what a method of an operator returns for what it can't do.
type notImplemented struct{ starlark.NoneType }

func (notImplemented) String() string { return "NotImplemented" }

// operate calls a method of an operator; nil tells that there is none, or that it can't do this.
func (o *Instance) operate(name string, y starlark.Value) (starlark.Value, error) {
	f := o.class.find(name)
	if name == "" || f == nil || f == starlark.None {
		return nil, nil
	}
	v, err := o.class.rt.call(f, o, y)
	if _, ok := v.(notImplemented); ok {
		return nil, err
	}
	return v, err
}

var comparisons = map[syntax.Token][2]string{
	syntax.EQL: {"__eq__", "__eq__"}, syntax.NEQ: {"__ne__", "__ne__"}, syntax.LT: {"__lt__", "__gt__"},
	syntax.LE: {"__le__", "__ge__"}, syntax.GT: {"__gt__", "__lt__"}, syntax.GE: {"__ge__", "__le__"},
}

// compareObjects compares values of which at least one is an object; ok is false when neither knows how.
func (rt *Runtime) compareObjects(op syntax.Token, x, y starlark.Value) (result, ok bool, err error) {
	names := comparisons[op]
	try := func(a, b starlark.Value, name string) (bool, error) {
		o, isObj := a.(*Instance)
		if !isObj {
			return false, nil
		}
		v, err := o.operate(name, b)
		if err != nil || v == nil {
			return false, err
		}
		result = bool(v.Truth())
		return true, nil
	}
	if done, err := try(x, y, names[0]); done || err != nil {
		return result, done, err
	}
	if done, err := try(y, x, names[1]); done || err != nil {
		return result, done, err
	}
	if op == syntax.NEQ {
		eq, done, err := rt.compareObjects(syntax.EQL, x, y)
		return !eq, done, err
	}
	o, p := rt.asInstance(x), rt.asInstance(y)
	if o != nil && p != nil && o.class == p.class {
		if d := o.class.dataOf(); d != nil && (op == syntax.EQL && !d.noEq || op != syntax.EQL && d.order) {
			result, err := rt.compareValues(op, o.compared(), p.compared())
			return result, true, err
		}
	}
	if a, b := nativeOf(x), nativeOf(y); (a != x || b != y) && a != nil && b != nil {
		result, err := rt.compareValues(op, a, b)
		return result, true, err
	}
	if op == syntax.EQL {
		return x == y, true, nil
	}
	return false, false, nil
}

func (rt *Runtime) asInstance(v starlark.Value) *Instance { o, _ := v.(*Instance); return o }

// CompareSameType compares with __eq__, __lt__ and so on; objects without these are equal only to themselves.
func (o *Instance) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	p, ok := y.(*Instance)
	rt := o.class.rt
	if !ok {
		return false, nil
	}
	result, ok, err := rt.compareObjects(op, o, p)
	if err == nil && !ok {
		err = rt.notSupported(op.String(), o, p)
	}
	return result, err
}

// notSupported is the TypeError of a comparison.
func (rt *Runtime) notSupported(op string, x, y starlark.Value) error {
	return rt.raise("TypeError", "'%s' not supported between instances of '%s' and '%s'", op, typeName(x), typeName(y))
}

// Get implements object[key].
func (o *Instance) Get(k starlark.Value) (starlark.Value, bool, error) {
	f := o.class.find("__getitem__")
	if f == nil {
		if v := o.native(); v != nil {
			x, err := o.class.rt.item(v, k)
			return x, err == nil, err
		}
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

var operators = map[syntax.Token][2]string{
	syntax.PLUS: {"__add__", "__radd__"}, syntax.MINUS: {"__sub__", "__rsub__"}, syntax.STAR: {"__mul__", "__rmul__"},
	syntax.SLASH: {"__truediv__", "__rtruediv__"}, syntax.SLASHSLASH: {"__floordiv__", "__rfloordiv__"}, syntax.PERCENT: {"__mod__", "__rmod__"},
	syntax.PIPE: {"__or__", "__ror__"}, syntax.AMP: {"__and__", "__rand__"}, syntax.CIRCUMFLEX: {"__xor__", "__rxor__"},
	syntax.LTLT: {"__lshift__", "__rlshift__"}, syntax.GTGT: {"__rshift__", "__rrshift__"}, syntax.IN: {"", "__contains__"},
}

// Binary implements the operators by their methods.
func (o *Instance) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	n := operators[op][0]
	if side == starlark.Right {
		n = operators[op][1]
	}
	v, err := o.operate(n, y)
	if err != nil {
		return nil, err
	}
	if v != nil {
		if op == syntax.IN {
			v = v.Truth()
		}
		return v, nil
	}
	return o.nativeBinary(op, y, side)
}

// Unary implements -x, +x and ~x.
func (o *Instance) Unary(op syntax.Token) (starlark.Value, error) {
	name := map[syntax.Token]string{syntax.MINUS: "__neg__", syntax.PLUS: "__pos__", syntax.TILDE: "__invert__"}[op]
	if f := o.class.find(name); f != nil {
		return o.class.rt.call(f, o)
	}
	if o.isFlag() && op == syntax.TILDE {
		return o.invertFlag()
	}
	if v := o.native(); v != nil {
		return starlark.Unary(op, v)
	}
	return nil, nil
}
