package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// kinds is a set of possible kinds of a value.
type kinds uint32

const (
	kNone kinds = 1 << iota
	kBool
	kInt
	kFloat
	kStr
	kBytes
	kList
	kDict
	kSet
	kTuple
	kRange
	kJSON    // a result of json.loads: None, bool, int, float, str, list or dict
	kMachine // an object of the driver
	kAny
)

const kNumber = kBool | kInt | kFloat

// typ is the known type of a value. A nil *typ means that no value is known yet.
type typ struct {
	k    kinds
	elem *typ   // of list, set, tuple, dict values and ranges
	key  *typ   // of dict
	tup  []*typ // of a tuple of known length
	name string // of a class of the driver

	blanks bool // a string may begin or end with blanks
}

var (
	tAny   = &typ{k: kAny}
	tNone  = &typ{k: kNone}
	tBool  = &typ{k: kBool}
	tInt   = &typ{k: kInt}
	tFloat = &typ{k: kFloat}
	tStr   = &typ{k: kStr, blanks: true}
	tWord  = &typ{k: kStr}
	tBytes = &typ{k: kBytes}
	tJSON  = &typ{k: kJSON}
)

// plainTypes are the types without parameters, by their names in both languages.
var plainTypes = map[string]*typ{
	"None": tNone, "bool": tBool, "int": tInt, "float": tFloat, "str": tStr, "bytes": tBytes, "range": {k: kRange, elem: tInt},
}

func listOf(t *typ) *typ          { return &typ{k: kList, elem: t} }
func setOf(t *typ) *typ           { return &typ{k: kSet, elem: t} }
func tupleOf(ts ...*typ) *typ     { return &typ{k: kTuple, tup: ts, elem: joinAll(ts)} }
func dictOf(k, v *typ) *typ       { return &typ{k: kDict, key: k, elem: v} }
func machineOf(class string) *typ { return &typ{k: kMachine, name: class} }

// only reports whether a value of type t is certainly one of ks. It is false for a nil type.
func (t *typ) only(ks kinds) bool { return t != nil && t.k != 0 && t.k&^ks == 0 }

// has reports whether a value is known to be possibly one of ks.
func (t *typ) has(ks kinds) bool { return t != nil && t.k&ks != 0 }

// may reports whether it may be one of ks.
func (t *typ) may(ks kinds) bool { return t == nil || t.k&(ks|kAny) != 0 }

// is reports whether a value is of a class of the driver, or None.
func (t *typ) is(class string) bool { return t.only(kMachine|kNone) && t.name == class }

// fits reports whether a value of type t can have the annotation want, as far as is known; Python does not check
// annotations.
func (t *typ) fits(want *typ) bool {
	return want.may(kAny) || t.may(kJSON) || t.k&^want.k == 0
}

// element returns the type of the elements of an iteration.
func (t *typ) element() *typ {
	switch {
	case t == nil:
		return nil
	case t.only(kStr):
		return tStr
	case t.only(kDict):
		return t.key
	case t.only(kList | kSet | kTuple | kRange):
		return t.elem
	case t.only(kJSON):
		return tJSON
	case t.only(kBytes):
		return tInt
	}
	return tAny
}

func join(a, b *typ) *typ {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	case (a.k|b.k)&kAny != 0, a.k&b.k&kMachine != 0 && a.name != b.name:
		return tAny
	}
	t := &typ{k: a.k | b.k, elem: join(a.elem, b.elem), key: join(a.key, b.key), name: a.name, blanks: a.blanks || b.blanks}
	if a.name == "" {
		t.name = b.name
	}
	switch {
	case a.k&kTuple == 0:
		t.tup = b.tup
	case b.k&kTuple == 0:
		t.tup = a.tup
	case len(a.tup) == len(b.tup):
		for i := range a.tup {
			t.tup = append(t.tup, join(a.tup[i], b.tup[i]))
		}
	}
	return t
}

func joinAll(ts []*typ) *typ {
	var t *typ
	for _, u := range ts {
		t = join(t, u)
	}
	return t
}

// bound cuts a deeply nested type, because the types of recursive data would grow for ever.
func (t *typ) bound(depth int) *typ {
	switch {
	case t == nil || t.elem == nil && t.key == nil && t.tup == nil:
		return t
	case depth == 0:
		return tAny
	}
	u := &typ{k: t.k, elem: t.elem.bound(depth - 1), key: t.key.bound(depth - 1), name: t.name, blanks: t.blanks}
	if len(t.tup) < 16 {
		for _, x := range t.tup {
			u.tup = append(u.tup, x.bound(depth-1))
		}
	}
	return u
}

// fromAPI converts a declared type of the driver's API to a typ; vars has the types of its type variables.
func fromAPI(t *api.Type, vars map[string]*typ) *typ {
	if t == nil {
		return tAny
	}
	if v, ok := vars[t.Name]; ok {
		return v
	}
	if p := plainTypes[t.Name]; p != nil {
		return p
	}
	if a := api.Load().Alias(t.Name); a != nil && a.Name != "Duration" {
		return fromAPI(a.Type, vars)
	}
	if api.Load().Class(t.Name) != nil {
		return machineOf(t.Name)
	}
	var args []*typ
	for _, a := range t.Args {
		args = append(args, fromAPI(a, vars))
	}
	if t.Name == "|" {
		return joinAll(args)
	}
	return generic(t.Name, args, len(t.Args) == 2 && t.Args[1].Name == "...")
}

// generic returns the type of a container by its name and parameters; open reports whether a tuple may have any number of
// elements.
func generic(name string, args []*typ, open bool) *typ {
	switch {
	case len(args) == 0:
	case name == "list":
		return listOf(args[0])
	case name == "set":
		return setOf(args[0])
	case name == "dict" && len(args) == 2:
		return dictOf(args[0], args[1])
	case name == "tuple" && open:
		return &typ{k: kTuple, elem: args[0]}
	case name == "tuple":
		return tupleOf(args...)
	}
	return tAny
}

// builtin returns Starlark's own function of that name, nil when there is none.
func builtin(name string) *api.Function {
	u := api.Load().Starlark.Functions
	if i := slices.IndexFunc(u, func(f *api.Function) bool { return f.Name == name }); i >= 0 {
		return u[i]
	}
	return nil
}

// builtinMethod returns the method of one of Starlark's own types, nil when there is none.
func builtinMethod(class, name string) *api.Function {
	for _, c := range api.Load().Starlark.Classes {
		if c.Name == class {
			return c.Method(name)
		}
	}
	return nil
}
