package dialect

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// parser is a recursive descent parser that always continues: it reports the first error of each statement, puts a
// BadExpr or an empty name where something is missing, and goes on at the next line.
type parser struct {
	src     []byte
	toks    []token
	i       int
	errs    *errorList
	quiet   bool // an error of this statement has been reported
	tooDeep bool
	depth   int
	erase   []erasure

	scanErrs  []Error
	stmtStart int
}

// erasure is a range of the source that Starlark must not see. A whole statement is replaced by one that does nothing.
type erasure struct {
	Range
	statement bool
	inParens  bool
}

func (p *parser) tok() syntax.Token { return p.toks[p.i].kind }
func (p *parser) start() int        { return p.toks[p.i].start }
func (p *parser) text() string      { return string(p.src[p.toks[p.i].start:p.toks[p.i].end]) }

// prevEnd returns the end of the previous token.
func (p *parser) prevEnd() int {
	if p.i == 0 {
		return 0
	}
	return p.toks[p.i-1].end
}

func (p *parser) peek(n int) syntax.Token {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n].kind
	}
	return syntax.EOF
}

func (p *parser) next() token {
	t := p.toks[p.i]
	if p.i < len(p.toks)-1 {
		p.i++
	}
	return t
}

func (p *parser) got(k syntax.Token) bool {
	if p.tok() == k {
		p.next()
		return true
	}
	return false
}

// here returns the range of the current token, or of the end of the line before a line's end.
func (p *parser) here() Range {
	t := p.toks[p.i]
	switch t.kind {
	case syntax.NEWLINE, syntax.EOF, syntax.INDENT, syntax.OUTDENT:
		e := p.prevEnd()
		return Range{e, e + 1}
	}
	return Range{t.start, t.end}
}

func (p *parser) fail(r Range, message, hint string) {
	for _, e := range p.scanErrs { // the scanner's error in this statement is the cause
		if e.Range.Start >= p.stmtStart && e.Range.Start <= r.End+1 {
			p.quiet = true
		}
	}
	if !p.quiet {
		p.errs.add(r, message, hint)
	}
	p.quiet = true
}

func (p *parser) describe() string {
	switch p.tok() {
	case syntax.NEWLINE, syntax.INDENT, syntax.OUTDENT:
		return "the line ends"
	case syntax.EOF:
		return "the file ends"
	}
	return "there is " + quoteShort(p.text())
}

func quoteShort(s string) string {
	if len(s) > 20 {
		s = s[:20] + "…"
	}
	if strings.Contains(s, "`") {
		return fmt.Sprintf("%q", s)
	}
	return "`" + s + "`"
}

func (p *parser) want(k syntax.Token, what string) bool {
	if p.got(k) {
		return true
	}
	hint := ""
	if k == syntax.COLON && p.tok() == syntax.EQ {
		hint = "a comparison is written =="
	}
	p.fail(p.here(), fmt.Sprintf("expected %s but %s", what, p.describe()), hint)
	return false
}

// since is the range of what was parsed from start on; nothing may have been.
func (p *parser) since(start int) Range { return Range{start, max(start, p.prevEnd())} }

// deeper limits the recursion; the caller calls leave when it returned true.
func (p *parser) deeper() bool {
	if p.depth > 400 {
		if !p.tooDeep { // one error is enough for what is inside
			p.fail(p.here(), "too deeply nested", "")
		}
		p.tooDeep = true
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) file() []Stmt {
	var stmts []Stmt
	for p.tok() != syntax.EOF {
		stmts = p.stmt(stmts)
	}
	return stmts
}

func (p *parser) stmt(stmts []Stmt) []Stmt {
	p.quiet, p.stmtStart = false, p.start()
	switch p.tok() {
	case syntax.NEWLINE:
		p.next()
		return stmts
	case syntax.INDENT:
		p.fail(p.here2(), "unexpected indentation", "")
		p.next()
		return append(stmts, p.block()...)
	case syntax.OUTDENT: // after a line whose indentation matches no line above
		p.next()
		return stmts
	case syntax.DEF:
		return append(stmts, p.defStmt())
	case syntax.IF:
		return append(stmts, p.ifStmt())
	case syntax.FOR:
		return append(stmts, p.forStmt())
	case syntax.ELIF, syntax.ELSE:
		return append(stmts, p.strayElse())
	case foreign:
		return append(stmts, p.foreignStmt())
	}
	return p.simple(stmts)
}

// here2 returns the range of the token after an indentation.
func (p *parser) here2() Range {
	if p.i+1 < len(p.toks) {
		return Range{p.toks[p.i+1].start, p.toks[p.i+1].end}
	}
	return p.here()
}

// block parses up to the OUTDENT, whose INDENT has been consumed.
func (p *parser) block() []Stmt {
	var stmts []Stmt
	for p.tok() != syntax.OUTDENT && p.tok() != syntax.EOF {
		stmts = p.stmt(stmts)
	}
	p.got(syntax.OUTDENT)
	return stmts
}

// suite parses ": block" or ": simple statements".
func (p *parser) suite(of string) []Stmt {
	if !p.want(syntax.COLON, "`:` behind "+of) {
		p.skipLine()
		if p.tok() == syntax.INDENT {
			p.next()
			return p.block()
		}
		return nil
	}
	if p.tok() != syntax.NEWLINE {
		return p.simple(nil)
	}
	end := p.here()
	p.next()
	if p.tok() != syntax.INDENT {
		p.fail(end, "expected an indented block behind "+of, "write pass when there is nothing to do")
		return nil
	}
	p.next()
	if !p.deeper() {
		p.i = len(p.toks) - 1
		return nil
	}
	defer p.leave()
	return p.block()
}

// skipLine skips the rest of the line and its end.
func (p *parser) skipLine() {
	for p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		p.next()
	}
	p.got(syntax.NEWLINE)
}

func (p *parser) defStmt() Stmt {
	d := &DefStmt{Range: Range{Start: p.next().start}}
	d.Name = p.ident("the function's name")
	if p.want(syntax.LPAREN, "`(` behind the function's name") {
		d.Params = p.params(syntax.RPAREN, true)
		p.want(syntax.RPAREN, "`)`")
	}
	if p.tok() == arrow {
		from := p.next().start
		d.Result = p.test()
		p.erase = append(p.erase, erasure{Range: p.since(from)})
	}
	d.Header = Range{d.Start, p.here().End}
	d.Body = p.suite("the function's head")
	d.End = p.endOf(d.Body)
	return d
}

// endOf returns the end of the last statement, or of what was parsed last.
func (p *parser) endOf(body []Stmt) int {
	if len(body) > 0 {
		return body[len(body)-1].Span().End
	}
	for i := p.i - 1; i >= 0; i-- {
		if k := p.toks[i].kind; k != syntax.NEWLINE && k != syntax.INDENT && k != syntax.OUTDENT {
			return p.toks[i].end
		}
	}
	return 0
}

func (p *parser) ifStmt() Stmt {
	s := &IfStmt{Range: Range{Start: p.next().start}}
	s.Cond = p.test()
	s.Then = p.suite("the condition")
	p.quiet = false
	switch p.tok() {
	case syntax.ELIF:
		s.Else = []Stmt{p.ifStmt()}
	case syntax.ELSE:
		p.next()
		s.Else = p.suite("else")
	}
	s.End = p.endOf(append(s.Then[:len(s.Then):len(s.Then)], s.Else...))
	return s
}

func (p *parser) forStmt() Stmt {
	s := &ForStmt{Range: Range{Start: p.next().start}}
	s.Vars = p.loopVars()
	if p.want(syntax.IN, "`in`") {
		s.X = p.exprList(false)
	} else {
		s.X = p.bad()
	}
	s.Body = p.suite("the loop's head")
	s.End = p.endOf(s.Body)
	return s
}

func (p *parser) strayElse() Stmt {
	r := p.here()
	p.fail(r, p.text()+" without an if at this indentation", "")
	p.next()
	if p.tok() != syntax.COLON {
		p.test()
	}
	return &IfStmt{Range: r, Cond: &BadExpr{Range: r}, Then: p.suite("else")}
}

// simple parses small statements up to the end of the line.
func (p *parser) simple(stmts []Stmt) []Stmt {
	for {
		stmts = append(stmts, p.small())
		if !p.got(syntax.SEMI) || p.tok() == syntax.NEWLINE || p.tok() == syntax.EOF {
			break
		}
	}
	if p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		hint := ""
		if p.tok() == syntax.EQ {
			hint = "only one = a statement"
		}
		p.fail(p.here(), "expected the end of the line but "+p.describe(), hint)
		for p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
			p.next()
		}
	}
	p.got(syntax.NEWLINE)
	if p.quiet && p.tok() == syntax.INDENT { // the block of a broken head
		p.next()
		stmts = append(stmts, p.block()...)
	}
	return stmts
}

func (p *parser) small() Stmt {
	start := p.start()
	switch p.tok() {
	case syntax.RETURN:
		p.next()
		s := &ReturnStmt{Range: p.since(start)}
		if k := p.tok(); k != syntax.NEWLINE && k != syntax.EOF && k != syntax.SEMI {
			s.Result = p.exprList(false)
			s.Range = p.since(s.Start)
		}
		return s
	case syntax.BREAK, syntax.CONTINUE, syntax.PASS:
		t := p.next()
		return &BranchStmt{Range: Range{t.start, t.end}, Token: t.kind}
	case syntax.LOAD:
		return p.loadStmt()
	case foreign:
		p.fail(p.here(), fmt.Sprintf("the test language has no `%s`", p.text()), foreignHints[p.text()])
		r := p.here()
		p.next()
		return &BadStmt{Range: r}
	case syntax.IDENT:
		if p.text() == "type" && p.peek(1) == syntax.IDENT && (p.peek(2) == syntax.EQ || p.peek(2) == syntax.LBRACK) {
			return p.typeStmt()
		}
		if p.text() == "assert" && startsOperand(p.peek(1)) {
			p.fail(p.here(), "the test language has no assert statement", "write `assert(condition)` or `t.assertEqual(a, b)`")
		}
	}
	x := p.exprList(false)
	switch p.tok() {
	case syntax.COLON:
		return p.annotated(x)
	case syntax.EQ, syntax.PLUS_EQ, syntax.MINUS_EQ, syntax.STAR_EQ, syntax.SLASH_EQ, syntax.SLASHSLASH_EQ, syntax.PERCENT_EQ,
		syntax.AMP_EQ, syntax.PIPE_EQ, syntax.CIRCUMFLEX_EQ, syntax.LTLT_EQ, syntax.GTGT_EQ:
		t := p.next()
		rhs := p.exprList(false)
		return &AssignStmt{Range: p.since(start), Op: t.kind, OpPos: Range{t.start, t.end}, LHS: x, RHS: rhs}
	}
	return &ExprStmt{Range: Range{start, max(start, p.prevEnd())}, X: x}
}

// startsOperand reports whether the token can only begin an expression, not continue one.
func startsOperand(k syntax.Token) bool {
	switch k {
	case syntax.IDENT, syntax.INT, syntax.FLOAT, syntax.STRING, syntax.BYTES, syntax.LBRACE, syntax.LAMBDA:
		return true
	}
	return false
}

// annotated parses "name: type" and "name: type = value", with the colon as the current token.
func (p *parser) annotated(x Expr) Stmt {
	start := x.Span().Start
	colon := p.here()
	name, ok := x.(*Ident)
	if !ok || !p.startsType(1) {
		p.fail(colon, "expected the end of the line but there is `:`", "")
		return &ExprStmt{Range: x.Span(), X: x}
	}
	p.next()
	typ := p.test()
	end := p.prevEnd()
	if p.tok() == syntax.EQ {
		p.erase = append(p.erase, erasure{Range: Range{colon.Start, end}})
		t := p.next()
		rhs := p.exprList(false)
		return &AssignStmt{Range: p.since(start), Op: t.kind, OpPos: Range{t.start, t.end}, LHS: x, RHS: rhs, Type: typ}
	}
	p.erase = append(p.erase, erasure{Range: Range{start, end}, statement: true})
	return &DeclStmt{Range: Range{start, end}, Name: name, Type: typ}
}

func (p *parser) startsType(n int) bool {
	return p.peek(n) == syntax.IDENT || p.peek(n) == syntax.LPAREN
}

func (p *parser) ident(what string) *Ident {
	if p.tok() == syntax.IDENT {
		t := p.next()
		return &Ident{Range: Range{t.start, t.end}, Name: string(p.src[t.start:t.end])}
	}
	hint := ""
	if p.tok() == foreign || p.tok() >= syntax.AND && p.tok() <= syntax.WHILE {
		hint = fmt.Sprintf("`%s` is a reserved word", p.text())
	}
	p.fail(p.here(), fmt.Sprintf("expected %s but %s", what, p.describe()), hint)
	e := p.prevEnd()
	return &Ident{Range: Range{e, e}}
}
