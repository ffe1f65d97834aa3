package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// paramList lowers parameters.
func (l *lowerer) paramList(of syntax.Node, params []syntax.Param, annotate bool) []item {
	var out []item
	for i, p := range params {
		out = append(out, item{l.param(p, l.params[of][i], annotate), p.Span})
	}
	return out
}

func (l *lowerer) param(p syntax.Param, v *variable, annotate bool) ex {
	if v == nil {
		return txt("*")
	}
	e := at(v.out, p.Start)
	switch p.Star {
	case 1:
		e = cat("*", e)
	case 2:
		e = cat("**", e)
	}
	if annotate && p.Ann != nil {
		a, t := annotation(p.Ann)
		none := p.Default != nil && isName(p.Default, "None")
		if a != "" && none && !t.may(kNone) {
			a += " | None"
		}
		if a != "" && (p.Default == nil || none || l.of(p.Default).fits(t)) {
			e = cat(e, ": "+a)
		}
	}
	if p.Default != nil {
		return cat(e, " = ", l.expr(p.Default).paren(precCond))
	}
	return e
}

func (l *lowerer) funcDef(s *syntax.FuncDef, next int) {
	if s.Async {
		l.finding(s, "async", "`async def`", atOnce)
		return
	}
	if isGeneratorFunc(s) {
		l.finding(s, "generator", "a generator function", "return a list, or write a function that takes the body")
		return
	}
	name := l.defs[s].out
	ps := l.paramList(s, s.Params, true)
	end := s.NamePos
	if len(ps) > 0 {
		end = ps[len(ps)-1].span.End
	}
	head := cat("def ", at(name, s.NamePos), l.bracket("(", ps, ")", syntax.Span{Start: s.NamePos, End: end}))
	if a, t := annotation(s.Result); a != "" && l.returns[s].fits(t) && (t.may(kNone) || !falls(s.Body)) {
		head = cat(head, " -> "+a)
	}
	l.header(s.Start, l.headEnd(s.Start, s.Body), cat(head, ":"))
	ctx, outer := l.ctx, l.function
	l.ctx, l.function = &flow{}, s
	l.body(s.Body, next)
	l.ctx, l.function = ctx, outer
	e := txt(name)
	for _, d := range slices.Backward(s.Decorators) {
		e = l.decorate(d, e)
	}
	if len(s.Decorators) > 0 {
		l.out.emit(s.Start, name, " = ", e)
	}
}

// decorate applies a decorator.
func (l *lowerer) decorate(d syntax.Expr, e ex) ex {
	x, ok := unparen(d).(*syntax.Call)
	if !ok || l.callee(x) != "polling_condition" {
		return cat(l.expr(d).paren(precPrimary), "(", e, ")")
	}
	items := append([]item{{e, x.Range()}}, l.args(renamedArgs("polling_condition", x), nil, 0)...)
	return cat(at("polling_condition", x.Start), l.bracket("(", items, ")", syntax.Span{Start: x.Start, End: x.Start}))
}

// isGeneratorFunc reports whether a function itself has a yield.
func isGeneratorFunc(s *syntax.FuncDef) bool {
	hit := false
	syntax.Walk(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDef:
			return n == s
		case *syntax.Lambda:
			return false
		case *syntax.Unary:
			hit = hit || n.Op == "yield"
		}
		return true
	})
	return hit
}
