package syntax

func (p *parser) atom() Expr {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	switch p.tok.kind {
	case name:
		if w := p.tok.text; keywords[w] && w != "True" && w != "False" && w != "None" {
			p.fail("unexpected %s", p.describe())
		}
		n := p.tok.text
		p.advance()
		return &Name{p.span(start), n}
	case number:
		n := p.tok.text
		p.advance()
		return &Num{p.span(start), n}
	case str:
		s := &Str{}
		for p.tok.kind == str {
			if len(s.Parts) > 0 && s.Parts[0].Bytes() != p.tok.part.Bytes() {
				p.fail("bytes and text can't stand next to each other")
			}
			s.Parts = append(s.Parts, p.tok.part)
			p.advance()
		}
		s.Span = p.span(start)
		return s
	case op:
		switch p.tok.text {
		case "(":
			return p.parens()
		case "[":
			return p.listDisplay()
		case "{":
			return p.braces()
		case "...":
			p.advance()
			return &Name{p.span(start), "..."}
		}
	}
	p.fail("unexpected %s", p.describe())
	return nil
}

func (p *parser) parens() Expr {
	start := p.tok.start
	p.advance()
	if p.acceptOp(")") {
		return &Tuple{p.span(start), nil, true}
	}
	x := p.exprList(true)
	if p.isWord("for") || p.isWord("async") {
		c := &Comp{Kind: '(', Elt: x, Clauses: p.clauses()}
		p.expectOp(")")
		c.Span = p.span(start)
		return c
	}
	p.expectOp(")")
	if t, ok := x.(*Tuple); ok && !t.Paren {
		t.Paren, t.Span = true, p.span(start)
		return t
	}
	return &Paren{p.span(start), x}
}

func (p *parser) listDisplay() Expr {
	start := p.tok.start
	p.advance()
	var elts []Expr
	for !p.isOp("]") {
		elts = append(elts, p.listItem(true))
		if len(elts) == 1 && (p.isWord("for") || p.isWord("async")) {
			c := &Comp{Kind: '[', Elt: elts[0], Clauses: p.clauses()}
			p.expectOp("]")
			c.Span = p.span(start)
			return c
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp("]")
	return &List{p.span(start), elts}
}

func (p *parser) braces() Expr {
	start := p.tok.start
	p.advance()
	d := &Dict{}
	var elts []Expr
	for !p.isOp("}") {
		if p.acceptOp("**") {
			if elts != nil {
				p.fail("`**` in a set")
			}
			d.Keys = append(d.Keys, nil)
			d.Values = append(d.Values, p.binary(4))
		} else {
			x := p.listItem(true)
			if p.isOp(":") && elts == nil {
				p.advance()
				v := p.expression()
				if len(d.Keys) == 0 && (p.isWord("for") || p.isWord("async")) {
					c := &Comp{Kind: ':', Key: x, Elt: v, Clauses: p.clauses()}
					p.expectOp("}")
					c.Span = p.span(start)
					return c
				}
				d.Keys, d.Values = append(d.Keys, x), append(d.Values, v)
			} else {
				if d.Keys != nil {
					p.fail("expected `:`, found %s", p.describe())
				}
				elts = append(elts, x)
				if len(elts) == 1 && (p.isWord("for") || p.isWord("async")) {
					c := &Comp{Kind: '{', Elt: x, Clauses: p.clauses()}
					p.expectOp("}")
					c.Span = p.span(start)
					return c
				}
			}
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp("}")
	if elts != nil {
		return &Set{p.span(start), elts}
	}
	d.Span = p.span(start)
	return d
}
