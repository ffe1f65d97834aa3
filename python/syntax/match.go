package syntax

// matchStmt reads a match statement, of which the tree has nothing but its place; nil, with nothing consumed, when
// `match` is a plain name here.
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
	if !p.matchSubject() {
		restore()
		return nil
	}
	p.advance() // newline
	p.advance() // indent
	last := p.tok.start
	for depth := 1; depth > 0 && p.tok.kind != eof; p.advance() {
		switch p.tok.kind {
		case newline:
		case indent:
			depth++
		case dedent:
			depth--
		default:
			last = p.tok.end
		}
	}
	return &Match{Span{tok.start, last}}
}

// matchSubject reads `match X:` up to the end of its line and tells whether a case follows.
func (p *parser) matchSubject() (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
			ok = false
		}
	}()
	p.advance()
	p.exprList(true)
	if !p.isOp(":") {
		return false
	}
	p.advance()
	if p.tok.kind != newline {
		return false
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
	return isBlock && isCase
}
