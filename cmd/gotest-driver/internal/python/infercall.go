package python

import (
	"cmp"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/script/api"
)

func (in *inference) call(x *syntax.Call) *typ {
	var args []*typ
	for _, a := range x.Args {
		args = append(args, in.of(a.Value))
	}
	if fn, ok := x.Fn.(*syntax.Name); ok && in.names[fn] != nil && in.names[fn].fn != nil {
		f := in.names[fn].fn
		in.bindArgs(f, x, args)
		return in.result(f)
	}
	if name := in.callee(x); name != "" {
		if t := in.known(name, x, args); t != tAny {
			return t
		}
	}
	if fn, ok := x.Fn.(*syntax.Attr); ok {
		return in.method(fn, in.of(fn.X), args)
	}
	in.of(x.Fn)
	return tAny
}

// known returns the result type of a function of Python or of the driver, by its dotted name.
func (in *inference) known(name string, x *syntax.Call, args []*typ) *typ {
	if len(args) == 0 {
		args = []*typ{nil}
	}
	elem := args[0].element()
	switch name {
	case "json.loads":
		return tJSON
	case "time.time", "time.monotonic", "time.perf_counter":
		return tFloat
	case "min", "max":
		if len(args) == 1 {
			return elem
		}
		if x.Args[1].Name == "" {
			return joinAll(args)
		}
		return tAny
	case "dict":
		if len(args) == 1 && args[0].only(kDict) {
			return args[0]
		}
	case "zip":
		var ts []*typ
		for _, t := range args {
			ts = append(ts, t.element())
		}
		return listOf(tupleOf(ts...))
	case "sum":
		if elem.only(kNumber) && len(args) == 1 {
			return &typ{k: elem.k&^kBool | kInt}
		}
	case "abs":
		if args[0].only(kInt | kFloat) {
			return args[0]
		}
	case "base64.b64encode", "base64.urlsafe_b64encode":
		return tBytes
	case "map":
		return listOf(tAny)
	case "filter":
		if len(args) == 2 {
			return listOf(args[1].element())
		}
	case "next":
		return joinAll(append([]*typ{elem}, args[1:]...))
	}
	f, _ := declared(name)
	f = cmp.Or(f, builtin(name), api.Load().Function(name))
	if f == nil {
		return tAny
	}
	return fromAPI(f.Result, map[string]*typ{"T": elem})
}

// classes are the names of the types with methods.
var classes = map[kinds]string{kStr: "str", kList: "list", kDict: "dict", kSet: "set"}

func (in *inference) method(fn *syntax.Attr, base *typ, args []*typ) *typ {
	if base == nil {
		return nil
	}
	if base.only(kMachine) {
		if c := api.Load().Class(base.name); c != nil && c.Method(fn.Name) != nil {
			return fromAPI(c.Method(fn.Name).Result, nil)
		}
		return tAny
	}
	if n, ok := unparen(fn.X).(*syntax.Name); ok && in.names[n] != nil {
		in.mutate(in.names[n], base, fn.Name, args)
	}
	if base.only(kJSON) && builtinMethod("dict", fn.Name) != nil {
		base = dictOf(tStr, tJSON)
	}
	var t *typ
	switch fn.Name {
	case "get", "pop", "setdefault":
		if base.only(kDict) && len(args) > 1 {
			return join(base.elem, args[1])
		}
	case "copy":
		return base
	case "encode":
		return tBytes
	case "decode":
		return tStr
	case "strip", "splitlines", "rstrip", "lstrip", "split":
		// An unknown object can have a method of any name; these names have no other meaning.
		switch {
		case len(args) > 0:
		case fn.Name == "strip" && !base.only(kBytes):
			return tWord
		case fn.Name == "split" && base.only(kStr|kJSON):
			return listOf(tWord)
		case base.may(0) && fn.Name != "split":
			return fromAPI(builtinMethod("str", fn.Name).Result, nil)
		}
	}
	for k, class := range classes {
		if m := builtinMethod(class, fn.Name); m != nil && (base.has(k) || k == kStr && base.has(kJSON)) {
			t = join(t, fromAPI(m.Result, map[string]*typ{"T": base.elem, "K": base.key, "V": base.elem}))
		}
	}
	if t == nil || base.may(0) {
		return tAny
	}
	return t
}

// mutate records the values that a method adds to a container.
func (in *inference) mutate(v *variable, base *typ, method string, args []*typ) {
	if len(args) == 0 || !mutators()[method] {
		return
	}
	last := args[len(args)-1]
	switch {
	case base.only(kList|kSet) && (method == "extend" || method == "update"):
		in.add(v, &typ{k: base.k, elem: last.element()})
	case base.only(kList | kSet):
		in.add(v, &typ{k: base.k, elem: last})
	case base.only(kDict) && method == "setdefault" && len(args) == 2:
		in.add(v, dictOf(args[0], last))
	case base.only(kDict) && last.only(kDict):
		in.add(v, last)
	case base.only(kDict):
		in.add(v, dictOf(tAny, tAny))
	}
}

// bindArgs adds the types of a call's arguments to the parameters of a function of the script.
func (in *inference) bindArgs(f *syntax.FuncDef, x *syntax.Call, args []*typ) {
	give := func(i int, t *typ) {
		if v := in.params[f][i]; v != nil && paramType(f.Params[i]) == nil {
			in.add(v, t)
		}
	}
	pos := 0
	for i, a := range x.Args {
		for j, p := range f.Params {
			if a.Star != 0 {
				give(j, tAny)
			} else if a.Name != "" && a.Name == p.Name {
				give(j, args[i])
			}
		}
		if a.Star == 0 && a.Name == "" && pos < len(f.Params) && f.Params[pos].Star == 0 {
			give(pos, args[i])
			pos++
		}
	}
}
