package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// results are what functions of Python's own give.
var results = map[string]*typ{
	"len": tInt, "str": tStr, "int": tInt, "bool": tBool, "repr": tStr, "range": tRange, "print": tNone,
	"ord": tInt, "chr": tStr, "hex": tStr, "oct": tStr, "bin": tStr, "isinstance": tBool, "any": tBool, "all": tBool,
	"callable": tBool, "hasattr": tBool, "format": tStr, "ascii": tStr, "float": tFloat, "hash": tInt,
	"json.loads": tJSON, "json.load": tJSON, "json.dumps": tStr,
	"time.time": tFloat, "time.monotonic": tFloat, "time.sleep": tNone, "time.strftime": tStr,
	"re.sub": tStr, "re.escape": tStr, "re.split": listOf(tAny), "re.findall": listOf(tAny),
	"shlex.quote": tStr, "shlex.join": tStr, "shlex.split": tStrs,
	"base64.b64encode": tStr, "base64.urlsafe_b64encode": tStr, // in Starlark
	"random.randint": tInt, "random.random": tFloat,
	"start_all": tNone, "join_all": tNone,
}

// methodResults are what methods give whose name says enough, when the receiver is no object of its own.
var methodResults = map[string]*typ{
	"strip": tStr, "lstrip": tStr, "rstrip": tStr, "lower": tStr, "upper": tStr, "title": tStr, "capitalize": tStr,
	"replace": tStr, "join": tStr, "format": tStr, "removeprefix": tStr, "removesuffix": tStr, "zfill": tStr,
	"ljust": tStr, "rjust": tStr, "center": tStr, "decode": tStr, "encode": tBytes, "split": tStrs,
	"rsplit": tStrs, "splitlines": tStrs, "startswith": tBool, "endswith": tBool, "isdigit": tBool,
	"partition": tupleOf(tStr, tStr, tStr), "rpartition": tupleOf(tStr, tStr, tStr), "swapcase": tStr,
	"expandtabs": tStr, "casefold": tStr, "isalpha": tBool, "isalnum": tBool, "isspace": tBool, "isupper": tBool,
	"islower": tBool, "find": tInt, "rfind": tInt, "index": tInt, "count": tInt,
	"append": tNone, "extend": tNone, "insert": tNone, "sort": tNone, "reverse": tNone, "clear": tNone,
	"add": tNone, "discard": tNone, "remove": tNone, "update": tNone,
}

func (in *inference) call(x *syntax.Call) *typ {
	var args []*typ
	for _, a := range x.Args {
		args = append(args, in.of(a.Value))
	}
	switch fn := x.Fn.(type) {
	case *syntax.Name:
		v := in.names[fn]
		if v == nil {
			return tAny
		}
		if v.fn != nil {
			in.bindArgs(v.fn, x, args)
			if v.typ == nil {
				return nil
			}
			return v.typ.ret
		}
		if !v.free {
			if v.module != "" {
				return in.known(v.module, x, args)
			}
			if v.typ.only(kFunc) {
				return v.typ.ret
			}
			return tAny
		}
		return in.known(fn.ID, x, args)
	case *syntax.Attr:
		if name := in.dotted(fn); name != "" {
			if t := in.known(name, x, args); t != tAny {
				return t
			}
		}
		base := in.of(fn.X)
		return in.method(fn, base, args)
	}
	in.of(x.Fn)
	return tAny
}

func (in *inference) known(name string, x *syntax.Call, args []*typ) *typ {
	if t, ok := results[name]; ok {
		return t
	}
	if path := moduleMember(name); path != "" {
		module, fn, _ := strings.Cut(path, ".")
		if m := apiModule(module); m != nil && m.Function(fn) != nil {
			return fromAPI(m.Function(fn).Result)
		}
	}
	arg := func(i int) *typ {
		if i < len(args) {
			return args[i]
		}
		return tAny
	}
	elem := func(i int) *typ {
		if i >= len(args) {
			return nil
		}
		return in.element(args[i])
	}
	switch name {
	case "list", "sorted", "reversed":
		return listOf(elem(0))
	case "tuple":
		return &typ{k: kTuple, elem: elem(0)}
	case "set":
		return &typ{k: kSet, elem: elem(0)}
	case "dict":
		if len(args) == 1 && arg(0).only(kDict) {
			return arg(0)
		}
		return dictOf(tAny, tAny)
	case "enumerate":
		return listOf(tupleOf(tInt, elem(0)))
	case "zip":
		var ts []*typ
		for i := range args {
			ts = append(ts, elem(i))
		}
		return listOf(tupleOf(ts...))
	case "min", "max":
		if len(x.Args) == 1 {
			return elem(0)
		}
		if len(x.Args) > 1 && x.Args[1].Name == "" {
			return joinAll(args)
		}
		return tAny
	case "sum":
		if elem(0).only(kInt|kBool) && len(args) == 1 {
			return tInt
		}
		return tAny
	case "abs":
		if arg(0).only(kInt) {
			return tInt
		}
		return tAny
	case "round":
		if len(args) == 1 {
			return tInt
		}
		return tAny
	case "map":
		if len(x.Args) == 2 {
			if f, ok := x.Args[0].Value.(*syntax.Name); ok {
				if v := in.names[f]; v != nil && v.free {
					if t, ok := results[f.ID]; ok {
						return listOf(t)
					}
				}
			}
			if arg(0).only(kFunc) {
				return listOf(arg(0).ret)
			}
		}
		return listOf(tAny)
	case "filter":
		return listOf(elem(1))
	case "next":
		if len(args) == 2 {
			return join(elem(0), arg(1))
		}
		return elem(0)
	case "create_machine":
		return machineOf("Machine")
	}
	return tAny
}

func (in *inference) method(fn *syntax.Attr, base *typ, args []*typ) *typ {
	if base == nil {
		return nil
	}
	if base.only(kMachine) {
		if t, ok := machineMethod(base.name, fn.Name); ok {
			return t
		}
		return tAny
	}
	if n, ok := unparen(fn.X).(*syntax.Name); ok && in.names[n] != nil {
		in.mutate(in.names[n], base, fn.Name, args)
	}
	switch fn.Name {
	case "keys":
		if base.only(kDict) {
			return listOf(base.key)
		}
		return listOf(tAny)
	case "values":
		if base.only(kDict) {
			return listOf(base.elem)
		}
		if base.only(kJSON) {
			return listOf(tJSON)
		}
		return listOf(tAny)
	case "items":
		if base.only(kDict) {
			return listOf(tupleOf(base.key, base.elem))
		}
		if base.only(kJSON) {
			return listOf(tupleOf(tStr, tJSON))
		}
		return listOf(tupleOf(tAny, tAny))
	case "get", "setdefault", "pop":
		if base.only(kJSON) {
			return tJSON
		}
		if base.only(kDict) {
			t := base.elem
			if len(args) > 1 {
				t = join(t, args[1])
			} else if fn.Name == "get" {
				t = join(t, tNone)
			}
			return t
		}
		if base.only(kList | kSet) {
			return base.elem
		}
		return tAny
	case "copy":
		return base
	case "union", "intersection", "difference", "symmetric_difference":
		return base
	case "wait_for_qmp_event":
		return tAny
	}
	if base.may(kObject | kFunc) {
		// An unknown object can have a method of any name; only names that no sensible class gives another
		// meaning say something about the result.
		if base.k&kAny != 0 && len(args) == 0 {
			switch fn.Name {
			case "strip", "splitlines", "rstrip", "lstrip":
				return methodResults[fn.Name]
			}
		}
		return tAny
	}
	if t, ok := methodResults[fn.Name]; ok {
		if base.only(kBytes) && t == tStr && fn.Name != "decode" {
			return tBytes
		}
		if base.only(kBytes) && t == tStrs {
			return listOf(tBytes)
		}
		return t
	}
	return tAny
}

// mutate records what a method puts into a container.
func (in *inference) mutate(v *variable, base *typ, method string, args []*typ) {
	if len(args) == 0 || v.free {
		return
	}
	last := args[len(args)-1]
	switch {
	case base.only(kList) && (method == "append" || method == "insert"):
		in.add(v, listOf(last))
	case base.only(kList) && method == "extend":
		in.add(v, listOf(in.element(last)))
	case base.only(kSet) && method == "add":
		in.add(v, &typ{k: kSet, elem: last})
	case base.only(kSet) && method == "update":
		in.add(v, &typ{k: kSet, elem: in.element(last)})
	case base.only(kDict) && method == "setdefault" && len(args) == 2:
		in.add(v, dictOf(args[0], args[1]))
	case base.only(kDict) && method == "update":
		if last.only(kDict) {
			in.add(v, last)
		} else {
			in.add(v, dictOf(tAny, tAny))
		}
	}
}

// bindArgs joins what a call gives into the parameters of a function of the script.
func (in *inference) bindArgs(f *syntax.FuncDef, x *syntax.Call, args []*typ) {
	params, vars := f.Params, in.params[f]
	give := func(i int, t *typ) {
		if p := params[i]; vars[i] != nil && p.Star == 0 && !(p.Ann != nil && !fromAnnotation(p.Ann).may(kAny)) {
			in.add(vars[i], t)
		}
	}
	pos := 0
	for i, a := range x.Args {
		switch {
		case a.Star != 0:
			for j := range params {
				give(j, tAny)
			}
		case a.Name != "":
			for j, p := range params {
				if p.Name == a.Name {
					give(j, args[i])
				}
			}
		default:
			if pos < len(params) && params[pos].Slash {
				pos++
			}
			if pos < len(params) && params[pos].Star == 0 {
				give(pos, args[i])
				pos++
			}
		}
	}
}
