package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// item is an element of a bracketed list with its place in the source.
type item struct {
	e    ex
	span syntax.Span
}

func (l *lowerer) items(xs []syntax.Expr) []item {
	l.depth++
	defer func() { l.depth-- }()
	out := make([]item, len(xs))
	for i, x := range xs {
		e := l.expr(x)
		if e.prec == 0 {
			e = cat("(", e, ")")
		}
		out[i] = item{e, x.Range()}
	}
	return out
}

// bracket writes a bracketed list with the line breaks and comments of the source.
func (l *lowerer) bracket(open string, items []item, close string, span syntax.Span) ex {
	out := []seg{{open, span.Start}}
	line := l.file.Line(span.Start)
	for i, it := range items {
		if i > 0 {
			out = append(out, seg{",", -1})
		}
		if first := l.file.Line(it.span.Start); first != line {
			out = append(out, seg{l.commentsBefore(it.span.Start) + "\n", -1})
		} else if i > 0 {
			out = append(out, seg{" ", -1})
		}
		out = append(out, it.e.s...)
		line = l.file.Line(it.span.End)
	}
	if l.file.Line(span.End) != line && len(items) > 0 {
		if open != "(" || close == ",)" || len(items) != 1 {
			out = append(out, seg{",", -1})
			close = strings.TrimPrefix(close, ",")
		}
		out = append(out, seg{l.commentsBefore(span.End) + "\n", -1})
	}
	return ex{append(out, seg{close, -1}), precPrimary}
}

// args lowers the arguments of a call. Starlark allows one *args, after the positional ones, and one **kwargs.
func (l *lowerer) args(x *syntax.Call, positional []string) []item {
	l.depth++
	defer func() { l.depth-- }()
	var pos, named, star []item
	var stars, dicts []ex
	var starSpan, dictSpan syntax.Span
	byName := map[string]item{}
	for _, a := range x.Args {
		switch {
		case a.Star == 1:
			starSpan = a.Span
			stars = append(stars, cat("list(", l.iter(a.Value), ")"))
		case a.Star == 2:
			dictSpan = a.Span
			dicts = append(dicts, l.expr(a.Value).paren(precPipe))
		case a.Name != "":
			it := item{cat(at(l.paramName(x, a.Name)+" = ", a.Start), l.expr(a.Value).paren(precCond)), a.Span}
			if len(dicts) > 0 {
				dicts = append(dicts, cat("{"+quote(a.Name, false)+": ", l.expr(a.Value).paren(precCond), "}"))
				continue
			}
			if positionIn(positional, a.Name) >= 0 {
				it.e = l.expr(a.Value).paren(precCond)
				byName[a.Name] = it
				continue
			}
			named = append(named, it)
		case len(stars) > 0:
			stars = append(stars, cat("[", l.expr(a.Value).paren(precCond), "]"))
		default:
			pos = append(pos, item{l.argument(a.Value), a.Span})
		}
	}
	for i := len(pos); i < len(positional) && len(byName) > 0; i++ {
		if it, ok := byName[positional[i]]; ok {
			pos = append(pos, it)
			delete(byName, positional[i])
		} else {
			pos = append(pos, item{txt("None"), x.Span})
		}
	}
	if len(stars) > 0 {
		e := sum(stars)
		if len(stars) == 1 {
			e = cat(strings.TrimSuffix(strings.TrimPrefix(e.text(), "list("), ")"))
			for _, a := range x.Args {
				if a.Star == 1 {
					e = l.iter(a.Value)
				}
			}
		}
		star = []item{{cat("*", e.paren(precCond)), starSpan}}
	}
	out := append(append(pos, named...), star...)
	if len(dicts) > 0 {
		e := dicts[0]
		for _, d := range dicts[1:] {
			e = cat(e, " | ", d).with(precPipe)
		}
		out = append(out, item{cat("**", e.paren(precCond)), dictSpan})
	}
	return out
}

// paramName is the name of a parameter in a call: parameters that were renamed have their new names.
func (l *lowerer) paramName(x *syntax.Call, name string) string {
	if fn, ok := x.Fn.(*syntax.Name); ok && l.names[fn] != nil && l.names[fn].fn != nil {
		for _, v := range l.params[l.names[fn].fn] {
			if v.name == name && !v.cell {
				return v.out
			}
		}
		return name
	}
	return attrName(name)
}

func positionIn(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// argument lowers a positional argument; a generator expression becomes an iterator.
func (l *lowerer) argument(x syntax.Expr) ex {
	e := l.expr(x)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	return e.paren(precCond)
}

// plainCall lowers a call with fn as what is called.
func (l *lowerer) plainCall(fn ex, x *syntax.Call) ex { return l.callWith(fn, x, nil) }

func (l *lowerer) callWith(fn ex, x *syntax.Call, positional []string) ex {
	open := x.Fn.Range().End
	return cat(fn.paren(precPrimary), l.bracketAt("(", l.args(x, positional), ")", syntax.Span{Start: open, End: x.End}, x.Start))
}

func (l *lowerer) bracketAt(open string, items []item, close string, span syntax.Span, src int) ex {
	e := l.bracket(open, items, close, span)
	e.s[0].src = src
	return e
}

func (l *lowerer) call(x *syntax.Call) ex {
	switch fn := x.Fn.(type) {
	case *syntax.Name:
		if v := l.names[fn]; v != nil && v.free {
			if e, ok := l.builtin(fn.ID, x); ok {
				return e
			}
		} else if v != nil && v.module != "" {
			if e, ok := l.moduleCall(v.module, x); ok {
				return e
			}
		}
	case *syntax.Attr:
		if name := l.dotted(fn); name != "" {
			if e, ok := l.moduleCall(name, x); ok {
				return e
			}
		}
		return l.method(fn, x)
	}
	return l.plainCall(l.expr(x.Fn), x)
}

// methods of Python whose counterpart is a function of py, dispatched by the type of the value at run time.
var pyMethods = map[string]bool{
	"sort": true, "reverse": true, "zfill": true, "ljust": true, "rjust": true, "center": true, "swapcase": true,
	"casefold": true, "expandtabs": true, "encode": true, "decode": true, "translate": true, "isdecimal": true,
	"isnumeric": true, "isidentifier": true, "isprintable": true, "isascii": true, "format_map": true, "popitem": true,
	"splitlines": true, "copy": true, "hex": true, "difference_update": true,
	"intersection_update": true, "symmetric_difference_update": true, "isdisjoint": true, "bit_length": true,
	"to_bytes": true, "is_integer": true, "conjugate": true,
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
		if len(x.Args) == 1 && x.Args[0].Star == 0 && x.Args[0].Name == "" && base.may(kStr) {
			if base.only(kStr) {
				return cat(l.expr(fn.X).paren(precPrimary), ".join", l.bracketAt("(", []item{{l.iter(x.Args[0].Value).paren(precCond), x.Args[0].Span}}, ")", syntax.Span{Start: fn.End, End: x.End}, x.Start))
			}
			return helper("join")
		}
	case "extend", "update":
		if base.only(kList|kSet) && len(x.Args) == 1 && x.Args[0].Name == "" && x.Args[0].Star == 0 {
			return cat(l.expr(fn.X).paren(precPrimary), "."+fn.Name, at("(", x.Start), l.iter(x.Args[0].Value).paren(precCond), ")")
		}
	case "pop":
		if base.only(kBytes) {
			return helper("pop")
		}
	case "startswith", "endswith", "strip", "lstrip", "rstrip", "split", "replace", "lower", "upper", "rsplit", "partition":
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
	return l.callWith(cat(l.expr(fn.X).paren(precPrimary), ".", at(attrName(fn.Name), fn.End-len(fn.Name))), x, positionalMethods[fn.Name])
}

// onlyFound tells whether the result of find is only compared with -1 or 0, where bytes and characters agree.
func (l *lowerer) onlyFound(x *syntax.Call) bool { return l.found[x] }

// builtin lowers the call of a builtin of Python.
func (l *lowerer) builtin(name string, x *syntax.Call) (ex, bool) {
	plain := true // positional arguments only, no stars
	for _, a := range x.Args {
		plain = plain && a.Name == "" && a.Star == 0
	}
	var arg syntax.Expr
	if len(x.Args) > 0 && x.Args[0].Star == 0 && x.Args[0].Name == "" {
		arg = x.Args[0].Value
	}
	one := plain && len(x.Args) == 1
	wrap := func(fn string, e ex) (ex, bool) { return cat(at(fn+"(", x.Start), e.paren(precCond), ")"), true }
	var t *typ
	if arg != nil {
		t = l.of(arg)
	}
	switch name {
	case "print":
		ok := plain && !l.printEnd
		for _, a := range x.Args {
			ok = ok && l.of(a.Value).simple()
		}
		if ok {
			return l.plainCall(at("print", x.Start), x), true
		}
		return l.plainCall(at("py.print", x.Start), x), true
	case "str":
		if one && t.simple() {
			return wrap("str", l.expr(arg))
		}
	case "repr":
		if one && t.only(kInt|kBool|kNone) {
			return wrap("str", l.expr(arg))
		}
	case "len":
		if one && (t.only(kList|kDict|kSet|kTuple|kRange|kBytes) || l.emptiness[x]) {
			return wrap("len", l.expr(arg))
		}
	case "int", "float":
		switch {
		case one && (t.only(kInt|kFloat|kBool) || l.stripped(arg) && !l.hasTry):
			return wrap(name, l.expr(arg))
		case plain && len(x.Args) > 0 && t.only(kStr) && !l.hasTry:
			e := cat(l.expr(arg).paren(precPrimary), ".strip()")
			if l.stripped(arg) {
				e = l.expr(arg)
			}
			if len(x.Args) == 2 {
				e = cat(e, ", ", l.expr(x.Args[1].Value))
			}
			return wrap(name, e.with(precPrimary))
		}
	case "bool":
		if one && !t.may(kObject) {
			return wrap("bool", l.expr(arg))
		}
		return l.plainCall(txt("py.bool"), x), true
	case "list", "tuple", "set", "frozenset":
		if name == "frozenset" {
			name = "set"
		}
		if plain && len(x.Args) == 0 {
			return txt(name + "()"), true
		}
		if one {
			if c, ok := unparen(arg).(*syntax.Comp); ok && c.Kind == '(' && name == "list" {
				return l.listComp(c), true
			}
			if t.only(kRange|kList|kTuple|kSet|kDict|kStr) || isGenerator(arg) {
				return wrap(name, l.iter(arg))
			}
			return wrap("py."+name, l.expr(arg))
		}
	case "dict":
		if one && isGenerator(arg) {
			return wrap("dict", l.listComp(unparen(arg).(*syntax.Comp)))
		}
		if one && !t.only(kDict|kList) {
			return wrap("dict", l.iter(arg))
		}
		return l.plainCall(txt("dict"), x), true
	case "sorted", "reversed":
		if arg != nil && name == "sorted" && l.mixed(t) {
			return l.plainCall(at("py.sorted", x.Start), x), true
		}
		if arg != nil {
			if isGenerator(arg) || t.only(kRange|kList|kTuple|kSet|kDict|kStr|kJSON) || l.iterable(arg) {
				return l.withFirst(name, l.iter(arg), x), true
			}
			return l.withFirst(name, cat("py.iter(", l.expr(arg), ")"), x), true
		}
	case "enumerate":
		if arg != nil {
			args := []ex{l.iter(arg).paren(precCond)}
			for _, a := range x.Args[1:] {
				args = append(args, l.expr(a.Value))
			}
			return cat(at("enumerate(", x.Start), commas(args), ")"), true
		}
	case "zip":
		if plain {
			var args []ex
			for _, a := range x.Args {
				args = append(args, l.iter(a.Value).paren(precCond))
			}
			return cat(at("zip(", x.Start), commas(args), ")"), true
		}
		return l.plainCall(txt("py.zip"), x), true
	case "min", "max":
		hasDefault := false
		for _, a := range x.Args {
			hasDefault = hasDefault || a.Name == "default" || a.Star != 0
		}
		if !hasDefault && arg != nil && !l.mixed(t) {
			if len(x.Args) == 1 || x.Args[1].Name == "key" {
				if t.only(kRange|kList|kTuple|kSet|kDict|kStr|kJSON) || isGenerator(arg) {
					return l.withFirst(name, l.iter(arg), x), true
				}
			} else if plain {
				return l.plainCall(txt(name), x), true
			}
		}
	case "any", "all":
		if one {
			if c, ok := unparen(arg).(*syntax.Comp); ok && c.Kind == '(' {
				if l.pureComp(c) {
					return wrap(name, l.listComp(c))
				}
				return wrap("py."+name, l.lazy(c))
			}
			if t.only(kRange | kList | kTuple | kSet | kDict | kJSON) {
				return wrap(name, l.expr(arg))
			}
		}
	case "sum":
		if arg != nil && isGenerator(arg) {
			return l.withFirst("py.sum", l.iter(arg), x), true
		}
	case "next":
		if arg != nil && isGenerator(arg) {
			return l.withFirst("py.next", l.expr(arg), x), true
		}
	case "isinstance":
		if len(x.Args) == 2 && plain {
			return cat(at("py.isinstance(", x.Start), l.expr(arg).paren(precCond), ", ", l.classes(x.Args[1].Value), ")"), true
		}
	case "type":
		if !one {
			l.finding(x, "class", "a class made by type()", "")
		}
	case "abs":
		if t.only(kInt | kFloat) {
			return l.plainCall(at(name, x.Start), x), true
		}
		return l.plainCall(at("py.abs", x.Start), x), true
	case "getattr", "hasattr", "chr", "range":
		return l.plainCall(at(name, x.Start), x), true
	case "super":
		l.finding(x, "class", "super() in this place", "call a method of it at once: super().method(…)")
		return txt("None"), true
	case "retry", "polling_condition":
		return l.driverCall(name, x), true
	}
	return ex{}, false
}

// mixed tells whether an iterable's elements may be both truth values and numbers, which only Python compares.
func (l *lowerer) mixed(t *typ) bool {
	e := l.element(t)
	return e != nil && e.k&kBool != 0 && e.k&(kInt|kFloat) != 0
}

func isGenerator(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Comp)
	return ok && c.Kind == '('
}

// withFirst lowers a call whose first argument is lowered already.
func (l *lowerer) withFirst(fn string, first ex, x *syntax.Call) ex {
	rest := &syntax.Call{Span: x.Span, Fn: x.Fn, Args: x.Args[1:]}
	items := append([]item{{first.paren(precCond), x.Args[0].Span}}, l.args(rest, nil)...)
	return cat(at(fn, x.Start), l.bracketAt("(", items, ")", syntax.Span{Start: x.Fn.Range().End, End: x.End}, x.Start))
}

// stripped tells whether a string is known to have no blanks at its ends.
func (l *lowerer) stripped(x syntax.Expr) bool {
	switch x := unparen(x).(type) {
	case *syntax.Call:
		a, ok := x.Fn.(*syntax.Attr)
		return ok && (a.Name == "strip") && len(x.Args) == 0 && l.of(x).only(kStr)
	case *syntax.Str:
		return len(x.Parts) == 1 && !x.Parts[0].Format() && strings.TrimSpace(x.Parts[0].Value) == x.Parts[0].Value && !strings.Contains(x.Parts[0].Value, "_")
	}
	return false
}

// classes lowers the second argument of isinstance, or what follows except.
func (l *lowerer) classes(x syntax.Expr) ex {
	switch x := unparen(x).(type) {
	case *syntax.Tuple:
		var cs []ex
		for _, e := range x.Elts {
			cs = append(cs, l.classes(e))
		}
		return cat("(", commas(cs), ",)")
	case *syntax.Name:
		if v := l.names[x]; v != nil && v.free {
			switch x.ID {
			case "str", "int", "float", "bool", "list", "dict", "tuple", "set", "bytes":
				return at(x.ID, x.Start)
			}
		}
	}
	return l.expr(x)
}
