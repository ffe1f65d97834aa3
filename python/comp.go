package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

func (l *lowerer) clauses(cs []syntax.Clause) ex {
	var parts []any
	for _, c := range cs {
		if c.Async {
			l.finding(c.Target, "async", "async for", "use a plain for")
		}
		iter := l.iter(c.Iter)
		if hasStar(c.Target) {
			iter = cat("py.unpack_each("+shape(c.Target)+", ", iter, ")")
		}
		parts = append(parts, " for ", l.target(c.Target), " in ", iter.paren(precOr))
		for _, cond := range c.Ifs {
			parts = append(parts, " if ", l.expr(cond).paren(precOr))
		}
	}
	return cat(parts...)
}

func (l *lowerer) comp(x *syntax.Comp) ex {
	switch x.Kind {
	case '{':
		return cat("set([", l.expr(x.Elt).paren(precCond), l.clauses(x.Clauses), "])")
	case ':':
		return cat("{", l.expr(x.Key).paren(precCond), ": ", l.expr(x.Elt).paren(precCond), l.clauses(x.Clauses), "}")
	case '(':
		return l.generator(x)
	}
	return l.listComp(x)
}

func (l *lowerer) listComp(x *syntax.Comp) ex {
	e := l.expr(x.Elt)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	open, close := "[", "]"
	if l.file.Line(x.Start) != l.file.Line(x.Elt.Range().Start) {
		open = "[\n"
		close = "\n]"
	}
	return cat(open, e.paren(precCond), l.clauses(x.Clauses), close)
}

// generator lowers a generator expression. When evaluating an element can't be noticed, a list does.
func (l *lowerer) generator(x *syntax.Comp) ex {
	if l.pureComp(x) {
		return cat("py.iterator(", l.listComp(x), ")")
	}
	return l.lazy(x)
}

func (l *lowerer) pureComp(x *syntax.Comp) bool {
	ok := l.pure(x.Elt)
	for i, c := range x.Clauses {
		ok = ok && (i == 0 || l.pure(c.Iter))
		for _, cond := range c.Ifs {
			ok = ok && l.pure(cond)
		}
	}
	return ok
}

// lazy lowers a generator expression so that an element is made only when it is asked for.
func (l *lowerer) lazy(x *syntax.Comp) ex {
	c := x.Clauses[0]
	names, ok := flatNames(c.Target)
	if len(x.Clauses) > 1 || !ok {
		l.finding(x, "generator", "a generator expression with several loops whose elements have side effects",
			"write the loops out, or make it a list with [ ]")
		return txt("None")
	}
	var ps []ex
	for _, n := range names {
		ps = append(ps, txt(l.names[n].out))
	}
	head := cat("lambda ", commas(ps), ": ")
	out := cat("py.generate(", l.iter(c.Iter), ", ", head, l.expr(x.Elt).paren(precCond))
	if len(c.Ifs) > 0 {
		var conds []any
		for i, cond := range c.Ifs {
			if i > 0 {
				conds = append(conds, " and ")
			}
			conds = append(conds, l.expr(cond).paren(precNot))
		}
		out = cat(out, ", ", head, cat(conds...))
	}
	if _, tuple := unparen(c.Target).(*syntax.Tuple); tuple {
		out = cat(out, ", unpack=True")
	}
	return cat(out, ")")
}

func flatNames(t syntax.Expr) ([]*syntax.Name, bool) {
	switch t := unparen(t).(type) {
	case *syntax.Name:
		return []*syntax.Name{t}, true
	case *syntax.Tuple:
		var out []*syntax.Name
		for _, e := range t.Elts {
			n, ok := e.(*syntax.Name)
			if !ok {
				return nil, false
			}
			out = append(out, n)
		}
		return out, true
	}
	return nil, false
}

var pureMethods = map[string]bool{
	"strip": true, "lstrip": true, "rstrip": true, "lower": true, "upper": true, "startswith": true, "endswith": true,
	"split": true, "get": true, "keys": true, "values": true, "items": true, "replace": true, "isdigit": true, "join": true,
	"splitlines": true,
}

// pure tells whether evaluating x has no effect and can't fail on sensible data.
func (l *lowerer) pure(x syntax.Expr) bool {
	ok := true
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Call:
			switch fn := n.Fn.(type) {
			case *syntax.Attr:
				ok = ok && pureMethods[fn.Name]
			case *syntax.Name:
				v := l.names[fn]
				switch fn.ID {
				case "len", "str", "repr", "bool", "isinstance":
					ok = ok && v != nil && v.free
				default:
					ok = false
				}
			default:
				ok = false
			}
		case *syntax.Binary:
			ok = ok && n.Op != "/" && n.Op != "//" && n.Op != "%"
		case *syntax.Index:
			if _, slice := n.Sub.(*syntax.Slice); !slice {
				ok = false
			}
		case *syntax.Await, *syntax.Yield, *syntax.Named:
			ok = false
		}
		return ok
	})
	return ok
}

// iter lowers an expression that is iterated over: strings and files can't be in Starlark.
func (l *lowerer) iter(x syntax.Expr) ex {
	if c, ok := unparen(x).(*syntax.Comp); ok && c.Kind == '(' {
		return l.listComp(c)
	}
	t := l.of(x)
	e := l.expr(x)
	switch {
	case t.only(kStr):
		return cat("py.chars(", e, ")")
	case t.only(kList | kTuple | kDict | kSet | kRange | kJSON), l.iterable(x):
		return e.paren(precOr)
	}
	return cat("py.iter(", e, ")")
}

// iterable tells whether an expression is known, by what it calls, to give something that Starlark iterates over.
func (l *lowerer) iterable(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	if !ok {
		return false
	}
	if a, ok := c.Fn.(*syntax.Attr); ok {
		return (a.Name == "items" || a.Name == "keys" || a.Name == "values") && len(c.Args) == 0
	}
	switch l.callee(c) {
	case "subtest", "range", "enumerate", "zip", "map", "filter", "reversed", "sorted", "list", "tuple", "set", "dict":
		return true
	}
	return false
}
