package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// kinds is a set of what a value may be.
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
	kJSON    // what json.loads gives: None, bool, int, float, str, list or dict
	kMachine // an object of the driver
	kFunc
	kObject // a value of a module of Python, or of a class of the script
	kAny
)

// typ is what is known about a value. A nil *typ means that nothing reaches it yet.
type typ struct {
	k    kinds
	elem *typ   // of list, set, tuple, dict values and ranges
	key  *typ   // of dict
	tup  []*typ // of a tuple of known length
	ret  *typ   // of a function
	name string // of a class of the driver, or of a module
}

var (
	tAny   = &typ{k: kAny}
	tNone  = &typ{k: kNone}
	tBool  = &typ{k: kBool}
	tInt   = &typ{k: kInt}
	tFloat = &typ{k: kFloat}
	tStr   = &typ{k: kStr}
	tBytes = &typ{k: kBytes}
	tJSON  = &typ{k: kJSON}
	tRange = &typ{k: kRange, elem: tInt}
	tStrs  = &typ{k: kList, elem: tStr}
)

func listOf(t *typ) *typ          { return &typ{k: kList, elem: t} }
func tupleOf(ts ...*typ) *typ     { return &typ{k: kTuple, tup: ts, elem: joinAll(ts)} }
func dictOf(k, v *typ) *typ       { return &typ{k: kDict, key: k, elem: v} }
func machineOf(class string) *typ { return &typ{k: kMachine, name: class} }

// only tells whether a value of type t is certainly one of ks. An unreached value is nothing in particular.
func (t *typ) only(ks kinds) bool { return t != nil && t.k != 0 && t.k&^ks == 0 }

// has tells whether a value is known to be possibly one of ks.
func (t *typ) has(ks kinds) bool { return t != nil && t.k&ks != 0 }

// may tells whether it may be one of ks.
func (t *typ) may(ks kinds) bool { return t == nil || t.k&(ks|kAny) != 0 }

func join(a, b *typ) *typ { return joinDepth(a, b, 4) }

func joinDepth(a, b *typ, depth int) *typ {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	case depth == 0 || a.k&kAny != 0 || b.k&kAny != 0:
		return tAny
	}
	t := &typ{k: a.k | b.k, elem: joinDepth(a.elem, b.elem, depth-1), key: joinDepth(a.key, b.key, depth-1), ret: joinDepth(a.ret, b.ret, depth-1)}
	if a.name == b.name {
		t.name = a.name
	} else if a.k&(kMachine|kObject) != 0 && b.k&(kMachine|kObject) != 0 {
		return tAny
	} else {
		t.name = a.name + b.name
	}
	switch {
	case a.k&kTuple == 0:
		t.tup = b.tup
	case b.k&kTuple == 0:
		t.tup = a.tup
	case len(a.tup) == len(b.tup):
		for i := range a.tup {
			t.tup = append(t.tup, joinDepth(a.tup[i], b.tup[i], depth-1))
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

// same tells whether two types say the same, so that inference can stop.
func same(a, b *typ, depth int) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.k != b.k || a.name != b.name || len(a.tup) != len(b.tup) {
		return false
	}
	if depth == 0 {
		return true
	}
	for i := range a.tup {
		if !same(a.tup[i], b.tup[i], depth-1) {
			return false
		}
	}
	return same(a.elem, b.elem, depth-1) && same(a.key, b.key, depth-1) && same(a.ret, b.ret, depth-1)
}

// bound cuts a type that nests deeper than anybody asks for; without it, recursive data would grow for ever.
func (t *typ) bound(depth int) *typ {
	if t == nil {
		return nil
	}
	if depth == 0 {
		return tAny
	}
	if t.elem == nil && t.key == nil && t.ret == nil && t.tup == nil {
		return t
	}
	u := *t
	u.elem, u.key, u.ret = t.elem.bound(depth-1), t.key.bound(depth-1), t.ret.bound(depth-1)
	u.tup = nil
	if len(t.tup) < 16 {
		for _, x := range t.tup {
			u.tup = append(u.tup, x.bound(depth-1))
		}
	}
	return &u
}

// fromAPI turns a declared type of the driver's API into a typ.
func fromAPI(t *api.Type) *typ {
	if t == nil {
		return tAny
	}
	if a := api.Load().Alias(t.Name); a != nil && a.Name != "Duration" {
		return fromAPI(a.Type)
	}
	arg := func(i int) *typ {
		if i < len(t.Args) {
			return fromAPI(t.Args[i])
		}
		return tAny
	}
	switch t.Name {
	case "None":
		return tNone
	case "bool":
		return tBool
	case "int":
		return tInt
	case "float":
		return tFloat
	case "str":
		return tStr
	case "bytes":
		return tBytes
	case "list":
		return listOf(arg(0))
	case "dict":
		return dictOf(arg(0), arg(1))
	case "tuple":
		if len(t.Args) == 2 && t.Args[1].Name == "..." {
			return &typ{k: kTuple, elem: arg(0)}
		}
		u := &typ{k: kTuple}
		for i := range t.Args {
			u.tup = append(u.tup, arg(i))
		}
		u.elem = joinAll(u.tup)
		return u
	case "|":
		var u *typ
		for i := range t.Args {
			u = join(u, arg(i))
		}
		return u
	}
	if c := api.Load().Class(t.Name); c != nil {
		return machineOf(t.Name)
	}
	if t.Name == "QemuMachine" || t.Name == "NspawnMachine" {
		return machineOf("Machine")
	}
	return tAny
}

// fromAnnotation turns a Python annotation into a typ; tAny for what it does not know.
func fromAnnotation(x syntax.Expr) *typ {
	switch x := x.(type) {
	case *syntax.Paren:
		return fromAnnotation(x.X)
	case *syntax.Name:
		switch x.ID {
		case "None":
			return tNone
		case "bool":
			return tBool
		case "int":
			return tInt
		case "float":
			return join(tFloat, tInt)
		case "str":
			return tStr
		case "bytes":
			return tBytes
		case "list", "List":
			return listOf(tAny)
		case "dict", "Dict":
			return dictOf(tAny, tAny)
		case "set", "Set":
			return &typ{k: kSet, elem: tAny}
		case "tuple", "Tuple":
			return &typ{k: kTuple, elem: tAny}
		case "Machine", "QemuMachine", "NspawnMachine", "BaseMachine":
			return machineOf("Machine")
		}
	case *syntax.Str:
		if len(x.Parts) == 1 && !x.Parts[0].Format() {
			if f, err := syntax.Parse("", x.Parts[0].Value); err == nil && len(f.Body) == 1 {
				if e, ok := f.Body[0].(*syntax.ExprStmt); ok {
					if _, ok := e.X.(*syntax.Str); !ok {
						return fromAnnotation(e.X)
					}
				}
			}
		}
	case *syntax.Attr:
		return fromAnnotation(&syntax.Name{ID: x.Name})
	case *syntax.Binary:
		if x.Op == "|" {
			return join(fromAnnotation(x.X), fromAnnotation(x.Y))
		}
	case *syntax.Index:
		base := ""
		switch b := x.X.(type) {
		case *syntax.Name:
			base = b.ID
		case *syntax.Attr:
			base = b.Name
		}
		args := []syntax.Expr{x.Sub}
		if t, ok := x.Sub.(*syntax.Tuple); ok {
			args = t.Elts
		}
		switch strings.ToLower(base) {
		case "list":
			return listOf(fromAnnotation(args[0]))
		case "set":
			return &typ{k: kSet, elem: fromAnnotation(args[0])}
		case "dict":
			if len(args) == 2 {
				return dictOf(fromAnnotation(args[0]), fromAnnotation(args[1]))
			}
		case "optional":
			return join(tNone, fromAnnotation(args[0]))
		case "union":
			var u *typ
			for _, a := range args {
				u = join(u, fromAnnotation(a))
			}
			return u
		case "tuple":
			if n, ok := args[len(args)-1].(*syntax.Name); ok && n.ID == "..." {
				return &typ{k: kTuple, elem: fromAnnotation(args[0])}
			}
			u := &typ{k: kTuple}
			for _, a := range args {
				u.tup = append(u.tup, fromAnnotation(a))
			}
			u.elem = joinAll(u.tup)
			return u
		}
	}
	return tAny
}

// annotation writes a Python annotation in the dialect; empty when it has no counterpart there.
func annotation(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Paren:
		return annotation(x.X)
	case *syntax.Name:
		switch x.ID {
		case "None", "bool", "int", "float", "str", "bytes", "list", "dict", "set", "tuple", "Any", "object":
			return x.ID
		case "List", "Dict", "Set", "Tuple":
			return strings.ToLower(x.ID)
		case "Machine", "QemuMachine", "NspawnMachine":
			return x.ID
		case "BaseMachine":
			return "Machine"
		case "Callable":
			return "Any"
		}
	case *syntax.Attr:
		return annotation(&syntax.Name{ID: x.Name})
	case *syntax.Str:
		if len(x.Parts) == 1 && !x.Parts[0].Format() {
			if f, err := syntax.Parse("", x.Parts[0].Value); err == nil && len(f.Body) == 1 {
				if e, ok := f.Body[0].(*syntax.ExprStmt); ok {
					if _, ok := e.X.(*syntax.Str); !ok {
						return annotation(e.X)
					}
				}
			}
		}
	case *syntax.Binary:
		a, b := annotation(x.X), annotation(x.Y)
		if x.Op == "|" && a != "" && b != "" {
			return a + " | " + b
		}
	case *syntax.Index:
		args := []syntax.Expr{x.Sub}
		if t, ok := x.Sub.(*syntax.Tuple); ok {
			args = t.Elts
		}
		var parts []string
		for _, a := range args {
			if n, ok := a.(*syntax.Name); ok && n.ID == "..." {
				parts = append(parts, "...")
				continue
			}
			s := annotation(a)
			if s == "" {
				s = "Any"
			}
			parts = append(parts, s)
		}
		base := ""
		switch b := x.X.(type) {
		case *syntax.Name:
			base = b.ID
		case *syntax.Attr:
			base = b.Name
		}
		switch base {
		case "Optional":
			return parts[0] + " | None"
		case "Union":
			return strings.Join(parts, " | ")
		case "Iterable", "Iterator", "Sequence", "Generator", "Callable", "Literal":
			return "Any"
		case "list", "List", "dict", "Dict", "set", "Set", "tuple", "Tuple":
			return strings.ToLower(base) + "[" + strings.Join(parts, ", ") + "]"
		}
	}
	return ""
}
