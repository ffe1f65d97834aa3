package dialect

import (
	"fmt"
	"go.starlark.net/syntax"
)

func (p *parser) list() Expr {
	start := p.next().start
	l := &ListExpr{}
	for p.tok() != syntax.RBRACK && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		before := p.i
		x := p.test()
		if p.tok() == syntax.FOR && len(l.List) == 0 {
			return p.comprehension(start, x, syntax.RBRACK)
		}
		l.List = append(l.List, x)
		if p.tok() != syntax.RBRACK && !p.got(syntax.COMMA) {
			p.fail(p.here(), fmt.Sprintf("expected `,` or `]` but %s", p.describe()), "")
			if p.i == before {
				p.next()
			}
		}
	}
	p.want(syntax.RBRACK, "`]`")
	l.Range = p.since(start)
	return l
}

func (p *parser) dict() Expr {
	start := p.next().start
	d := &DictExpr{}
	for p.tok() != syntax.RBRACE && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		before := p.i
		k := p.test()
		e := &DictEntry{Key: k}
		if p.tok() == syntax.COMMA || p.tok() == syntax.RBRACE {
			p.fail(k.Span(), "expected `key: value` in a dict", "a set is written set([…])")
			e.Value = p.bad()
		} else if p.want(syntax.COLON, "`:` behind the key") {
			e.Value = p.test()
		} else {
			e.Value = p.bad()
		}
		e.Range = p.since(k.Span().Start)
		if p.tok() == syntax.FOR && len(d.List) == 0 {
			return p.comprehension(start, e, syntax.RBRACE)
		}
		d.List = append(d.List, e)
		if p.tok() != syntax.RBRACE && !p.got(syntax.COMMA) {
			p.fail(p.here(), fmt.Sprintf("expected `,` or `}` but %s", p.describe()), "")
			if p.i == before {
				p.next()
			}
		}
	}
	p.want(syntax.RBRACE, "`}`")
	d.Range = p.since(start)
	return d
}

func (p *parser) loopVars() Expr {
	x := p.primaryWithSuffix()
	if p.tok() != syntax.COMMA {
		return x
	}
	list := []Expr{x}
	for p.got(syntax.COMMA) {
		if p.endsList() || p.tok() == syntax.IN {
			break
		}
		list = append(list, p.primaryWithSuffix())
	}
	return &TupleExpr{Range: p.since(x.Span().Start), List: list}
}

func (p *parser) comprehension(start int, body Expr, end syntax.Token) Expr {
	c := &Comprehension{Curly: end == syntax.RBRACE, Body: body}
	for p.tok() == syntax.FOR || p.tok() == syntax.IF {
		cl := Clause{Range: Range{Start: p.start()}}
		if p.next().kind == syntax.FOR {
			cl.Vars = p.loopVars()
			if p.want(syntax.IN, "`in`") {
				cl.X = p.binary(0)
			} else {
				cl.X = p.bad()
			}
		} else if p.tok() == syntax.LAMBDA {
			cl.Cond = p.lambda(false)
		} else {
			cl.Cond = p.binary(0)
		}
		cl.Range = p.since(cl.Start)
		c.Clauses = append(c.Clauses, cl)
	}
	if p.tok() != end {
		p.fail(p.here(), fmt.Sprintf("expected `%s`, `for` or `if` but %s", end, p.describe()), "")
		p.skipClose(end)
	}
	p.got(end)
	c.Range = p.since(start)
	return c
}
