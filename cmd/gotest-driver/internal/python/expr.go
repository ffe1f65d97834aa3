package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

var binaryPrec = map[string]int{
	"or": precOr, "and": precAnd, "|": precPipe, "^": precCaret, "&": precAmp, "<<": precShift, ">>": precShift,
	"+": precAdd, "-": precAdd, "*": precMul, "/": precMul, "//": precMul, "%": precMul,
}

// expr lowers an expression.
func (l *lowerer) expr(x syntax.Expr) ex {
	if l.shown > 0 && !l.onlyText(x) {
		defer func(shown int) { l.shown = shown }(l.shown)
		l.shown = 0
	}
	switch x := x.(type) {
	case *syntax.Paren:
		return l.paren(x)
	case *syntax.Name:
		return l.name(x)
	case *syntax.Num:
		s, ok := number(x.Text)
		if !ok {
			l.finding(x, "complex-number", "a complex or infinite number", "")
		}
		return at(s, x.Start).with(precUnary) // 5.real does not parse
	case *syntax.Str:
		return l.str(x)
	case *syntax.Tuple:
		if starred(x.Elts) {
			return cat("tuple(", l.list(x.Elts, x.Span), ")")
		}
		if !x.Paren && len(x.Elts) > 1 {
			var es []ex
			for _, e := range x.Elts {
				es = append(es, l.expr(e))
			}
			return commas(es).with(0)
		}
		close := ")"
		if len(x.Elts) == 1 {
			close = ",)"
		}
		return l.bracket("(", l.items(x.Elts), close, x.Span)
	case *syntax.List:
		return l.list(x.Elts, x.Span)
	case *syntax.Set:
		return cat("set(", l.list(x.Elts, x.Span), ")")
	case *syntax.Dict:
		return l.dict(x)
	case *syntax.Comp:
		return l.comp(x)
	case *syntax.Unary:
		switch x.Op {
		case "await":
			return l.none(x, "async", "`await`", atOnce)
		case "yield":
			return l.none(x, "generator", "`yield`", "return a list")
		case "not":
			return cat("not ", l.expr(x.X).paren(precNot)).with(precNot)
		}
		return cat(at(x.Op, x.Start), l.operand(x.X).paren(precUnary)).with(precUnary)
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
		for _, p := range l.paramList(x, x.Params, false) {
			ps = append(ps, p.e)
		}
		head := "lambda"
		if len(ps) > 0 {
			head += " "
		}
		return cat(at(head, x.Start), commas(ps), ": ", l.expr(x.Body).paren(precCond)).with(precCond)
	case *syntax.Named:
		if l.hoisted[x] {
			return at(l.names[x.Name].out, x.Start)
		}
		return l.none(x, "walrus", "`:=` in this place", "assign in a statement before")
	case *syntax.Starred:
		return l.none(x, "star-expression", "`*` in this place", "write the values one by one")
	case *syntax.Slice:
		return l.none(x, "slice", "a slice in this place", "slice one dimension at a time")
	}
	return txt("None")
}

func isStarred(x syntax.Expr) bool {
	_, ok := x.(*syntax.Starred)
	return ok
}

func starred(xs []syntax.Expr) bool { return slices.ContainsFunc(xs, isStarred) }

// bare lowers an expression for a place where a tuple needs parentheses.
func (l *lowerer) bare(x syntax.Expr) ex {
	e := l.expr(x)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	return e
}

// splice lowers a display with *x or **x to a sum: single lowers element i, and other the iterable in it, nil if there is
// none.
func (l *lowerer) splice(n int, brackets, op string, prec int, single func(i int) ex, other func(i int) *ex) ex {
	var parts, run []ex
	for i := range n {
		x := other(i)
		if x == nil {
			run = append(run, single(i))
		}
		if len(run) > 0 && (x != nil || i == n-1) {
			parts = append(parts, cat(brackets[:1], commas(run), brackets[1:]))
			run = nil
		}
		if x != nil {
			parts = append(parts, *x)
		}
	}
	out := parts[0]
	for _, p := range parts[1:] {
		out = cat(out, op, p).with(prec)
	}
	return out
}

// list lowers the elements of a list; with *x in it, the result is a sum of lists.
func (l *lowerer) list(xs []syntax.Expr, span syntax.Span) ex {
	if !starred(xs) {
		return l.bracket("[", l.items(xs), "]", span)
	}
	return l.splice(len(xs), "[]", " + ", precAdd, func(i int) ex { return l.expr(xs[i]) }, func(i int) *ex {
		s, ok := xs[i].(*syntax.Starred)
		if !ok {
			return nil
		}
		e := cat("list(", l.iter(s.X), ")")
		if len(xs) > 1 && l.of(s.X).only(kList) {
			e = l.expr(s.X).paren(precAdd)
		}
		return &e
	})
}

// paren keeps parentheses that join lines; others are added again where they are needed.
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
	l.depth++
	e := l.expr(x.X)
	l.depth--
	return l.bracket("(", []item{{e, x.X.Range()}}, ")", x.Span)
}

func (l *lowerer) dict(x *syntax.Dict) ex {
	pair := func(i int) ex { return cat(l.expr(x.Keys[i]), ": ", l.expr(x.Values[i])) }
	if slices.Contains(x.Keys, nil) {
		return l.splice(len(x.Keys), "{}", " | ", precPipe, pair, func(i int) *ex {
			if x.Keys[i] != nil {
				return nil
			}
			e := cat("dict(", l.expr(x.Values[i]), ")")
			if len(x.Keys) > 1 && l.of(x.Values[i]).only(kDict) {
				e = l.expr(x.Values[i]).paren(precPipe)
			}
			return &e
		})
	}
	var items []item
	for i := range x.Keys {
		items = append(items, item{pair(i), syntax.Span{Start: x.Keys[i].Range().Start, End: x.Values[i].Range().End}})
	}
	return l.bracket("{", items, "}", x.Span)
}
