package python

import (
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

func (l *lowerer) name(x *syntax.Name) ex {
	switch {
	case x.ID == "...":
		return at("None", x.Start)
	case constantName(x.ID):
		return at(x.ID, x.Start)
	}
	v := l.names[x]
	if v == nil {
		return at(x.ID, x.Start)
	}
	if !v.free {
		e := l.variable(v, x.Start)
		if l.deleted[x.Start] {
			return cat("py.present("+quote(x.ID, false)+", ", e, ")")
		}
		return e
	}
	switch {
	case exceptions[x.ID]:
		return at("py."+x.ID, x.Start)
	case x.ID == "__name__":
		return at(`"__main__"`, x.Start)
	case x.ID == "unittest":
		return at("py.unittest", x.Start)
	case x.ID == "Machine" || x.ID == "QemuMachine" || x.ID == "NspawnMachine" || x.ID == "BaseMachine":
		return at("py."+x.ID, x.Start)
	}
	if ok, builtin := pythonBuiltins[x.ID]; builtin {
		if !ok {
			l.finding(x, "builtin", "the builtin `"+x.ID+"`", "Starlark has no counterpart")
			return txt("None")
		}
		switch x.ID {
		case "print", "getattr", "hasattr", "abs", "chr", "dict", "bool", "range", "zip":
			return at(x.ID, x.Start)
		case "open":
			l.hostAccess(x)
			return at("py.host.open", x.Start)
		case "breakpoint":
			return at("debug.breakpoint", x.Start)
		case "quit":
			return at("py.exit", x.Start)
		case "slice":
			return at("py.slice_object", x.Start)
		case "iter":
			return at("py.iterator", x.Start)
		}
		return at("py."+x.ID, x.Start)
	}
	l.environment(x)
	return at(attrName(x.ID), x.Start)
}

// variable is how a variable is read or assigned.
func (l *lowerer) variable(v *variable, src int) ex {
	if v.cell {
		return at(v.out+".value", src)
	}
	return at(v.out, src)
}

// target lowers something that is assigned to.
func (l *lowerer) target(x syntax.Expr) ex {
	switch x := x.(type) {
	case *syntax.Name:
		return l.variable(l.names[x], x.Start)
	case *syntax.Paren:
		return l.target(x.X)
	case *syntax.Tuple:
		if len(x.Elts) == 0 {
			l.finding(x, "assignment", "an assignment to no target", "")
			return txt("_")
		}
		var ts []ex
		for _, e := range x.Elts {
			ts = append(ts, l.nested(e))
		}
		if len(ts) == 1 {
			return cat("(", ts[0], ",)")
		}
		return commas(ts)
	case *syntax.List:
		return l.target(&syntax.Tuple{Span: x.Span, Elts: x.Elts})
	case *syntax.Starred:
		return l.target(x.X)
	case *syntax.Index:
		if _, ok := x.Sub.(*syntax.Slice); ok {
			l.finding(x, "slice-assignment", "an assignment to a slice in this place", "build the list anew")
		}
		return cat(l.expr(x.X).paren(precPrimary), "[", l.expr(x.Sub), "]")
	case *syntax.Attr:
		if t := l.of(x.X); t.only(kMachine) {
			l.finding(x, "machine-attribute", "an assignment to an attribute of a "+t.name, "call a method of it")
		}
		if n, ok := x.X.(*syntax.Name); ok && l.names[n] != nil && l.names[n].fn != nil {
			l.finding(x, "function-attribute", "an attribute of a function that the script sets", "use a variable, or a class")
		}
		return cat(l.expr(x.X).paren(precPrimary), ".", at(attrName(x.Name), x.NamePos()))
	}
	return l.expr(x)
}

func (l *lowerer) nested(x syntax.Expr) ex {
	switch unparen(x).(type) {
	case *syntax.Tuple, *syntax.List:
		return cat("(", l.target(x), ")")
	}
	return l.target(x)
}

func attrName(s string) string {
	if reserved[s] {
		return s + "_"
	}
	return s
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 || r == utf8.RuneError }) < 0
}

// hasStar tells whether a target has a `*x` anywhere.
func hasStar(t syntax.Expr) bool {
	found := false
	syntax.Walk(t, func(n syntax.Node) bool {
		_, star := n.(*syntax.Starred)
		found = found || star
		return !found
	})
	return found
}

// nestedStar tells whether a part of a target has a `*x` within it.
func nestedStar(elts []syntax.Expr) bool {
	for _, e := range elts {
		if s, ok := e.(*syntax.Starred); ok {
			e = s.X
		}
		if hasStar(e) {
			return true
		}
	}
	return false
}

// shape is a target as py.unpack_like takes it: a literal such as "name, (uid, *rest)".
func shape(t syntax.Expr) string { return `"` + shapeOf(t, true) + `"` }

func shapeOf(t syntax.Expr, top bool) string {
	var elts []syntax.Expr
	switch t := unparen(t).(type) {
	case *syntax.Name:
		return t.ID
	case *syntax.Starred:
		return "*" + shapeOf(t.X, false)
	case *syntax.Tuple:
		elts = t.Elts
	case *syntax.List:
		elts = t.Elts
	default:
		return "_"
	}
	var parts []string
	for _, e := range elts {
		parts = append(parts, shapeOf(e, false))
	}
	s := strings.Join(parts, ", ")
	if len(parts) == 1 {
		s += ","
	}
	if top {
		return s
	}
	return "(" + s + ")"
}
