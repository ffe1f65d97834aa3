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
		c.PatternOK = simplePattern(c.Pattern)
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

// pattern reads a pattern with the grammar of expressions, which covers the simple ones; others (mappings with
// **rest, `as`) are skipped up to their colon and give nil.
func (p *parser) pattern() Expr {
	start := p.tok.start
	x := p.patternItem()
	if p.isOp(",") {
		t := &Tuple{Elts: []Expr{x}}
		for p.acceptOp(",") {
			if p.isOp(":") || p.isWord("if") || p.isWord("as") {
				break
			}
			t.Elts = append(t.Elts, p.patternItem())
		}
		t.Span = p.span(start)
		x = t
	}
	if p.acceptWord("as") {
		p.ident()
		return &Set{Span: p.span(start)}
	}
	return x
}

// patternItem reads a part of a pattern: no conditional expression, for an `if` begins the guard.
func (p *parser) patternItem() Expr {
	if p.isOp("*") {
		return p.listItem(true)
	}
	return p.binary(0)
}

func simplePattern(x Expr) bool {
	switch x := x.(type) {
	case *Name, *Num, *Str, *Attr:
		return true
	case *Unary:
		return x.Op == "-"
	case *Paren:
		return simplePattern(x.X)
	case *Binary:
		return x.Op == "|" && simplePattern(x.X) && simplePattern(x.Y)
	case *Tuple:
		return simplePatterns(x.Elts)
	case *List:
		return simplePatterns(x.Elts)
	}
	return false
}

func simplePatterns(xs []Expr) bool {
	for _, x := range xs {
		if !simplePattern(x) {
			return false
		}
	}
	return true
}
