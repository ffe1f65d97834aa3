package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// methods of Python whose counterpart is a function of py, dispatched by the type of the value at run time.
var pyMethods = map[string]bool{
	"sort": true, "reverse": true, "zfill": true, "ljust": true, "rjust": true, "center": true, "swapcase": true,
	"casefold": true, "expandtabs": true, "encode": true, "decode": true, "translate": true, "isdecimal": true,
	"isnumeric": true, "isidentifier": true, "isprintable": true, "isascii": true, "format_map": true, "popitem": true,
	"splitlines": true, "copy": true, "hex": true, "difference_update": true, "move_to_end": true,
	"intersection_update": true, "symmetric_difference_update": true, "isdisjoint": true, "bit_length": true,
	"to_bytes": true, "is_integer": true, "as_integer_ratio": true, "conjugate": true,
}

// positionalMethods are methods that take their parameters by position only in Starlark.
var positionalMethods = map[string][]string{
	"split": {"sep", "maxsplit"}, "rsplit": {"sep", "maxsplit"}, "splitlines": {"keepends"}, "encode": {"encoding", "errors"},
	"decode": {"encoding", "errors"}, "replace": {"old", "new", "count"}, "expandtabs": {"tabsize"},
}

func (l *lowerer) method(fn *syntax.Attr, x *syntax.Call) ex {
	base := l.of(fn.X)
	helper := func(name string) ex {
		items := append([]item{{l.argument(fn.X), fn.X.Range()}}, l.args(x, positionalMethods[fn.Name])...)
		return cat(at("py."+name, x.Start), l.bracketAt("(", items, ")", syntax.Span{Start: x.Start, End: x.End}, x.Start))
	}
	noArgs := len(x.Args) == 0
	if s, ok := superCall(fn); ok {
		return l.superCall(s, fn, x)
	}
	if base.only(kMachine) {
		if e, ok := l.machineCall(fn, x); ok {
			return e
		}
		return l.plainCall(l.attr(fn), x)
	}
	if base.only(kObject) && base.name != "" {
		return l.plainCall(l.attr(fn), x)
	}
	if n, ok := fn.X.(*syntax.Name); ok && l.names[n] != nil && l.names[n].free {
		switch n.ID + "." + fn.Name {
		case "dict.fromkeys", "int.from_bytes", "bytes.fromhex", "str.maketrans":
			return l.plainCall(txt("py."+n.ID+"_"+fn.Name), x)
		}
		if (n.ID == "str" || n.ID == "list" || n.ID == "dict" || n.ID == "set") && len(x.Args) > 0 {
			rest := &syntax.Call{Span: x.Span, Args: x.Args[1:]}
			rest.Fn = &syntax.Attr{Span: fn.Span, X: x.Args[0].Value, Name: fn.Name}
			return l.method(rest.Fn.(*syntax.Attr), rest)
		}
	}
	switch fn.Name {
	case "format":
		if s, ok := unparen(fn.X).(*syntax.Str); ok {
			if e, ok := l.formatCall(s, x); ok {
				return e
			}
		}
		if base.may(kStr) {
			return helper("str_format")
		}
	case "copy":
		if noArgs && base.only(kList) {
			return cat("list(", l.expr(fn.X), ")")
		}
		if noArgs && base.only(kDict) {
			return cat("dict(", l.expr(fn.X), ")")
		}
		if !base.only(kMachine) { // py.copy is the module
			return helper("copied")
		}
	case "find", "rfind":
		if base.may(kStr|kBytes|kJSON) && !l.onlyFound(x) {
			return helper(fn.Name)
		}
	case "index", "rindex":
		if !base.only(kList) {
			return helper("index_of")
		}
		if len(x.Args) > 1 {
			return helper("index_of")
		}
	case "count":
		if !base.only(kStr) || len(x.Args) > 1 {
			return helper("count")
		}
	case "join":
		if len(x.Args) == 1 && x.Args[0].Star == 0 && x.Args[0].Name == "" && base.may(kStr|kBytes) {
			if base.only(kStr) && !(l.mixedObjects && l.mayHoldObjects(x.Args[0].Value)) {
				return cat(l.expr(fn.X).paren(precPrimary), ".join", l.bracketAt("(", []item{{l.iter(x.Args[0].Value).paren(precCond), x.Args[0].Span}}, ")", syntax.Span{Start: fn.End, End: x.End}, x.Start))
			}
			return helper("join")
		}
	case "extend", "update":
		if base.only(kList|kSet) && len(x.Args) == 1 && x.Args[0].Name == "" && x.Args[0].Star == 0 {
			return cat(l.expr(fn.X).paren(precPrimary), "."+fn.Name, at("(", x.Start), l.iter(x.Args[0].Value).paren(precCond), ")")
		}
	case "union", "intersection", "difference":
		if len(x.Args) != 1 || x.Args[0].Star != 0 || !l.of(x.Args[0].Value).only(kSet|kList|kTuple|kDict|kRange) {
			return helper(fn.Name)
		}
	case "keys", "values", "items":
		if l.shown[x] && base.may(kDict) {
			return cat("py.view(", l.expr(fn.X), ", \""+fn.Name+"\")")
		}
	case "pop":
		if base.only(kBytes) {
			return helper("pop")
		}
	case "startswith", "endswith", "strip", "lstrip", "rstrip", "split", "replace", "lower", "upper", "rsplit", "partition",
		"isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "rpartition", "removeprefix", "removesuffix", "title", "capitalize":
		if base.may(kBytes) && !base.may(kAny) {
			return helper(fn.Name)
		}
		if (fn.Name == "startswith" || fn.Name == "endswith") && len(x.Args) > 1 {
			return helper(fn.Name)
		}
	}
	if pyMethods[fn.Name] && !base.only(kMachine) {
		return helper(fn.Name)
	}
	l.checkMember(fn)
	return l.callWith(cat(l.expr(fn.X).paren(precPrimary), ".", at(attrName(fn.Name), fn.NamePos())), x, positionalMethods[fn.Name])
}

// mayHoldObjects tells whether there may be objects among what an expression iterates over.
func (l *lowerer) mayHoldObjects(x syntax.Expr) bool {
	e := l.element(l.of(x))
	return e == nil || e.may(kObject)
}

// onlyFound tells whether the result of find is only compared with -1 or 0, where bytes and characters agree.
func (l *lowerer) onlyFound(x *syntax.Call) bool { return l.found[x] }
