package syntax

func (p *parser) atom() Expr {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	switch p.tok.kind {
	case name:
		if w := p.tok.text; keywords().MatchString(w) && w != "True" && w != "False" && w != "None" {
			p.fail("unexpected %s", p.describe())
		}
		n := p.tok.text
		p.advance()
		return &Name{p.span(start), n, false}
	case number:
		n := p.tok.text
		p.advance()
		return &Num{p.span(start), n}
	case str:
		s := &Str{}
		for p.tok.kind == str {
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
			return &Name{p.span(start), "...", false}
		}
	}
	p.fail("unexpected %s", p.describe())
	return nil
}

func (p *parser) parens() Expr {
	start := p.tok.start
	p.advance()
	if p.accept(")") {
		return &Tuple{p.span(start), nil, true}
	}
	x := p.exprList(true)
	if p.isFor() {
		return p.comp(start, '(', nil, x)
	}
	p.expect(")")
	if t, ok := x.(*Tuple); ok && !t.Paren {
		t.Paren, t.Span = true, p.span(start)
		return t
	}
	return &Paren{p.span(start), x}
}

func (p *parser) isFor() bool { return p.is("for") || p.is("async") }

// comp reads the clauses of a comprehension and its closing bracket.
func (p *parser) comp(start int, kind byte, key, elt Expr) Expr {
	cs := p.clauses()
	p.expect(map[byte]string{'(': ")", '[': "]", '{': "}", ':': "}"}[kind])
	return &Comp{p.span(start), kind, cs, key, elt}
}

func (p *parser) listDisplay() Expr {
	start := p.tok.start
	p.advance()
	var elts []Expr
	for more := true; more && !p.is("]"); more = p.accept(",") {
		elts = append(elts, p.listItem(true))
		if len(elts) == 1 && p.isFor() {
			return p.comp(start, '[', nil, elts[0])
		}
	}
	p.expect("]")
	return &List{p.span(start), elts}
}

func (p *parser) braces() Expr {
	start := p.tok.start
	p.advance()
	var keys, values, elts []Expr
	for more := true; more && !p.is("}"); more = p.accept(",") {
		first := len(keys)+len(elts) == 0
		if elts == nil && p.accept("**") {
			keys, values = append(keys, nil), append(values, p.binary(levelCompare+1))
			continue
		}
		x := p.listItem(true)
		if elts == nil && p.accept(":") {
			v := p.expression()
			if first && p.isFor() {
				return p.comp(start, ':', x, v)
			}
			keys, values = append(keys, x), append(values, v)
			continue
		}
		if keys != nil {
			p.fail("expected `:`, found %s", p.describe())
		}
		if elts = append(elts, x); first && p.isFor() {
			return p.comp(start, '{', nil, x)
		}
	}
	p.expect("}")
	if elts != nil {
		return &Set{p.span(start), elts}
	}
	return &Dict{p.span(start), keys, values}
}
