package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

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
	case "list", "tuple", "set":
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
		if one && t.may(kObject) {
			return l.plainCall(at("py.to_dict", x.Start), x), true
		}
		if one && !t.only(kDict|kList) {
			return wrap("dict", l.iter(arg))
		}
		return l.plainCall(txt("dict"), x), true
	case "sorted", "reversed":
		if arg != nil && name == "sorted" && (l.mixed(t) || l.noKey(x)) {
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
		if !hasDefault && arg != nil && !l.mixed(t) && !l.noKey(x) {
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

// noKey tells whether the parameter key of a call may be None, which only Python takes.
func (l *lowerer) noKey(x *syntax.Call) bool {
	for _, a := range x.Args {
		if a.Name == "key" && l.of(a.Value).may(kNone) {
			return true
		}
	}
	return false
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
		if len(cs) == 0 {
			return txt("()")
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
