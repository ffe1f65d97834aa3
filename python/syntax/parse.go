package syntax

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

type parser struct {
	lex     *lexer
	tok     token
	prevEnd int
	depth   int
}

// Parse parses a file. The error is an *Error with the position of the first thing that is no Python.
func Parse(filename, src string) (file *File, err error) {
	src = loneReturn.ReplaceAllString(src, "\n$1")
	file = &File{Name: filename, Source: src, lines: lineStarts(src)}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			line, col := file.LineCol(min(f.pos, len(src)))
			file, err = nil, &Error{filename, line, col, f.msg}
		}
	}()
	if !utf8.ValidString(src) || strings.IndexByte(src, 0) >= 0 {
		panic(failure{0, "this is no text in UTF-8"})
	}
	text := src
	if strings.HasPrefix(text, "\ufeff") {
		text = "   " + text[3:]
	}
	p := &parser{lex: &lexer{src: text, indents: []int{0}, bol: true}}
	if text != src {
		p.lex.pos = 3
	}
	p.advance()
	for p.tok.kind != eof {
		file.Body = append(file.Body, p.statement()...)
	}
	file.Comments = p.lex.comments
	return file, nil
}

// attempt reads what f reads; when f fails or does not find what it looks for, nothing is consumed.
func (p *parser) attempt(f func() bool) (found bool) {
	saved, lex := *p, *p.lex
	lex.parens, lex.indents = slices.Clone(lex.parens), slices.Clone(lex.indents)
	defer func() {
		r := recover()
		if _, ok := r.(failure); r != nil && !ok {
			panic(r)
		}
		if found = found && r == nil; !found {
			*p, *saved.lex = saved, lex
		}
	}()
	return f()
}

// loneReturn is a carriage return on its own, which is the end of a line for Python.
var loneReturn = regexp.MustCompile("\r([^\n]|$)")

func (p *parser) advance() {
	p.prevEnd = p.tok.end
	p.tok = p.lex.next()
}

func (p *parser) fail(format string, args ...any) { p.lex.fail(p.tok.start, format, args...) }

func (p *parser) isOp(s string) bool   { return p.tok.kind == op && p.tok.text == s }
func (p *parser) isWord(s string) bool { return p.tok.kind == name && p.tok.text == s }

func (p *parser) acceptOp(s string) bool {
	if p.isOp(s) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) acceptWord(s string) bool {
	if p.isWord(s) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) describe() string {
	switch p.tok.kind {
	case eof:
		return "the end of the file"
	case newline:
		return "the end of the line"
	case indent:
		return "a deeper indentation"
	case dedent:
		return "the end of the block"
	case str:
		return "a string"
	}
	return "`" + p.tok.text + "`"
}

func (p *parser) expectOp(s string) {
	if !p.acceptOp(s) {
		p.fail("expected `%s`, found %s", s, p.describe())
	}
}

func (p *parser) expectWord(s string) {
	if !p.acceptWord(s) {
		p.fail("expected `%s`, found %s", s, p.describe())
	}
}

var keywords = map[string]bool{
	"False": true, "None": true, "True": true, "and": true, "as": true, "assert": true, "async": true, "await": true,
	"break": true, "class": true, "continue": true, "def": true, "del": true, "elif": true, "else": true, "except": true,
	"finally": true, "for": true, "from": true, "global": true, "if": true, "import": true, "in": true, "is": true,
	"lambda": true, "nonlocal": true, "not": true, "or": true, "pass": true, "raise": true, "return": true, "try": true,
	"while": true, "with": true, "yield": true,
}

func (p *parser) ident() string {
	if p.tok.kind != name || keywords[p.tok.text] {
		p.fail("expected a name, found %s", p.describe())
	}
	s := p.tok.text
	p.advance()
	return s
}

// enter bounds the recursion, so that no input can exhaust the stack.
func (p *parser) enter() {
	if p.depth++; p.depth > 400 {
		p.fail("too deeply nested")
	}
}

func (p *parser) span(start int) Span { return Span{start, p.prevEnd} }

func (p *parser) statement() []Stmt {
	p.enter()
	defer func() { p.depth-- }()
	if p.tok.kind == indent {
		p.fail("unexpected indentation")
	}
	if p.isOp("@") {
		return []Stmt{p.decorated()}
	}
	if p.tok.kind == name {
		if s := p.compound(); s != nil {
			return []Stmt{s}
		}
	}
	return p.simpleLine()
}

func (p *parser) simpleLine() []Stmt {
	var out []Stmt
	for {
		out = append(out, p.simple())
		if !p.acceptOp(";") || p.tok.kind == newline {
			break
		}
	}
	if p.tok.kind != newline {
		p.fail("unexpected %s", p.describe())
	}
	p.advance()
	return out
}

// block reads `: …` with its suite.
func (p *parser) block() []Stmt {
	p.expectOp(":")
	if p.tok.kind != newline {
		return p.simpleLine()
	}
	p.advance()
	if p.tok.kind != indent {
		p.fail("expected an indented block")
	}
	p.advance()
	var out []Stmt
	for p.tok.kind != dedent && p.tok.kind != eof {
		out = append(out, p.statement()...)
	}
	if p.tok.kind == dedent {
		p.advance()
	}
	return out
}

// endOf is where the last statement of a block ends.
func endOf(body []Stmt) int {
	if len(body) == 0 {
		return 0
	}
	return body[len(body)-1].Range().End
}

func (p *parser) simple() Stmt {
	start := p.tok.start
	if p.tok.kind == name {
		switch p.tok.text {
		case "pass", "break", "continue":
			w := p.tok.text
			p.advance()
			return &Simple{p.span(start), w}
		case "return":
			p.advance()
			var x Expr
			if !p.atEnd() {
				x = p.exprList(true)
			}
			return &Return{p.span(start), x}
		case "raise":
			p.advance()
			s := &Raise{}
			if !p.atEnd() {
				s.X = p.expression()
				if p.acceptWord("from") {
					p.expression()
				}
			}
			s.Span = p.span(start)
			return s
		case "assert":
			p.advance()
			s := &Assert{Cond: p.expression()}
			if p.acceptOp(",") {
				s.Msg = p.expression()
			}
			s.Span = p.span(start)
			return s
		case "del":
			p.advance()
			x := p.exprList(false)
			s := &Del{p.span(start), []Expr{x}}
			if t, ok := x.(*Tuple); ok {
				s.Targets = t.Elts
			}
			return s
		case "global", "nonlocal":
			s := &Scope{Word: p.tok.text}
			p.advance()
			s.Names = append(s.Names, p.ident())
			for p.acceptOp(",") {
				s.Names = append(s.Names, p.ident())
			}
			s.Span = p.span(start)
			return s
		case "import":
			return p.importStmt()
		case "from":
			return p.fromStmt()
		}
	}
	return p.exprStmt()
}

func (p *parser) atEnd() bool {
	return p.tok.kind == newline || p.tok.kind == eof || p.isOp(";") || p.isOp("}")
}

func (p *parser) dotted() string {
	s := p.ident()
	for p.acceptOp(".") {
		s += "." + p.ident()
	}
	return s
}

func (p *parser) importStmt() Stmt {
	start := p.tok.start
	p.advance()
	s := &Import{}
	for more := true; more; more = p.acceptOp(",") {
		s.Names = append(s.Names, p.alias(p.dotted()))
	}
	s.Span = p.span(start)
	return s
}

func (p *parser) alias(name string) Alias {
	a := Alias{Name: name}
	if p.acceptWord("as") {
		a.As = p.ident()
	}
	return a
}

func (p *parser) fromStmt() Stmt {
	start := p.tok.start
	p.advance()
	s := &ImportFrom{}
	for p.isOp(".") || p.isOp("...") {
		s.Module += p.tok.text
		p.advance()
	}
	if !p.isWord("import") {
		s.Module += p.dotted()
	}
	p.expectWord("import")
	if p.acceptOp("*") {
		s.Names = []Alias{{Name: "*"}}
	} else {
		paren := p.acceptOp("(")
		for more := true; more; more = p.acceptOp(",") && !(paren && p.isOp(")")) {
			s.Names = append(s.Names, p.alias(p.ident()))
		}
		if paren {
			p.expectOp(")")
		}
	}
	s.Span = p.span(start)
	return s
}

var augmented = map[string]bool{
	"+=": true, "-=": true, "*=": true, "/=": true, "//=": true, "%=": true, "**=": true,
	"&=": true, "|=": true, "^=": true, ">>=": true, "<<=": true, "@=": true,
}

func (p *parser) exprStmt() Stmt {
	start := p.tok.start
	if p.isWord("type") && p.attempt(p.typeAlias) {
		return &Other{p.span(start), "type"}
	}
	x := p.exprList(true)
	switch {
	case p.isOp(":"):
		p.target(x, false)
		p.advance()
		s := &AnnAssign{Target: x, Ann: p.expression()}
		if p.acceptOp("=") {
			s.Value = p.exprList(true)
		}
		s.Span = p.span(start)
		return s
	case p.tok.kind == op && augmented[p.tok.text]:
		o := strings.TrimSuffix(p.tok.text, "=")
		p.target(x, false)
		p.advance()
		v := p.exprList(true)
		return &AugAssign{p.span(start), x, o, v}
	case p.isOp("="):
		var targets []Expr
		for p.acceptOp("=") {
			p.target(x, true)
			targets = append(targets, x)
			x = p.exprList(true)
		}
		return &Assign{p.span(start), targets, x}
	}
	return &ExprStmt{p.span(start), x}
}

// typeAlias reads `type X = T`.
func (p *parser) typeAlias() bool {
	p.advance()
	p.ident()
	p.typeParams()
	p.expectOp("=")
	p.expression()
	return true
}

// target marks what is assigned to, and fails unless x can be; many tells that it may be several variables.
func (p *parser) target(x Expr, many bool) {
	var elts []Expr
	switch x := x.(type) {
	case *Name:
		if keywords[x.ID] {
			p.lex.fail(x.Start, "cannot assign to %s", x.ID)
		}
		x.Store = true
		return
	case *Attr, *Index:
		return
	case *Paren:
		p.target(x.X, many)
		return
	case *Starred:
		elts = []Expr{x.X}
	case *Tuple:
		elts = x.Elts
	case *List:
		elts = x.Elts
	default:
		many = false
	}
	if many {
		for _, e := range elts {
			p.target(e, true)
		}
		return
	}
	p.lex.fail(x.Range().Start, "cannot assign to this expression")
}
