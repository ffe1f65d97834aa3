package pyrt

import (
	"math/big"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// autoValue stands for the next number in an enumeration.
type autoValue struct {
	starlark.NoneType
	value starlark.Value // once it is known
	// of what is combined with | and so on: the operator and its operands
	op   syntax.Token
	x, y starlark.Value
}

// Binary combines values that are not known yet.
func (a *autoValue) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if side == starlark.Right {
		return &autoValue{op: op, x: y, y: a}, nil
	}
	return &autoValue{op: op, x: a, y: y}, nil
}

// known gives the value of what auto() stands for; nil when it is not known yet.
func known(v starlark.Value) (starlark.Value, error) {
	a, ok := v.(*autoValue)
	switch {
	case !ok:
		return v, nil
	case a.x == nil:
		return a.value, nil
	}
	x, err := known(a.x)
	if err != nil {
		return nil, err
	}
	y, err := known(a.y)
	if err != nil {
		return nil, err
	}
	return starlark.Binary(a.op, x, y)
}

func (rt *Runtime) enumClasses() {
	derived := func(name, mixin string, bases ...*Class) *Class {
		c := rt.plainClass(name)
		c.bases, c.mixin = bases, mixin
		return c
	}
	rt.enumCls = derived("Enum", "")
	rt.flagCls = derived("Flag", "", rt.enumCls)
	rt.intEnumCls = derived("IntEnum", "int", rt.enumCls)
	rt.strEnumCls = derived("StrEnum", "str", rt.enumCls)
}

func (rt *Runtime) enumModule() *starlarkstruct.Module {
	same := rt.pos("unique", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c, ok := a[0].(*Class)
		if !ok {
			return a[0], nil
		}
		for name, v := range c.members {
			if o, ok := v.(*Instance); ok && o.class == c && o.attrs["_name_"] != starlark.String(name) {
				return nil, rt.raise("ValueError", "duplicate values found in <enum '%s'>: %s -> %s", c.name, name, string(o.attrs["_name_"].(starlark.String)))
			}
		}
		return c, nil
	})
	intFlag := rt.plainClass("IntFlag")
	intFlag.bases, intFlag.mixin = []*Class{rt.flagCls}, "int"
	return namespace("enum", starlark.StringDict{
		"Enum": rt.enumCls, "Flag": rt.flagCls, "IntEnum": rt.intEnumCls, "StrEnum": rt.strEnumCls, "IntFlag": intFlag, "unique": same,
		"auto": rt.pos("auto", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return &autoValue{}, nil }),
	})
}

// mixed is the type whose values the members of an enumeration are too; empty for none.
func (c *Class) mixed() string {
	for _, b := range c.order() {
		if b.mixin != "" {
			return b.mixin
		}
	}
	return ""
}

// member makes a member of an enumeration.
func (c *Class) member(name string, v starlark.Value) *Instance {
	return &Instance{class: c, attrs: map[string]starlark.Value{"_name_": starlark.String(name), "_value_": v}}
}

// enumerate makes the members of an enumeration from the constants of its class.
func (c *Class) enumerate(members *starlark.Dict) error {
	next, flag := 1, c.subclass(c.rt.flagCls)
	for _, kv := range members.Items() {
		name, v := string(kv[0].(starlark.String)), kv[1]
		if o, ok := v.(*Instance); ok && o.class == c {
			v = o.attrs["_value_"]
		}
		switch a := v.(type) {
		case *starlark.Function, *starlark.Builtin, *function, *wrapped, *Class:
			continue
		case *autoValue:
			if a.x == nil && a.value == nil {
				a.value = starlark.MakeInt(next)
				if c.mixed() == "str" {
					a.value = starlark.String(strings.ToLower(name))
				}
			}
			var err error
			if v, err = known(a); err != nil {
				return err
			}
		}
		if name[0] == '_' {
			continue
		}
		if n, err := starlark.AsInt32(v); err == nil {
			next = n + 1
			for next = max(next, 1); flag && next&(next-1) != 0; {
				next++
			}
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
			o = c.member(name, v)
			if init := c.find("__init__"); init != nil {
				args, ok := v.(starlark.Tuple)
				if !ok {
					args = starlark.Tuple{v}
				}
				if _, err := c.rt.call(init, append(starlark.Tuple{o}, args...)...); err != nil {
					return err
				}
			}
			c.enum = append(c.enum, o)
		}
		c.members[name] = o
	}
	return nil
}

// enumMembers is __members__.
func (c *Class) enumMembers() (starlark.Value, error) {
	d := &starlark.Dict{}
	for _, m := range c.enum {
		if err := d.SetKey(m.attrs["_name_"], m); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// single are the members of an enumeration that iterating gives: of a flag, those of one bit.
func (c *Class) single() []*Instance {
	if !c.subclass(c.rt.flagCls) {
		return c.enum
	}
	var out []*Instance
	for _, m := range c.enum {
		if n := m.bits(); n.Sign() > 0 && new(big.Int).And(n, new(big.Int).Sub(n, big.NewInt(1))).Sign() == 0 {
			out = append(out, m)
		}
	}
	return out
}

// enumMember is the member with a value.
func (c *Class) enumMember(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	a, err := c.rt.bind(c.name, []string{"value"}, args, kwargs)
	if err != nil {
		return nil, err
	}
	if a[0] == nil {
		return nil, c.rt.raise("TypeError", "%s() needs a value", c.name)
	}
	v := a[0]
	if o, ok := v.(*Instance); ok && o.class == c {
		return o, nil
	}
	for _, m := range c.enum {
		if eq, err := c.rt.equal(m.attrs["_value_"], v); err != nil {
			return nil, err
		} else if eq {
			return m, nil
		}
	}
	if n, ok := v.(starlark.Int); ok && c.subclass(c.rt.flagCls) {
		return c.flag(n.BigInt())
	}
	if f := c.find("_missing_"); f != nil {
		if w, ok := f.(*wrapped); ok {
			f = w.fn
		}
		if m, err := c.rt.call(f, c, v); err != nil || m != starlark.None {
			return m, err
		}
	}
	s, err := c.rt.repr(v)
	if err != nil {
		return nil, err
	}
	return nil, c.rt.raise("ValueError", "%s is not a valid %s", s, c.name)
}

// Iterate goes over the members of an enumeration.
func (c *Class) Iterate() starlark.Iterator {
	i, members := 0, c.single()
	return &loopIter{&lazyIter{rt: c.rt, next: func() (starlark.Value, error) {
		if c.enum == nil {
			return nil, c.rt.raise("TypeError", "'type' object is not iterable")
		}
		if i == len(members) {
			return nil, nil
		}
		i++
		return members[i-1], nil
	}}}
}

// Len is the number of the members of an enumeration.
func (c *Class) Len() int { return len(c.single()) }

// Get gives the member with a name; Starlark asks it for `member in Class` too.
func (c *Class) Get(k starlark.Value) (starlark.Value, bool, error) {
	for _, m := range c.enum {
		if m == k {
			return m, true, nil
		}
	}
	if c.enum == nil {
		if f := c.find("__class_getitem__"); f != nil {
			if w, ok := f.(*wrapped); ok {
				f = w.fn
			}
			v, err := c.rt.call(f, c, k)
			return v, err == nil, err
		}
		if c.subclass(c.rt.generic) {
			return c, true, nil
		}
		return nil, false, c.rt.raise("TypeError", "type '%s' is not subscriptable", c.name)
	}
	if name, ok := k.(starlark.String); ok {
		if o, ok := c.members[string(name)].(*Instance); ok && o.class == c {
			return o, true, nil
		}
	}
	return nil, false, &Raised{Exc: c.rt.exception("KeyError", k)}
}

// native is the value of a member of an enumeration that is a number or a string too; nil for other objects.
func (o *Instance) native() starlark.Value {
	if v, ok := o.attrs["_value_"]; ok && o.class.mixed() != "" {
		return v
	}
	return nil
}

// nativeOf is what v counts as for Starlark's operators.
func nativeOf(v starlark.Value) starlark.Value {
	if o, ok := v.(*Instance); ok {
		return o.native()
	}
	return v
}

func (o *Instance) isFlag() bool {
	return o.attrs["_value_"] != nil && o.class.subclass(o.class.rt.flagCls)
}

func (o *Instance) bits() *big.Int {
	if n, ok := o.attrs["_value_"].(starlark.Int); ok {
		return n.BigInt()
	}
	return new(big.Int)
}

// nativeBinary operates on members of flags, or as the number or string that the object is.
func (o *Instance) nativeBinary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	c := o.class
	if o.isFlag() {
		p, ok := y.(*Instance)
		var other *big.Int
		switch {
		case ok && p.class == c:
			other = p.bits()
		case c.mixed() == "int":
			if n, isInt := y.(starlark.Int); isInt {
				other = n.BigInt()
			}
		}
		if other != nil {
			switch op {
			case syntax.PIPE:
				return c.flag(new(big.Int).Or(o.bits(), other))
			case syntax.AMP:
				return c.flag(new(big.Int).And(o.bits(), other))
			case syntax.CIRCUMFLEX:
				return c.flag(new(big.Int).Xor(o.bits(), other))
			case syntax.IN: // y in o
				return starlark.Bool(new(big.Int).And(o.bits(), other).Cmp(other) == 0), nil
			}
		}
	}
	v := o.native()
	if v == nil {
		return nil, nil
	}
	if w := nativeOf(y); w != nil {
		y = w
	}
	if side == starlark.Right {
		return starlark.Binary(op, y, v)
	}
	return starlark.Binary(op, v, y)
}

// flag is the member of a flag enumeration with these bits, or one made of several.
func (c *Class) flag(bits *big.Int) (starlark.Value, error) {
	if bits.Sign() < 0 {
		bits = new(big.Int).And(bits, c.allBits())
	}
	for _, m := range c.enum {
		if m.bits().Cmp(bits) == 0 {
			return m, nil
		}
	}
	rest := new(big.Int).AndNot(bits, c.allBits())
	if rest.Sign() != 0 && c.mixed() == "" {
		return nil, c.rt.raise("ValueError", "%s is not a valid %s", bits, c.name)
	}
	var names []string
	for _, m := range c.single() {
		if new(big.Int).And(m.bits(), bits).Sign() != 0 {
			names = append(names, string(m.attrs["_name_"].(starlark.String)))
		}
	}
	if rest.Sign() != 0 {
		names = append(names, rest.String())
	}
	name := strings.Join(names, "|")
	return c.rt.composite(c, name, bits), nil
}

// composite gives the same object for the same bits.
func (rt *Runtime) composite(c *Class, name string, bits *big.Int) *Instance {
	key := "\x00" + bits.String()
	if o, ok := c.members[key].(*Instance); ok {
		return o
	}
	o := c.member(name, starlark.MakeBigInt(bits))
	if name == "" {
		o.attrs["_name_"] = starlark.None
	}
	c.members[key] = o
	return o
}

func (c *Class) allBits() *big.Int {
	n := new(big.Int)
	for _, m := range c.enum {
		n.Or(n, m.bits())
	}
	return n
}

func (o *Instance) invertFlag() (starlark.Value, error) {
	return o.class.flag(new(big.Int).AndNot(o.class.allBits(), o.bits()))
}

// enumText is str() of a member of an enumeration, and its repr().
func (o *Instance) enumText(quoted bool) (string, error) {
	name, named := o.attrs["_name_"].(starlark.String)
	c, rt := o.class, o.class.rt
	if quoted {
		s, err := rt.repr(o.attrs["_value_"])
		if !named {
			return "<" + c.name + ": " + s + ">", err
		}
		return "<" + c.name + "." + string(name) + ": " + s + ">", err
	}
	if c.subclass(rt.intEnumCls) || c.subclass(rt.strEnumCls) || c.subclass(rt.flagCls) && c.mixed() == "int" {
		return rt.str(o.attrs["_value_"])
	}
	if !named {
		return c.name + "(" + o.bits().String() + ")", nil
	}
	return c.name + "." + string(name), nil
}
