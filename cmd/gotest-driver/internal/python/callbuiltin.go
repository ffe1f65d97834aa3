package python

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// knownCall lowers the call of a function of Python or of the driver by its dotted name; ok is false for unknown functions,
// and for functions with the same calls in both languages.
func (l *lowerer) knownCall(path string, x *syntax.Call) (_ ex, ok bool) {
	var args []syntax.Expr // if all are positional
	for _, a := range x.Args {
		args = append(args, a.Value)
	}
	if slices.ContainsFunc(x.Args, func(a syntax.Arg) bool { return a.Name != "" || a.Star != 0 }) {
		args = nil
	}
	one, two := len(args) == 1, len(args) == 2
	wrap := func(fn string, e ex) (ex, bool) { return cat(at(fn+"(", x.Start), e.paren(precCond), ")"), true }
	c, generator := generatorOf(firstArg(x))
	switch path {
	case "print":
		return l.print(x), true
	case "log.log_test_error", "log.error", "log.warning", "log.info", "log.log", "log.debug":
		name := strings.Replace(path, "log_test_error", "warning", 1) // error ends the test
		return l.shownCall(at(name, x.Start), x), true
	case "retry", "polling_condition":
		return l.plainCall(at(path, x.Start), renamedArgs(path, x)), true
	case "list", "tuple", "set", "sorted", "reversed", "enumerate", "min", "max", "dict":
		return l.collect(path, x)
	case "zip":
		return l.callWith(at("zip", x.Start), without(x, "strict"), nil, len(x.Args)), true
	case "getattr", "hasattr":
		if l.of(firstArg(x)).only(kMachine) {
			return l.none(x, "introspection", "`"+path+"` of a "+l.of(firstArg(x)).name, "name the attribute"), true
		}
	case "type":
		if !one {
			return l.none(x, "class", "a class made by type()", ""), true
		}
	case "len":
		if one && l.countsBytes(args[0]) {
			return l.bytesNotLetters(x), true
		}
	case "str":
		if one {
			return wrap("str", l.textOf(args[0]))
		}
	case "repr":
		if one {
			return wrap("repr", l.reprOf(args[0]))
		}
	case "int", "float":
		if len(args) > 0 && l.of(args[0]).only(kStr) && l.of(args[0]).blanks { // Starlark's takes no blanks
			e := cat(l.expr(args[0]).paren(precPrimary), ".strip()")
			if two {
				e = cat(e, ", ", l.expr(args[1]))
			}
			return wrap(path, e)
		}
	case "any", "all":
		if one && generator {
			if !l.pureComp(c) {
				return l.none(x, "generator", "`"+path+"` of calls, of which it stops to make more,", "write a loop"), true
			}
			return wrap(path, l.listComp(c))
		}
	case "sum":
		if one && generator && isOne(c.Elt) {
			counted := *c
			if name, ok := c.Clauses[len(c.Clauses)-1].Target.(*syntax.Name); ok {
				counted.Elt = name
			}
			return cat(at("len(", x.Start), l.listComp(&counted), ")"), true
		}
	case "map", "filter":
		if two {
			return l.mapped(x, args[0], args[1], path == "filter"), true
		}
	case "next":
		if one && generator && l.pureComp(c) {
			return cat(l.listComp(c), at("[0]", x.Start)), true
		}
		if two && generator && l.pureComp(c) {
			return cat("(", l.listComp(c), " + [", l.argument(args[1]), at("])[0]", x.Start)), true
		}
	case "isinstance":
		if two {
			if names := l.typeNames(args[1]); len(names) > 0 {
				return l.typeIs(args[0], names, "=="), true
			}
		}
	case "hex":
		if one && l.of(args[0]).only(kInt) {
			return cat(`"0x%x" % `, l.expr(args[0]).paren(precUnary)).with(precMul), true
		}
	default:
		return l.moduleCall(path, x)
	}
	return ex{}, false
}

func firstArg(x *syntax.Call) syntax.Expr {
	if len(x.Args) == 0 {
		return nil
	}
	return x.Args[0].Value
}

// print lowers a call of print: the output goes to the log, so that the only file may be the standard output.
func (l *lowerer) print(x *syntax.Call) ex {
	for _, a := range x.Args {
		if p := l.dotted(a.Value); a.Name == "file" && (p == "sys.stderr" || p == "sys.stdout") {
			x = without(x, "file")
		}
	}
	return l.shownCall(at("print", x.Start), without(x, "flush"))
}

// without returns a call without the arguments of some names.
func without(x *syntax.Call, names ...string) *syntax.Call {
	call := *x
	call.Args = slices.DeleteFunc(slices.Clone(x.Args), func(a syntax.Arg) bool { return slices.Contains(names, a.Name) })
	return &call
}

// shownCall lowers a call whose arguments only people read.
func (l *lowerer) shownCall(fn ex, x *syntax.Call) ex {
	l.shown++
	defer func() { l.shown-- }()
	return l.plainCall(fn, x)
}

// onlyText reports whether the texts within an expression only become parts of its text.
func (l *lowerer) onlyText(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Paren, *syntax.Str, *syntax.Tuple:
		return true
	case *syntax.Binary:
		return x.Op == "+" || x.Op == "%"
	case *syntax.Call:
		if a, ok := x.Fn.(*syntax.Attr); ok && a.Name == "format" {
			_, text := unparen(a.X).(*syntax.Str)
			return text
		}
		path := l.callee(x)
		return path == "str" || path == "repr"
	}
	return false
}

// foreignText reports whether a value's text differs from Python's, and not only people read it. The text of bytes looks
// like that of another value.
func (l *lowerer) foreignText(x syntax.Expr) bool { return l.foreignType(l.of(x)) }

func (l *lowerer) foreignType(t *typ) bool {
	return t.only(kBytes) || l.shown == 0 && (t.only(kList|kDict|kSet|kTuple|kBytes|kRange) || t.has(kFloat))
}

// textOf lowers a value that str() or a format converts to text.
func (l *lowerer) textOf(x syntax.Expr) ex {
	if l.foreignText(x) {
		if l.of(x).has(kFloat) {
			return l.none(x, "text-form", "Python's text form of a float, such as 1700000000.0,", "make it an int")
		}
		return l.none(x, "text-form", "Python's text form of a list, dict, set, tuple or bytes", "join its elements, or use json.dumps")
	}
	return l.argument(x)
}

// reprOf is textOf for repr(): in Starlark, strings are in double quotes.
func (l *lowerer) reprOf(x syntax.Expr) ex {
	if l.shown == 0 && !l.of(x).only(kInt|kBool|kNone) {
		return l.none(x, "text-form", "Python's text form of a value, with its quotes,", "use shlex.quote or json.dumps")
	}
	return l.argument(x)
}

// collect lowers the builtins that iterate over their first argument.
func (l *lowerer) collect(name string, x *syntax.Call) (ex, bool) {
	first := firstArg(x)
	if first == nil || x.Args[0].Star != 0 || x.Args[0].Name != "" || len(x.Args) > 1 && x.Args[1].Name == "" && (name == "min" || name == "max") {
		return ex{}, false
	}
	c, isComp := generatorOf(first)
	if isComp && name == "list" {
		return l.listComp(c), true
	}
	if call, ok := unparen(first).(*syntax.Call); ok && name == "list" && (l.callee(call) == "map" || l.callee(call) == "filter") {
		return l.expr(first), true
	}
	over := 1
	if name == "dict" && !isComp {
		over = 0
	}
	return l.callWith(at(name, x.Start), x, positionalParams[name], over), true
}

// mapped lowers map and filter to a comprehension.
func (l *lowerer) mapped(x *syntax.Call, fn, over syntax.Expr, filter bool) ex {
	name, elt := l.applied(fn, x.Start)
	e := l.of(over).element()
	if path := l.dotted(fn); path == "str" && l.foreignType(e) || path == "repr" && !e.only(kInt|kBool|kNone) {
		return l.none(fn, "text-form", "`"+path+"` of these values", "make them strings or ints")
	}
	if l.dotted(fn) == "int" && e.only(kStr) && e.blanks {
		elt = cat("int(", name, ".strip())")
	}
	if filter {
		return cat("[", name, " for ", name, " in ", l.iter(over).paren(precOr), " if ", elt.paren(precOr), "]")
	}
	return cat("[", elt.paren(precCond), " for ", name, " in ", l.iter(over).paren(precOr), "]")
}

// applied returns a call of a function of one argument, and a name for the argument.
func (l *lowerer) applied(fn syntax.Expr, pos int) (name, call ex) {
	if f, ok := unparen(fn).(*syntax.Lambda); ok && len(f.Params) == 1 && f.Params[0].Default == nil && f.Params[0].Star == 0 {
		return txt(l.params[f][0].out), l.bare(f.Body)
	}
	name = txt(l.elementName())
	if a, ok := fn.(*syntax.Attr); ok && l.dotted(a.X) == "str" {
		return name, cat(name, ".", at(a.Name, pos), "()")
	}
	if isName(fn, "None") {
		return name, name
	}
	return name, cat(l.expr(fn).paren(precPrimary), at("(", pos), name, ")")
}

// pythonTypes has the results of Starlark's type for values of Python's types.
var pythonTypes = map[string]string{
	"str": "string", "int": "int bool", "float": "float", "bool": "bool", "list": "list", "dict": "dict", "tuple": "tuple",
	"set": "set", "bytes": "bytes",
}

// typeNames returns the results of Starlark's type for values of a type or a tuple of types; nil for others.
func (l *lowerer) typeNames(x syntax.Expr) (names []string) {
	types := eltsOf(x)
	if types == nil {
		types = []syntax.Expr{x}
	}
	for _, t := range types {
		n, ok := unparen(t).(*syntax.Name)
		if !ok || l.names[n] == nil || !l.names[n].free || pythonTypes[n.ID] == "" {
			return nil
		}
		names = append(names, strings.Fields(pythonTypes[n.ID])...)
	}
	return names
}

// typeIs lowers a test of a value's type.
func (l *lowerer) typeIs(x syntax.Expr, names []string, op string) ex {
	head := cat("type(", l.bare(x).paren(precCond), ")")
	if len(names) == 1 {
		return cat(head, " "+op+" ", quote(names[0], false)).with(precCompare)
	}
	return cat(head, ` in ("`, strings.Join(names, `", "`), `")`).with(precCompare)
}

// generatorOf returns x if it is a generator expression.
func generatorOf(x syntax.Expr) (*syntax.Comp, bool) {
	c, ok := unparen(x).(*syntax.Comp)
	return c, ok && c.Kind == '('
}
