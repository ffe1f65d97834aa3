package python

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// knownCall lowers the call of a function of Python or of the driver by its dotted name; ok is false for functions that
// are called in the same way in both languages, and for others.
func (l *lowerer) knownCall(path string, x *syntax.Call) (_ ex, ok bool) {
	plain := !slices.ContainsFunc(x.Args, func(a syntax.Arg) bool { return a.Name != "" || a.Star != 0 })
	arg := func(i int) syntax.Expr { return x.Args[i].Value }
	one := plain && len(x.Args) == 1
	wrap := func(fn string, e ex) (ex, bool) { return cat(at(fn+"(", x.Start), e.paren(precCond), ")"), true }
	switch path {
	case "len":
		if one && l.countsBytes(arg(0)) {
			return l.bytesNotLetters(x), true
		}
	case "print":
		return l.print(x), true
	case "log.log_test_error", "log.error", "log.warning", "log.info", "log.log", "log.debug":
		name := strings.Replace(path, "log_test_error", "error", 1)
		return l.shownCall(at(name, x.Start), x), true
	case "retry", "polling_condition":
		return l.driverCall(path, x), true
	case "str":
		if one {
			return wrap("str", l.textOf(arg(0)))
		}
	case "repr":
		if one {
			return wrap("repr", l.reprOf(arg(0)))
		}
	case "ascii", "format", "hash":
		return l.none(x, "builtin", "the builtin `"+path+"`", ""), true
	case "int", "float":
		if plain && len(x.Args) > 0 && l.of(arg(0)).only(kStr) && !l.stripped(arg(0)) { // Starlark's takes no blanks
			e := cat(l.expr(arg(0)).paren(precPrimary), ".strip()")
			if len(x.Args) == 2 {
				e = cat(e, ", ", l.expr(arg(1)))
			}
			return wrap(path, e)
		}
	case "list", "tuple", "set", "sorted", "reversed", "enumerate", "min", "max", "dict":
		return l.collect(path, x)
	case "zip":
		var args []item
		for _, a := range x.Args {
			switch {
			case a.Name == "strict":
			case a.Star == 0 && a.Name == "":
				args = append(args, item{l.iter(a.Value).paren(precCond), a.Span})
			default:
				return ex{}, false
			}
		}
		return cat(at("zip", x.Start), l.bracket("(", args, ")", syntax.Span{Start: x.Fn.Range().End, End: x.End})), true
	case "any", "all":
		if c, generator := generatorOf(firstArg(x)); one && generator {
			if !l.pureComp(c) {
				return l.none(x, "generator", "`"+path+"` of calls, of which it stops to make more,", "write a loop"), true
			}
			return wrap(path, l.listComp(c))
		}
	case "sum":
		if c, generator := generatorOf(firstArg(x)); one && generator {
			if n, isConst := constInt(c.Elt); isConst && n == 1 {
				counted := *c
				if name, ok := c.Clauses[len(c.Clauses)-1].Target.(*syntax.Name); ok {
					counted.Elt = name
				}
				return cat(at("len(", x.Start), l.listComp(&counted), ")"), true
			}
		}
	case "map":
		if plain && len(x.Args) == 2 {
			return l.mapped(x, arg(0), arg(1), false), true
		}
	case "filter":
		if plain && len(x.Args) == 2 {
			return l.mapped(x, arg(0), arg(1), true), true
		}
	case "next":
		if c, generator := generatorOf(firstArg(x)); plain && generator && len(x.Args) <= 2 && l.pureComp(c) {
			if len(x.Args) == 1 {
				return cat(l.listComp(c), at("[0]", x.Start)), true
			}
			return cat("(", l.listComp(c), " + [", l.argument(arg(1)), at("])[0]", x.Start)), true
		}
	case "isinstance":
		if plain && len(x.Args) == 2 {
			if e, ok := l.typeIs(arg(0), l.typeNames(arg(1)), "=="); ok {
				return e, true
			}
		}
	case "callable":
		if one {
			return cat("type(", l.argument(arg(0)), `) in ("function", "builtin_function_or_method")`).with(precCompare), true
		}
	case "hex", "oct":
		if one && l.of(arg(0)).only(kInt) {
			verb := map[string]string{"hex": "x", "oct": "o"}[path]
			return cat(`"0`+verb+"%"+verb+`" % `, l.expr(arg(0)).paren(precUnary)).with(precMul), true
		}
	case "pow":
		if plain && len(x.Args) == 2 {
			return l.power(x, arg(0), arg(1)), true
		}
	case "divmod":
		if plain && len(x.Args) == 2 && isSimple(arg(0)) && isSimple(arg(1)) {
			a, b := l.operand(arg(0)).paren(precMul), l.operand(arg(1)).paren(precUnary)
			return cat("(", a, " // ", b, ", ", a, " % ", b, ")"), true
		}
	case "getattr", "hasattr":
		if len(x.Args) > 0 && l.of(arg(0)).only(kMachine) {
			return l.none(x, "introspection", "`"+path+"` of a "+l.of(arg(0)).name, "name the attribute"), true
		}
	case "type":
		if !one {
			return l.none(x, "class", "a class made by type()", ""), true
		}
	case "open":
		return l.none(x, "host", "`open`, which reaches the machine that runs the test,", foreignBuiltins["open"]), true
	case "typing.cast":
		if plain && len(x.Args) == 2 {
			return l.expr(arg(1)), true
		}
	default:
		if _, is := x.Fn.(*syntax.Attr); is || strings.Contains(path, ".") {
			return l.moduleCall(path, x)
		}
	}
	return ex{}, false
}

func firstArg(x *syntax.Call) syntax.Expr {
	if len(x.Args) == 0 {
		return nil
	}
	return x.Args[0].Value
}

// print lowers a call of print: what it prints goes to the log, of which Python knows the standard output only.
func (l *lowerer) print(x *syntax.Call) ex {
	call := *x
	call.Args = nil
	for _, a := range x.Args {
		switch a.Name {
		case "flush":
			continue
		case "file":
			if p := l.dotted(a.Value); p == "sys.stderr" || p == "sys.stdout" {
				continue
			}
			l.finding(x, "print", "`print` into a file", "")
		case "end":
			l.finding(x, "print", "`print` without a line's end", "collect the parts of a line and print it")
		}
		call.Args = append(call.Args, a)
	}
	return l.shownCall(at("print", x.Start), &call)
}

// shownCall lowers a call whose arguments only people read.
func (l *lowerer) shownCall(fn ex, x *syntax.Call) ex {
	l.shown++
	defer func() { l.shown-- }()
	return l.plainCall(fn, x)
}

// foreignText tells whether a value's text is not that of Python, and others than people read it.
func (l *lowerer) foreignText(x syntax.Expr) bool {
	return l.shown == 0 && l.of(x).only(kList|kDict|kSet|kTuple|kBytes|kRange)
}

// textOf lowers what str() or a format writes as text.
func (l *lowerer) textOf(x syntax.Expr) ex {
	if l.foreignText(x) {
		return l.none(x, "text-form", "Python's text form of a list, dict, set, tuple or bytes", "join its elements, or use json.dumps")
	}
	return l.argument(x)
}

// reprOf is textOf for repr(): in Starlark, strings are in double quotes.
func (l *lowerer) reprOf(x syntax.Expr) ex {
	if l.shown == 0 && !l.of(x).only(kInt|kFloat|kBool|kNone) {
		return l.none(x, "text-form", "Python's text form of a value, with its quotes,", "use shlex.quote or json.dumps")
	}
	return l.argument(x)
}

// collect lowers the builtins that go over their first argument.
func (l *lowerer) collect(name string, x *syntax.Call) (ex, bool) {
	if len(x.Args) == 0 || x.Args[0].Star != 0 || x.Args[0].Name != "" || (name == "min" || name == "max") && len(x.Args) > 1 && x.Args[1].Name == "" {
		return ex{}, false
	}
	first := x.Args[0].Value
	c, isComp := generatorOf(first)
	if isComp && name == "list" {
		return l.listComp(c), true
	}
	if call, ok := unparen(first).(*syntax.Call); ok && name == "list" && (l.callee(call) == "map" || l.callee(call) == "filter") {
		return l.expr(first), true
	}
	rest := &syntax.Call{Span: x.Span, Fn: x.Fn}
	for _, a := range x.Args[1:] {
		if a.Name == "key" && isName(a.Value, "None") {
			continue
		}
		if a.Name == "default" {
			d := l.bare(a.Value).paren(precCond)
			if len(x.Args) == 2 && isSimple(first) {
				e := l.expr(first)
				return cat(name+"(", e, ") if ", e, " else ", d).with(precCond), true
			}
			return l.none(x, "builtin", "`"+name+"` with a default", "ask first whether there is an element"), true
		}
		if a.Name == "start" {
			a.Name = ""
		}
		rest.Args = append(rest.Args, a)
	}
	e := l.iter(first)
	if name == "dict" && !isComp {
		e = l.argument(first)
	}
	items := append([]item{{e.paren(precCond), x.Args[0].Span}}, l.args(rest, nil)...)
	return cat(at(name, x.Start), l.bracketAt("(", items, ")", syntax.Span{Start: x.Fn.Range().End, End: x.End}, x.Start)), true
}

// mapped lowers map and filter to a comprehension.
func (l *lowerer) mapped(x *syntax.Call, fn, over syntax.Expr, filter bool) ex {
	var elt, name ex
	if f, ok := unparen(fn).(*syntax.Lambda); ok && len(f.Params) == 1 && f.Params[0].Default == nil && f.Params[0].Star == 0 {
		name = txt(l.params[f][0].out)
		elt = l.bare(f.Body).paren(precOr)
	} else {
		name = txt(l.elementName())
		switch {
		case filter && isName(fn, "None"):
			elt = name
		case l.dotted(fn) == "int" && l.of(over).element().only(kStr) && !l.words(over):
			elt = cat("int(", name, ".strip())")
		default:
			if a, ok := fn.(*syntax.Attr); ok && isName(a.X, "str") && l.dotted(a.X) == "str" {
				elt = cat(name, ".", at(a.Name, x.Start), "()")
			} else {
				elt = cat(l.expr(fn).paren(precPrimary), at("(", x.Start), name, ")")
			}
		}
	}
	if filter {
		return cat("[", name, " for ", name, " in ", l.iter(over).paren(precOr), " if ", elt, "]")
	}
	return cat("[", elt, " for ", name, " in ", l.iter(over).paren(precOr), "]")
}

// words tells whether an expression gives strings without blanks.
func (l *lowerer) words(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	if !ok {
		return false
	}
	a, ok := c.Fn.(*syntax.Attr)
	return ok && a.Name == "split" && len(c.Args) == 0
}

// typeNames are the names that Starlark's type gives for values of Python's types; nil for others.
func (l *lowerer) typeNames(x syntax.Expr) []string {
	switch x := unparen(x).(type) {
	case *syntax.Tuple:
		var out []string
		for _, e := range x.Elts {
			names := l.typeNames(e)
			if names == nil {
				return nil
			}
			out = append(out, names...)
		}
		return out
	case *syntax.Name:
		if v := l.names[x]; v == nil || !v.free {
			return nil
		}
		switch x.ID {
		case "str":
			return []string{"string"}
		case "int":
			return []string{"int", "bool"}
		case "float", "bool", "list", "dict", "tuple", "set", "bytes":
			return []string{x.ID}
		}
	}
	return nil
}

// typeIs lowers the question for a value's type.
func (l *lowerer) typeIs(x syntax.Expr, names []string, op string) (ex, bool) {
	if len(names) == 0 {
		return ex{}, false
	}
	head := cat("type(", l.bare(x).paren(precCond), ")")
	if len(names) == 1 {
		return cat(head, " "+op+" ", quote(names[0], false)).with(precCompare), true
	}
	in := map[string]string{"==": "in", "!=": "not in"}[op]
	return cat(head, " "+in+` ("`, strings.Join(names, `", "`), `")`).with(precCompare), true
}

// generatorOf is the generator expression that x is.
func generatorOf(x syntax.Expr) (*syntax.Comp, bool) {
	c, ok := unparen(x).(*syntax.Comp)
	return c, ok && c.Kind == '('
}

// stripped tells whether a string is known to have no blanks at its ends.
func (l *lowerer) stripped(x syntax.Expr) bool {
	switch x := unparen(x).(type) {
	case *syntax.Call:
		a, ok := x.Fn.(*syntax.Attr)
		return ok && a.Name == "strip" && len(x.Args) == 0 && l.of(x).only(kStr)
	case *syntax.Index:
		return l.words(x.X)
	case *syntax.Name:
		v := l.names[x]
		return v != nil && len(v.writes) == 1 && l.over[v] != nil && l.words(l.over[v])
	case *syntax.Str:
		return len(x.Parts) == 1 && !x.Parts[0].Format() && strings.TrimSpace(x.Parts[0].Value) == x.Parts[0].Value && !strings.Contains(x.Parts[0].Value, "_")
	}
	return false
}
