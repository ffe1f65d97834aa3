package syntax

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

type parser struct {
	lex     *lexer
	tok     token
	prevEnd int
	depth   int
}

// Parse parses a file. The error is an *Error with the position of the first syntax error.
func Parse(filename, src string) (file *File, err error) {
	src = loneReturn().ReplaceAllString(src, "\n$1")
	if rest, ok := strings.CutPrefix(src, "\ufeff"); ok {
		src = "\f\f\f" + rest // the same number of bytes, which are not indentation
	}
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
		panic(failure{0, "this is not UTF-8 text"})
	}
	p := &parser{lex: &lexer{src: src, indents: []int{0}, bol: true}}
	p.advance()
	for p.tok.kind != eof {
		n := len(file.Body)
		file.Body = append(file.Body, p.statement()...)
		for _, s := range file.Body[n:] {
			p.bound(s, 0)
		}
	}
	file.Comments = p.lex.comments
	return file, nil
}

// attempt calls f to read something; if f fails or finds nothing, attempt consumes nothing.
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

// loneReturn matches a single carriage return, which is a line end for Python.
var loneReturn = lazyre.Compile("\r([^\n]|$)")

func (p *parser) advance() {
	switch p.tok.kind {
	case newline, indent, dedent: // these belong to no statement
	default:
		p.prevEnd = p.tok.end
	}
	p.tok = p.lex.next()
}

func (p *parser) fail(format string, args ...any) { p.lex.fail(p.tok.start, format, args...) }

// is reports whether the next token is that operator or word.
func (p *parser) is(s string) bool {
	return (p.tok.kind == op || p.tok.kind == name) && p.tok.text == s
}

func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.fail("expected `%s`, found %s", s, p.describe())
	}
}

func (p *parser) describe() string {
	if what := descriptions[p.tok.kind]; what != "" {
		return what
	}
	return "`" + p.tok.text + "`"
}

var descriptions = map[kind]string{
	eof: "the end of the file", newline: "the end of the line", indent: "a deeper indentation", dedent: "the end of the block",
	str: "a string",
}

var keywords = lazyre.Compile(`^(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for` +
	`|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)$`)

func (p *parser) ident() string {
	if p.tok.kind != name || keywords().MatchString(p.tok.text) {
		p.fail("expected a name, found %s", p.describe())
	}
	s := p.tok.text
	p.advance()
	return s
}

// enter limits the recursion, so that no input can exhaust the stack.
func (p *parser) enter() {
	if p.depth++; p.depth > 400 {
		p.fail("too deeply nested")
	}
}

// bound limits the depth of a node, because chains of operators, attributes and calls get deeper without recursion.
func (p *parser) bound(n Node, depth int) {
	if depth > 1000 {
		p.lex.fail(n.Range().Start, "too deeply nested")
	}
	Walk(n, func(m Node) bool {
		if m != n {
			p.bound(m, depth+1)
		}
		return m == n
	})
}

func (p *parser) span(start int) Span { return Span{start, p.prevEnd} }

func (p *parser) statement() []Stmt {
	p.enter()
	defer func() { p.depth-- }()
	if p.tok.kind == indent {
		p.fail("unexpected indentation")
	}
	if p.is("@") {
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
		if !p.accept(";") || p.tok.kind == newline {
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
	p.expect(":")
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
			var x Expr
			if !p.atEnd() {
				x = p.expression()
				if p.accept("from") {
					p.expression()
				}
			}
			return &Raise{p.span(start), x}
		case "assert":
			p.advance()
			cond := p.expression()
			var msg Expr
			if p.accept(",") {
				msg = p.expression()
			}
			return &Assert{p.span(start), cond, msg}
		case "del":
			p.advance()
			x := p.exprList(false)
			targets := []Expr{x}
			if t, ok := x.(*Tuple); ok {
				targets = t.Elts
			}
			return &Del{p.span(start), targets}
		case "global", "nonlocal":
			word := p.tok.text
			p.advance()
			names := []string{p.ident()}
			for p.accept(",") {
				names = append(names, p.ident())
			}
			return &Scope{p.span(start), word, names}
		case "import":
			return p.importStmt()
		case "from":
			return p.fromStmt()
		}
	}
	return p.exprStmt()
}

func (p *parser) atEnd() bool {
	return p.tok.kind == newline || p.tok.kind == eof || p.is(";") || p.is("}")
}

func (p *parser) dotted() string {
	s := p.ident()
	for p.accept(".") {
		s += "." + p.ident()
	}
	return s
}

func (p *parser) importStmt() Stmt {
	start := p.tok.start
	p.advance()
	var names []Alias
	for more := true; more; more = p.accept(",") {
		names = append(names, p.alias(p.dotted()))
	}
	return &Import{p.span(start), "", names}
}

func (p *parser) alias(name string) Alias {
	a := Alias{Name: name}
	if p.accept("as") {
		a.As = p.ident()
	}
	return a
}

func (p *parser) fromStmt() Stmt {
	start := p.tok.start
	p.advance()
	module := ""
	for p.is(".") || p.is("...") {
		module += p.tok.text
		p.advance()
	}
	if !p.is("import") {
		module += p.dotted()
	}
	p.expect("import")
	if p.accept("*") {
		return &Import{p.span(start), module, []Alias{{Name: "*"}}}
	}
	var names []Alias
	paren := p.accept("(")
	for more := true; more; more = p.accept(",") && !(paren && p.is(")")) {
		names = append(names, p.alias(p.ident()))
	}
	if paren {
		p.expect(")")
	}
	return &Import{p.span(start), module, names}
}

var augmented = map[string]bool{
	"+=": true, "-=": true, "*=": true, "/=": true, "//=": true, "%=": true, "**=": true,
	"&=": true, "|=": true, "^=": true, ">>=": true, "<<=": true, "@=": true,
}

func (p *parser) exprStmt() Stmt {
	start := p.tok.start
	if p.is("type") && p.attempt(p.typeAlias) {
		return &Other{p.span(start), "type"}
	}
	x := p.exprList(true)
	switch {
	case p.is(":"):
		p.target(x, false)
		p.advance()
		s := &AnnAssign{Target: x, Ann: p.expression()}
		if p.accept("=") {
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
	case p.is("="):
		var targets []Expr
		for p.accept("=") {
			p.target(x, true)
			targets = append(targets, x)
			x = p.exprList(true)
		}
		return &Assign{p.span(start), x, targets}
	}
	return &ExprStmt{p.span(start), x}
}

// typeAlias reads `type X = T`.
func (p *parser) typeAlias() bool {
	p.advance()
	p.ident()
	p.typeParams()
	p.expect("=")
	p.expression()
	return true
}

// target marks x as the target of an assignment, and fails if it can't be one; many reports whether it may be several
// variables.
func (p *parser) target(x Expr, many bool) {
	var elts []Expr
	switch x := x.(type) {
	case *Name:
		if keywords().MatchString(x.ID) {
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
