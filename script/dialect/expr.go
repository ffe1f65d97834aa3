package dialect

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// params parses a parameter list up to its end, which it does not consume. Annotations are only allowed when typed is
// set.
func (p *parser) params(end syntax.Token, typed bool) []*Param {
	var out []*Param
	for p.tok() != end && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		before := p.i
		param := &Param{Range: Range{Start: p.start()}}
		switch p.tok() {
		case syntax.STAR:
			param.Star = 1
			p.next()
		case syntax.STARSTAR:
			param.Star = 2
			p.next()
		}
		if param.Star != 1 || p.tok() == syntax.IDENT {
			if p.tok() == syntax.SLASH {
				p.fail(p.here(), "Starlark has no positional-only parameters", "leave out the `/`")
			}
			param.Name = p.ident("a parameter")
		}
		if typed && p.tok() == syntax.COLON && param.Name != nil {
			from := p.next().start
			param.Type = p.test()
			p.erase = append(p.erase, erasure{Range: p.since(from), inParens: true})
		}
		if param.Star == 0 && p.got(syntax.EQ) {
			param.Default = p.test()
		}
		param.Range = p.since(param.Start)
		out = append(out, param)
		if p.tok() != end && !p.got(syntax.COMMA) {
			p.fail(p.here(), fmt.Sprintf("expected `,` or the end of the parameters but %s", p.describe()), "")
			if p.i == before {
				p.next()
			}
			if end == syntax.COLON {
				return out
			}
		}
	}
	return out
}

func (p *parser) bad() Expr {
	r := p.here()
	return &BadExpr{Range: Range{r.Start, r.Start}}
}

// exprList parses an expression or a tuple without parentheses.
func (p *parser) exprList(inParens bool) Expr {
	x := p.test()
	if p.tok() != syntax.COMMA {
		return x
	}
	list := []Expr{x}
	for p.tok() == syntax.COMMA {
		comma := p.next()
		if p.endsList() {
			if !inParens {
				p.fail(Range{comma.start, comma.end}, "a tuple that ends in a comma needs parentheses", "")
			}
			break
		}
		list = append(list, p.test())
	}
	return &TupleExpr{Range: p.since(x.Span().Start), List: list}
}

func (p *parser) endsList() bool {
	switch p.tok() {
	case syntax.EOF, syntax.NEWLINE, syntax.EQ, syntax.RBRACE, syntax.RBRACK, syntax.RPAREN, syntax.SEMI:
		return true
	}
	return false
}

// test parses an expression with "if … else".
func (p *parser) test() Expr {
	if !p.deeper() {
		p.skipTo()
		return p.bad()
	}
	defer p.leave()
	if p.tok() == syntax.LAMBDA {
		return p.lambda(true)
	}
	x := p.binary(0)
	if p.tok() != syntax.IF {
		return x
	}
	r := p.here()
	p.next()
	cond := p.binary(0)
	if !p.got(syntax.ELSE) {
		p.fail(r, "an `if` in an expression needs an `else`", "")
		return &CondExpr{Range: p.since(x.Span().Start), True: x, Cond: cond, False: p.bad()}
	}
	y := p.test()
	return &CondExpr{Range: p.since(x.Span().Start), True: x, Cond: cond, False: y}
}

// skipTo skips to the end of the statement.
func (p *parser) skipTo() {
	for p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		p.next()
	}
}

func (p *parser) lambda(allowCond bool) Expr {
	l := &LambdaExpr{Range: Range{Start: p.next().start}}
	if p.tok() != syntax.COLON {
		l.Params = p.params(syntax.COLON, false)
	}
	if p.want(syntax.COLON, "`:` behind the parameters") {
		switch {
		case allowCond:
			l.Body = p.test()
		case p.tok() == syntax.LAMBDA:
			if !p.deeper() {
				p.skipTo()
				break
			}
			l.Body = p.lambda(false)
			p.leave()
		default:
			l.Body = p.binary(0)
		}
	}
	if l.Body == nil {
		l.Body = p.bad()
	}
	l.Range = p.since(l.Start)
	return l
}

const compareLevel, notLevel = 4, 3

var levels = [foreign + 1]int{
	syntax.OR: 1, syntax.AND: 2, syntax.NOT: notLevel,
	syntax.EQL: compareLevel, syntax.NEQ: compareLevel, syntax.LT: compareLevel, syntax.GT: compareLevel, syntax.LE: compareLevel,
	syntax.GE: compareLevel, syntax.IN: compareLevel, syntax.NOT_IN: compareLevel,
	syntax.PIPE: 5, syntax.CIRCUMFLEX: 6, syntax.AMP: 7, syntax.LTLT: 8, syntax.GTGT: 8, syntax.PLUS: 9, syntax.MINUS: 9,
	syntax.STAR: 10, syntax.PERCENT: 10, syntax.SLASH: 10, syntax.SLASHSLASH: 10,
}

// binary parses operators that bind at least as tightly as level.
func (p *parser) binary(level int) Expr {
	if !p.deeper() {
		p.skipTo()
		return p.bad()
	}
	defer p.leave()
	var x Expr
	if p.tok() == syntax.NOT && level <= notLevel {
		start := p.next().start
		y := p.binary(notLevel)
		x = &UnaryExpr{Range: p.since(start), Op: syntax.NOT, X: y}
	} else {
		x = p.primaryWithSuffix()
	}
	compared := false
	length := 0
	for {
		op := p.tok()
		r := p.here()
		if op == syntax.NOT && p.peek(1) == syntax.IN {
			op = syntax.NOT_IN
		} else if op == syntax.NOT {
			return x
		}
		if op == foreign && p.text() == "is" || op == syntax.STARSTAR {
			p.foreignOperator()
			continue
		}
		l := levels[op]
		if l == 0 || l < level {
			return x
		}
		if l == compareLevel {
			if compared {
				p.fail(r, "comparisons can't be chained", "write `a < b and b < c`")
			}
			compared = true
		} else if l < compareLevel {
			compared = false
		}
		p.next()
		if op == syntax.NOT_IN {
			r.End = p.next().end
		}
		if length++; p.tooLong(length) {
			return x
		}
		y := p.binary(l + 1)
		x = &BinaryExpr{Range: p.since(x.Span().Start), Op: op, OpPos: r, X: x, Y: y}
	}
}

func (p *parser) foreignOperator() {
	if p.tok() == syntax.STARSTAR {
		p.fail(p.here(), "Starlark has no operator `**`", "use `math.pow(x, y)` or `1 << n`")
	} else if p.peek(1) == syntax.NOT {
		p.fail(p.here(), "Starlark has no `is not`", "write `!= None`")
	} else {
		p.fail(p.here(), "Starlark has no `is`", "write `== None`")
	}
	p.next()
	p.got(syntax.NOT)
	p.binary(compareLevel + 1)
}

func (p *parser) primaryWithSuffix() Expr {
	x := p.primary()
	for length := 1; !p.tooLong(length); length++ {
		start := x.Span().Start
		switch p.tok() {
		case syntax.DOT:
			p.next()
			name := p.ident("a name behind the dot")
			x = &DotExpr{Range: p.since(start), X: x, Name: name}
		case syntax.LPAREN:
			x = p.call(x)
		case syntax.LBRACK:
			x = p.index(x)
		default:
			return x
		}
	}
	return x
}

// tooLong limits the operators in a row: those who walk the tree recurse into each.
func (p *parser) tooLong(length int) bool {
	const most = 4000
	if length <= most {
		return false
	}
	p.fail(p.here(), fmt.Sprintf("an expression with more than %d operators in a row", most), "make it in several statements")
	p.skipTo()
	return true
}

func (p *parser) index(x Expr) Expr {
	start := x.Span().Start
	p.next()
	var lo, hi, step Expr
	if p.tok() != syntax.COLON {
		lo = p.exprListOrTrailing()
		if p.tok() != syntax.COLON {
			p.want(syntax.RBRACK, "`]`")
			return &IndexExpr{Range: p.since(start), X: x, Index: lo}
		}
	}
	p.next()
	if p.tok() != syntax.COLON && p.tok() != syntax.RBRACK {
		hi = p.test()
	}
	if p.got(syntax.COLON) && p.tok() != syntax.RBRACK {
		step = p.test()
	}
	p.want(syntax.RBRACK, "`]`")
	return &SliceExpr{Range: p.since(start), X: x, Lo: lo, Hi: hi, Step: step}
}

// exprListOrTrailing parses the content of [] after an expression, where types may have "..." and [].
func (p *parser) exprListOrTrailing() Expr { return p.exprList(false) }

func (p *parser) call(fn Expr) Expr {
	c := &CallExpr{Fn: fn, Range: Range{Start: fn.Span().Start}, Lparen: p.next().start, Rparen: -1}
	for p.tok() != syntax.RPAREN && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		before := p.i
		a := &Arg{Range: Range{Start: p.start()}}
		switch p.tok() {
		case syntax.STAR:
			a.Star = 1
			p.next()
		case syntax.STARSTAR:
			a.Star = 2
			p.next()
		}
		a.Value = p.test()
		if a.Star == 0 && p.tok() == syntax.EQ {
			id, ok := a.Value.(*Ident)
			if !ok {
				p.fail(a.Value.Span(), "a named argument must have the form name=value", "a comparison is written ==")
			}
			a.Name = id
			p.next()
			a.Value = p.test()
		}
		if p.tok() == syntax.FOR {
			p.fail(p.here(), "Starlark has no generator expressions", "write a list: [… for … in …]")
			for p.tok() != syntax.RPAREN && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
				p.next()
			}
		}
		a.Range = p.since(a.Start)
		c.Args = append(c.Args, a)
		if p.tok() == syntax.RPAREN {
			break
		}
		if !p.got(syntax.COMMA) {
			hint := ""
			if p.tok() == syntax.STRING && p.toks[p.i-1].kind == syntax.STRING {
				hint = "Starlark joins strings with +"
			}
			p.fail(p.here(), fmt.Sprintf("expected `,` or `)` but %s", p.describe()), hint)
			if p.i == before {
				p.next()
			}
		}
	}
	if p.tok() == syntax.RPAREN {
		c.Rparen = p.start()
	}
	p.want(syntax.RPAREN, "`)`")
	c.Range = p.since(c.Start)
	return c
}

func (p *parser) literal() Expr {
	t := p.next()
	l := &Literal{Range: Range{t.start, t.end}, Token: t.kind, Raw: string(p.src[t.start:t.end])}
	switch t.kind {
	case syntax.INT, syntax.FLOAT:
		l.Value, _ = parseNumber(l.Raw)
		return l
	}
	text := strings.TrimLeft(l.Raw, "rb")
	quotes := 1
	if len(text) >= 6 && text[0] == text[1] && text[1] == text[2] {
		quotes = 3
	}
	if len(text) < 2*quotes || text[0] != text[len(text)-1] { // not closed; the scanner has reported that
		l.Value = strings.TrimLeft(text, `"'`)
		return l
	}
	if !strings.ContainsAny(text, "\\\r") {
		l.Value = text[quotes : len(text)-quotes]
		return l
	}
	l.Value = text[quotes : len(text)-quotes]
	x, err := Options().ParseExpr("", l.Raw, 0)
	if lit, ok := x.(*syntax.Literal); ok && err == nil {
		l.Value = lit.Value
		return l
	}
	if se, ok := err.(syntax.Error); ok {
		hint := ""
		if strings.HasPrefix(se.Msg, "invalid escape sequence") {
			hint = `write \\ for a backslash, or put an r before the string: r"…"`
		}
		r := l.Range
		if i := badEscape(l.Raw); i >= 0 {
			r = Range{l.Start + i, l.Start + i + 2}
		}
		p.errs.add(r, se.Msg, hint)
	}
	return l
}

// badEscape returns the offset of the first invalid escape of a string, -1 when it is unknown.
func badEscape(raw string) int {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] == '\\' {
			if !strings.ContainsRune("abfnrtv\\'\"01234567xuU\n\r", rune(raw[i+1])) {
				return i
			}
			i++
		}
	}
	return -1
}

func (p *parser) primary() Expr {
	if !p.deeper() {
		p.skipTo()
		return p.bad()
	}
	defer p.leave()
	start := p.start()
	switch p.tok() {
	case syntax.IDENT:
		return p.ident("a name")
	case syntax.INT, syntax.FLOAT, syntax.STRING, syntax.BYTES:
		x := p.literal()
		if (p.tok() == syntax.STRING || p.tok() == syntax.BYTES) && p.toks[p.i-1].kind == p.tok() {
			p.fail(p.here(), "two strings side by side", "Starlark joins strings with +")
			for p.tok() == syntax.STRING || p.tok() == syntax.BYTES {
				p.next()
			}
		}
		return x
	case syntax.LBRACK:
		return p.list()
	case syntax.LBRACE:
		return p.dict()
	case syntax.LPAREN:
		p.next()
		if p.got(syntax.RPAREN) {
			return &TupleExpr{Range: p.since(start)}
		}
		x := p.exprList(true)
		if p.tok() == syntax.FOR {
			p.fail(p.here(), "Starlark has no generator expressions", "write a list: [… for … in …]")
			p.skipClose(syntax.RPAREN)
		}
		p.want(syntax.RPAREN, "`)`")
		return &ParenExpr{Range: p.since(start), X: x}
	case syntax.MINUS, syntax.PLUS, syntax.TILDE:
		op := p.next().kind
		x := p.primaryWithSuffix()
		return &UnaryExpr{Range: p.since(start), Op: op, X: x}
	case ellipsis:
		t := p.next()
		return &EllipsisExpr{Range: Range{t.start, t.end}}
	}
	hint := ""
	if p.tok() == foreign || p.tok() == syntax.LAMBDA {
		hint = foreignHints[p.text()]
		switch {
		case p.text() == "is":
			hint = "write == or !="
		case strings.HasPrefix(p.text(), "${"):
			hint = "Nix fills this in: check the script that it builds"
		}
	}
	p.fail(p.here(), "expected an expression but "+p.describe(), hint)
	if p.tok() == foreign {
		p.next()
	}
	return &BadExpr{Range: Range{start, start}}
}

func (p *parser) skipClose(end syntax.Token) {
	for p.tok() != end && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		p.next()
	}
}
