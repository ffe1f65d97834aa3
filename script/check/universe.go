package check

import (
	"fmt"
	"sort"
	"sync"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// universe has the predeclared names of a script, the API's and Starlark's own, as types.
type universe struct {
	api     *api.API
	classes map[string]*class
	globals map[string]*member
	aliases map[string]*typ
}

// sharedUniverse makes the universe of the program's own API once.
var sharedUniverse = sync.OnceValue(func() *universe { return newUniverse(api.Load()) })

func newUniverse(a *api.API) *universe {
	u := &universe{api: a, classes: map[string]*class{}, globals: map[string]*member{}, aliases: map[string]*typ{}}
	for _, list := range [][]*api.Class{a.Classes, a.Starlark.Classes} {
		for _, c := range list {
			u.classes[c.Name] = u.class(c)
		}
	}
	for _, al := range a.Aliases {
		t, err := u.fromAPI(al.Type)
		if err != nil {
			panic(fmt.Sprintf("declarations: type %s: %v", al.Name, err)) // a part of the program; a test loads it
		}
		c := *t
		c.alias = al.Name
		u.aliases[al.Name] = &c
	}
	for _, v := range a.Variables {
		u.globals[v.Name] = &member{name: v.Name, typ: u.must(v.Type), doc: v.Doc, variable: v}
	}
	for _, list := range [][]*api.Function{a.Functions, a.Starlark.Functions} {
		for _, f := range list {
			u.globals[f.Name] = u.method(f)
		}
	}
	for _, list := range [][]*api.Module{a.Modules, a.Starlark.Modules} {
		for _, m := range list {
			mod := &module{name: m.Name, doc: m.Doc, members: u.members(m.Variables, m.Functions)}
			if m.Call != nil {
				mod.call = u.function(m.Call)
			}
			u.globals[m.Name] = &member{name: m.Name, typ: &typ{k: kModule, mod: mod}, doc: m.Doc}
		}
	}
	for _, c := range []struct {
		name string
		typ  *typ
		doc  string
	}{{"True", tBool, "Yes."}, {"False", tBool, "No."}, {"None", tNone, "No value."}} {
		u.globals[c.name] = &member{name: c.name, typ: c.typ, doc: c.doc}
	}
	return u
}

// iterMethod is the declared method whose result is the type of a loop's variable over a value. Scripts can't call it.
const iterMethod = "__iter__"

func (u *universe) class(d *api.Class) *class {
	return &class{name: d.Name, doc: d.Doc, members: u.members(d.Attributes, d.Methods), iter: sync.OnceValue(func() *typ {
		if f := d.Method(iterMethod); f != nil {
			return u.must(f.Result).args[0]
		}
		return nil
	})}
}

// members returns a function that creates the members at its first call: a script uses few of the API's classes.
func (u *universe) members(variables []*api.Variable, functions []*api.Function) func() map[string]*member {
	return sync.OnceValue(func() map[string]*member {
		m := map[string]*member{}
		for _, v := range variables {
			m[v.Name] = &member{name: v.Name, typ: u.must(v.Type), doc: v.Doc, variable: v}
		}
		for _, f := range functions {
			if f.Name != iterMethod {
				m[f.Name] = u.method(f)
			}
		}
		return m
	})
}

func (u *universe) method(f *api.Function) *member {
	return &member{name: f.Name, typ: &typ{k: kFunc, fn: u.function(f)}, doc: f.Doc, fn: f, qemuOnly: f.QEMUOnly}
}

func (u *universe) function(f *api.Function) *fnType {
	fn := &fnType{name: f.FullName(), result: u.must(f.Result), decl: f}
	for _, p := range f.Params {
		fn.params = append(fn.params, param{name: p.Name, kind: p.Kind, typ: u.must(p.Type), declared: p.Type, hasDef: p.Default != "", posOnly: p.PositionalOnly})
	}
	for _, o := range f.Overloads {
		fn.overloads = append(fn.overloads, u.function(o))
	}
	return fn
}

func (u *universe) must(t *api.Type) *typ {
	r, err := u.fromAPI(t)
	if err != nil {
		panic(fmt.Sprintf("declarations: %v", err)) // a part of the program; a test loads it
	}
	return r
}

type typeError struct {
	name string
	msg  string
}

func (e *typeError) Error() string { return e.msg }

// fromAPI converts a declared type; the error names what is not a type.
func (u *universe) fromAPI(t *api.Type) (*typ, error) { return u.convert(t, nil) }

func (u *universe) convert(t *api.Type, own map[string]*typ) (*typ, error) {
	if t == nil {
		return tAny, nil
	}
	args := make([]*typ, 0, len(t.Args))
	variadic := false
	for _, a := range t.Args {
		if a.Name == "..." {
			variadic = true
			continue
		}
		x, err := u.convert(a, own)
		if err != nil {
			return nil, err
		}
		args = append(args, x)
	}
	arity := func(n int, k kind) (*typ, error) {
		if len(args) == 0 {
			for range n {
				args = append(args, tAny)
			}
		}
		if len(args) != n || variadic {
			return nil, &typeError{t.Name, fmt.Sprintf("%s takes %s", t.Name, plural(n, "type"))}
		}
		return &typ{k: k, args: args}, nil
	}
	if simple, ok := simpleTypes[t.Name]; ok {
		if len(t.Args) > 0 {
			return nil, &typeError{t.Name, t.Name + " takes no types in brackets"}
		}
		return simple, nil
	}
	switch t.Name {
	case "|":
		r := &typ{k: kUnion}
		for _, a := range args {
			if a.k == kAny || a.k == kObject {
				return tAny, nil
			}
			r.args = append(r.args, a.members()...)
		}
		return r, nil
	case "list", "List":
		return arity(1, kList)
	case "set":
		return arity(1, kSet)
	case "dict":
		return arity(2, kDict)
	case "Iterable", "Iterator", "Sequence":
		return arity(1, kIterable)
	case "tuple":
		if len(t.Args) == 0 {
			return &typ{k: kTuple, args: []*typ{tAny}, variadic: true}, nil
		}
		if variadic && len(args) != 1 {
			return nil, &typeError{t.Name, "write tuple[T, ...] for any number of T"}
		}
		return &typ{k: kTuple, args: args, variadic: variadic}, nil
	case "Literal":
		return literalType(t.Literals), nil
	case "Callable":
		if len(args) == 0 {
			return &typ{k: kFunc, fn: &fnType{name: "function", anyParams: true, result: tAny}}, nil
		}
		fn := &fnType{name: "function", anyParams: t.AnyParams, result: args[len(args)-1]}
		for i, a := range args[:len(args)-1] {
			fn.params = append(fn.params, param{name: fmt.Sprint(i + 1), typ: a, posOnly: true})
		}
		return &typ{k: kFunc, fn: fn}, nil
	}
	if x, ok := own[t.Name]; ok {
		return x, nil
	}
	if x, ok := u.aliases[t.Name]; ok {
		return x, nil
	}
	if _, ok := u.classes[t.Name]; ok || u.api.IsMachine(t.Name) {
		return classOf(t.Name), nil
	}
	if len(t.Name) == 1 && t.Name >= "A" && t.Name <= "Z" {
		return &typ{k: kVar, name: t.Name}, nil
	}
	return nil, &typeError{t.Name, fmt.Sprintf("there is no type %s", t.Name)}
}

var simpleTypes = map[string]*typ{
	"Any": tAny, "object": tObject, "Never": tNever, "NoReturn": tNever, "None": tNone, "bool": tBool, "int": tInt, "float": tFloat,
	"str": tStr, "bytes": tBytes, "range": tRange, "Sized": {k: kSized},
}

func literalType(lits []string) *typ {
	r := tNever
	for _, l := range lits {
		base := tInt
		switch {
		case l == "None":
			base = tNone
		case l == "True" || l == "False":
			base = tBool
		case l[0] == '"':
			base = tStr
		case l[0] == 'b':
			base = tBytes
		}
		c := *base
		if base != tNone {
			c.lits = []string{l}
		}
		r = join(r, &c)
	}
	if r.k == kUnion {
		r.soft = false
	}
	return r
}

// typeNames returns all names that an annotation may use.
func (u *universe) typeNames() []string {
	names := []string{"list", "dict", "set", "tuple", "Iterable", "Callable", "Literal"}
	for _, class := range u.api.MachineClasses() {
		names = append(names, class)
	}
	for n := range simpleTypes {
		names = append(names, n)
	}
	for n := range u.aliases {
		names = append(names, n)
	}
	for n := range u.classes {
		if !contains(names, n) {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	return names
}

// classOfType returns the class with the members of a type's values, nil when none is declared.
func (u *universe) classOfType(t *typ) *class {
	switch t.k {
	case kStr:
		return u.classes["str"]
	case kBytes:
		return u.classes["bytes"]
	case kInt:
		return u.classes["int"]
	case kFloat:
		return u.classes["float"]
	case kBool:
		return u.classes["bool"]
	case kList:
		return u.classes["list"]
	case kDict:
		return u.classes["dict"]
	case kSet:
		return u.classes["set"]
	case kTuple:
		return u.classes["tuple"]
	case kRange:
		return u.classes["range"]
	case kClass:
		if isMachine(t) {
			return u.classes["Machine"]
		}
		return u.classes[t.name]
	}
	return nil
}

func isMachine(t *typ) bool { return t.k == kClass && api.Load().IsMachine(t.name) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
