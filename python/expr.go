package python

import (
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
		return at(s, x.Start).with(precUnary) // 5.real does not parse
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
			if len(xs) > 1 && l.of(s.X).only(kList) && !l.isLazy(s.X) {
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

// isLazy tells whether an expression gives its elements when they are asked for, though it is taken for a list.
func (l *lowerer) isLazy(x syntax.Expr) bool {
	c, ok := unparen(x).(*syntax.Call)
	if !ok {
		return false
	}
	switch l.callee(c) {
	case "map", "filter", "zip", "enumerate", "reversed":
		return true
	}
	return false
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
