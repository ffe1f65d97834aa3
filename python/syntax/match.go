package syntax

// matchStmt reads a match statement; nil, with nothing consumed, when `match` is a plain name here.
func (p *parser) matchStmt() (out Stmt) {
	save, tok, end, depth := *p.lex, p.tok, p.prevEnd, p.depth
	parens := append([]byte(nil), p.lex.parens...)
	indents := append([]int(nil), p.lex.indents...)
	comments := 0
	if p.lex.comments != nil {
		comments = len(*p.lex.comments)
	}
	restore := func() {
		*p.lex, p.tok, p.prevEnd, p.depth = save, tok, end, depth
		p.lex.parens, p.lex.indents = parens, indents
		if p.lex.comments != nil {
			*p.lex.comments = (*p.lex.comments)[:comments]
		}
	}
	subject := p.matchSubject()
	if subject == nil {
		restore()
		return nil
	}
	s := &Match{Subject: subject}
	p.advance() // newline
	p.advance() // indent
	for p.isWord("case") {
		cs := p.tok.start
		p.advance()
		c := Case{Pattern: p.pattern()}
		if p.acceptWord("if") {
			c.Guard = p.namedExpr()
		}
		c.Body = p.block()
		c.Span = Span{cs, endOf(c.Body)}
		s.Cases = append(s.Cases, c)
	}
	if p.tok.kind == dedent {
		p.advance()
	} else if p.tok.kind != eof {
		p.fail("expected `case`, found %s", p.describe())
	}
	s.Span = Span{tok.start, s.Cases[len(s.Cases)-1].End}
	return s
}

// matchSubject reads `match X:` up to the end of its line when a case follows; else nil.
func (p *parser) matchSubject() (x Expr) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
			x = nil
		}
	}()
	p.advance()
	x = p.exprList(true)
	if !p.isOp(":") {
		return nil
	}
	p.advance()
	if p.tok.kind != newline {
		return nil
	}
	// Look two tokens ahead without losing them.
	look, tok, end := *p.lex, p.tok, p.prevEnd
	parens, indents := append([]byte(nil), look.parens...), append([]int(nil), look.indents...)
	p.advance()
	isBlock := p.tok.kind == indent
	p.advance()
	isCase := p.isWord("case")
	*p.lex, p.tok, p.prevEnd = look, tok, end
	p.lex.parens, p.lex.indents = parens, indents
	if !isBlock || !isCase {
		return nil
	}
	return x
}

// pattern reads a pattern: expressions stand for its parts, with As for `as`, Call for classes and Starred for `*`.
func (p *parser) pattern() Expr {
	start := p.tok.start
	x := p.patternItem()
	if !p.isOp(",") {
		return x
	}
	t := &Tuple{Elts: []Expr{x}}
	for p.acceptOp(",") && !p.isOp(":") && !p.isWord("if") {
		t.Elts = append(t.Elts, p.patternItem())
	}
	t.Span = p.span(start)
	return t
}

// patternItem reads an element of a pattern.
func (p *parser) patternItem() Expr {
	start := p.tok.start
	if p.acceptOp("*") {
		x := p.patternAtom()
		return &Starred{p.span(start), x}
	}
	x := p.patternAtom()
	for p.isOp("|") {
		pos := p.tok.start
		p.advance()
		y := p.patternAtom()
		x = &Binary{p.span(start), "|", pos, x, y}
	}
	if p.acceptWord("as") {
		at := p.tok.start
		name := p.ident()
		n := &Name{p.span(at), name}
		x = &As{p.span(start), x, n}
	}
	return x
}

// patternItems reads up to a closing bracket.
func (p *parser) patternItems(end string) (xs []Expr, comma bool) {
	for !p.isOp(end) {
		xs = append(xs, p.patternItem())
		if !p.acceptOp(",") {
			break
		}
		comma = true
	}
	p.expectOp(end)
	return xs, comma
}

func (p *parser) patternAtom() Expr {
	start := p.tok.start
	p.enter()
	defer func() { p.depth-- }()
	switch {
	case p.acceptOp("("):
		xs, comma := p.patternItems(")")
		if len(xs) == 1 && !comma {
			if _, star := xs[0].(*Starred); !star {
				return &Paren{p.span(start), xs[0]}
			}
		}
		return &Tuple{p.span(start), xs, true}
	case p.acceptOp("["):
		xs, _ := p.patternItems("]")
		return &List{p.span(start), xs}
	case p.acceptOp("{"):
		d := &Dict{}
		for !p.isOp("}") {
			if p.acceptOp("**") {
				d.Keys, d.Values = append(d.Keys, nil), append(d.Values, p.patternAtom())
			} else {
				key := p.patternAtom()
				p.expectOp(":")
				d.Keys, d.Values = append(d.Keys, key), append(d.Values, p.patternItem())
			}
			if !p.acceptOp(",") {
				break
			}
		}
		p.expectOp("}")
		d.Span = p.span(start)
		return d
	case p.isOp("-"):
		p.advance()
		x := p.atom()
		return &Unary{p.span(start), "-", x}
	}
	x := p.atom()
	for p.acceptOp(".") {
		n := p.ident()
		full := p.private(n)
		x = &Attr{p.span(start), x, full, len(full) - len(n)}
	}
	if p.acceptOp("(") {
		c := &Call{Fn: x}
		for !p.isOp(")") {
			at := p.tok.start
			v := p.patternItem()
			a := Arg{Value: v}
			if n, ok := v.(*Name); ok && p.acceptOp("=") {
				a.Name, a.Value = n.ID, p.patternItem()
			}
			a.Span = p.span(at)
			c.Args = append(c.Args, a)
			if !p.acceptOp(",") {
				break
			}
		}
		p.expectOp(")")
		c.Span = p.span(start)
		x = c
	}
	return x
}
