package python

import (
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

var binaryPrec = map[string]int{
	"or": precOr, "and": precAnd, "|": precPipe, "^": precCaret, "&": precAmp, "<<": precShift, ">>": precShift,
	"+": precAdd, "-": precAdd, "*": precMul, "/": precMul, "//": precMul, "%": precMul,
}

// expr lowers an expression.
func (l *lowerer) expr(x syntax.Expr) ex {
	switch x := x.(type) {
	case *syntax.Paren:
		return l.paren(x)
	case *syntax.Name:
		return l.name(x)
	case *syntax.Num:
		s, ok := number(x.Text)
		if !ok {
			l.finding(x, "complex-number", "complex numbers", "Starlark has int and float only")
		}
		return at(s, x.Start)
	case *syntax.Str:
		return l.str(x)
	case *syntax.Tuple:
		if starred(x.Elts) {
			return cat("tuple(", l.splice(x.Elts), ")")
		}
		if !x.Paren && len(x.Elts) > 0 {
			if len(x.Elts) == 1 {
				return cat("(", l.expr(x.Elts[0]), ",)")
			}
			return ex{commas(l.exprs(x.Elts)).s, 0}
		}
		close := ")"
		if len(x.Elts) == 1 {
			close = ",)"
		}
		return l.bracket("(", l.items(x.Elts), close, x.Span)
	case *syntax.List:
		if starred(x.Elts) {
			return l.splice(x.Elts)
		}
		return l.bracket("[", l.items(x.Elts), "]", x.Span)
	case *syntax.Set:
		if starred(x.Elts) {
			return cat("set(", l.splice(x.Elts), ")")
		}
		return cat("set(", l.bracket("[", l.items(x.Elts), "]", x.Span), ")")
	case *syntax.Dict:
		return l.dict(x)
	case *syntax.Comp:
		return l.comp(x)
	case *syntax.Unary:
		if x.Op == "not" {
			return cat("not ", l.expr(x.X).paren(precNot)).with(precNot)
		}
		e := l.expr(x.X)
		if truthy(l.of(x.X)) {
			e = l.operand(x.X)
		}
		return cat(at(x.Op, x.Start), e.paren(precUnary)).with(precUnary)
	case *syntax.Binary:
		return l.binary(x)
	case *syntax.Compare:
		return l.compare(x)
	case *syntax.Call:
		return l.call(x)
	case *syntax.Attr:
		return l.attr(x)
	case *syntax.Index:
		return l.index(x)
	case *syntax.Cond:
		return cat(l.expr(x.Then).paren(precOr), " if ", l.expr(x.If).paren(precOr), " else ", l.expr(x.Else).paren(precCond)).with(precCond)
	case *syntax.Lambda:
		var ps []ex
		for i, p := range paramsNamed2(x.Params) {
			ps = append(ps, l.param(p, l.lambdaVar(x, i), false))
		}
		head := "lambda"
		if len(ps) > 0 {
			head += " "
		}
		return cat(at(head, x.Start), commas(ps), ": ", l.expr(x.Body).paren(precCond)).with(precCond)
	case *syntax.Named:
		if l.hoisted[x] {
			return l.variable(l.names[x.Name], x.Start)
		}
		v := l.names[x.Name]
		return cat(at(v.out, x.Start), ".set(", l.expr(x.X), ")")
	case *syntax.Starred:
		l.finding(x, "star-expression", "`*` in this place", "write the values one by one")
		return txt("None")
	case *syntax.Await:
		l.finding(x, "async", "await", "call the function; `parallel([…])` runs several at once")
		return txt("None")
	case *syntax.Yield:
		if x.From {
			return cat("py.yield_from("+l.yieldName()+", ", l.expr(x.X), ")")
		}
		if x.X == nil {
			return txt(l.yieldName() + "(None)")
		}
		e := l.expr(x.X)
		if e.prec == 0 {
			e = cat("(", e, ")")
		}
		return cat(at(l.yieldName()+"(", x.Start), e, ")")
	case *syntax.Slice:
		l.finding(x, "slice", "a slice in this place", "slice one dimension at a time")
		return txt("None")
	}
	return txt("None")
}

func starred(xs []syntax.Expr) bool {
	for _, x := range xs {
		if _, ok := x.(*syntax.Starred); ok {
			return true
		}
	}
	return false
}

func (l *lowerer) exprs(xs []syntax.Expr) []ex {
	out := make([]ex, len(xs))
	for i, x := range xs {
		out[i] = l.expr(x)
	}
	return out
}

// splice lowers a display with *x in it to a sum of lists.
func (l *lowerer) splice(xs []syntax.Expr) ex {
	var parts []ex
	var run []ex
	flush := func() {
		if len(run) > 0 {
			parts = append(parts, cat("[", commas(run), "]"))
			run = nil
		}
	}
	for _, x := range xs {
		if s, ok := x.(*syntax.Starred); ok {
			flush()
			if l.of(s.X).only(kList) {
				parts = append(parts, l.expr(s.X).paren(precAdd))
			} else {
				parts = append(parts, cat("list(", l.iter(s.X), ")"))
			}
			continue
		}
		run = append(run, l.expr(x))
	}
	flush()
	return sum(parts)
}

func sum(parts []ex) ex {
	if len(parts) == 1 {
		return parts[0]
	}
	out := parts[0]
	for _, p := range parts[1:] {
		out = cat(out, " + ", p)
	}
	return out.with(precAdd)
}

// paren keeps parentheses that join lines; others come back where they are needed.
func (l *lowerer) paren(x *syntax.Paren) ex {
	if l.file.Line(x.Start) == l.file.Line(x.End) {
		e := l.expr(x.X)
		if e.prec == precPrimary || e.prec == 0 {
			return e
		}
		if _, ok := unparen(x.X).(*syntax.Named); ok {
			return e
		}
		return cat("(", e, ")")
	}
	return l.bracket("(", []item{{l.expr(x.X), x.X.Range()}}, ")", x.Span)
}

func (l *lowerer) dict(x *syntax.Dict) ex {
	merge := false
	for _, k := range x.Keys {
		merge = merge || k == nil
	}
	pair := func(i int) ex { return cat(l.expr(x.Keys[i]), ": ", l.expr(x.Values[i])) }
	if !merge {
		var items []item
		for i := range x.Keys {
			items = append(items, item{pair(i), syntax.Span{Start: x.Keys[i].Range().Start, End: x.Values[i].Range().End}})
		}
		return l.bracket("{", items, "}", x.Span)
	}
	var parts []ex
	var run []ex
	flush := func() {
		if len(run) > 0 {
			parts = append(parts, cat("{", commas(run), "}"))
			run = nil
		}
	}
	for i, k := range x.Keys {
		if k != nil {
			run = append(run, pair(i))
			continue
		}
		flush()
		if l.of(x.Values[i]).only(kDict) {
			parts = append(parts, l.expr(x.Values[i]).paren(precPipe))
		} else {
			parts = append(parts, cat("dict(", l.expr(x.Values[i]), ")"))
		}
	}
	flush()
	if len(parts) == 1 {
		return cat("dict(", parts[0], ")")
	}
	out := parts[0]
	for _, p := range parts[1:] {
		out = cat(out, " | ", p)
	}
	return out.with(precPipe)
}

func (l *lowerer) clauses(cs []syntax.Clause) ex {
	var parts []any
	for _, c := range cs {
		if c.Async {
			l.finding(c.Target, "async", "async for", "use a plain for")
		}
		parts = append(parts, " for ", l.target(c.Target), " in ", l.iter(c.Iter).paren(precOr))
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
		return l.variable(v, x.Start)
	}
	switch {
	case exceptions[x.ID]:
		return at("py."+x.ID, x.Start)
	case x.ID == "__name__":
		return at(`"__main__"`, x.Start)
	case x.ID == "unittest":
		return at("py.unittest", x.Start)
	case x.ID == "Machine" || x.ID == "QemuMachine" || x.ID == "NspawnMachine":
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
		case "frozenset":
			return at("py.set", x.Start)
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
		return cat(l.expr(x.X).paren(precPrimary), ".", at(attrName(x.Name), x.End-len(x.Name)))
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
