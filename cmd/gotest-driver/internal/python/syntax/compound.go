package syntax

func (p *parser) compound() Stmt {
	start := p.tok.start
	switch p.tok.text {
	case "if":
		return p.ifStmt(false)
	case "for":
		return p.forStmt(start)
	case "while":
		p.advance()
		cond, body, other := p.namedExpr(), p.block(), p.elseBlock()
		return &While{p.span(start), cond, body, other}
	case "try":
		return p.tryStmt()
	case "with":
		return p.withStmt(start)
	case "def":
		return p.funcDef(start, false)
	case "class":
		return p.classDef(start)
	case "async":
		p.advance()
		switch {
		case p.is("def"):
			return p.funcDef(start, true)
		case p.is("for"):
			return p.forStmt(start)
		case p.is("with"):
			return p.withStmt(start)
		}
		p.fail("expected def, for or with after async")
	case "match":
		return p.matchStmt()
	}
	return nil
}

func (p *parser) elseBlock() []Stmt {
	if p.accept("else") {
		return p.block()
	}
	return nil
}

func (p *parser) ifStmt(elif bool) Stmt {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	p.advance()
	s := &If{Cond: p.namedExpr(), Body: p.block(), Elif: elif}
	if p.is("elif") {
		s.Else = []Stmt{p.ifStmt(true)}
	} else {
		s.Else = p.elseBlock()
	}
	s.Span = p.span(start)
	return s
}

func (p *parser) forStmt(start int) Stmt {
	p.advance()
	t := p.targetList()
	p.expect("in")
	iter, body, other := p.exprList(true), p.block(), p.elseBlock()
	return &For{p.span(start), iter, t, body, other}
}

// targetList reads the targets of a for: operators bind tighter than `in` there.
func (p *parser) targetList() Expr {
	x := p.tuple(func() Expr {
		if p.is("*") {
			return p.listItem(true)
		}
		return p.binary(levelTarget)
	})
	p.target(x, true)
	return x
}

func (p *parser) tryStmt() Stmt {
	start := p.tok.start
	p.advance()
	s := &Try{Body: p.block()}
	for p.is("except") {
		h := Handler{}
		p.advance()
		p.accept("*")
		if !p.is(":") {
			p.expression()
			if p.accept("as") {
				h.Name = p.nameTarget()
			}
		}
		h.Body = p.block()
		s.Handlers = append(s.Handlers, h)
	}
	if len(s.Handlers) > 0 && p.is("else") {
		s.Else = p.elseBlock()
	}
	if p.accept("finally") {
		s.Finally = p.block()
	}
	s.Span = p.span(start)
	return s
}

func (p *parser) withStmt(start int) Stmt {
	p.advance()
	s := &With{}
	// An opening parenthesis begins a list of items, or an expression.
	if !p.is("(") || !p.attempt(func() bool { s.Items = p.parenItems(); return p.is(":") }) {
		for more := true; more; more = p.accept(",") {
			s.Items = append(s.Items, p.withItem())
		}
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

func (p *parser) withItem() WithItem {
	it := WithItem{X: p.expression()}
	if p.accept("as") {
		s := p.tok.start
		if p.is("(") || p.is("[") {
			it.Target = p.atomTrailers(s)
		} else {
			it.Target = p.binary(levelTarget)
		}
		p.target(it.Target, true)
	}
	return it
}

// parenItems reads `(a as b, c as d)`.
func (p *parser) parenItems() (items []WithItem) {
	p.advance()
	for more := true; more; more = p.accept(",") && !p.is(")") {
		items = append(items, p.withItem())
	}
	p.expect(")")
	return items
}

func (p *parser) decorated() Stmt {
	start := p.tok.start
	var decs []Expr
	for p.accept("@") {
		decs = append(decs, p.namedExpr())
		if p.tok.kind != newline {
			p.fail("unexpected %s after a decorator", p.describe())
		}
		p.advance()
	}
	switch s := p.compound().(type) {
	case *FuncDef:
		s.Decorators, s.Start = decs, start
		return s
	case *ClassDef:
		s.Start = start
		return s
	}
	p.fail("expected def or class after a decorator")
	return nil
}

func (p *parser) funcDef(start int, async bool) Stmt {
	p.advance()
	s := &FuncDef{Async: async, NamePos: p.tok.start}
	s.Name = p.ident()
	p.typeParams()
	p.expect("(")
	s.Params = p.params(")", true)
	p.expect(")")
	if p.accept("->") {
		s.Result = p.expression()
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

// typeParams skips [T] after the name of a generic function, class or type.
func (p *parser) typeParams() {
	if p.accept("[") {
		p.params("]", true)
		p.expect("]")
	}
}

func (p *parser) params(end string, annotated bool) []Param {
	var out []Param
	for !p.is(end) {
		if p.accept("/") { // parameters before it are positional only
			p.accept(",")
			continue
		}
		q := Param{}
		start := p.tok.start
		switch {
		case p.accept("**"):
			q.Star = 2
			q.Name = p.ident()
		case p.accept("*"):
			q.Star = 1
			if !p.is(",") {
				q.Name = p.ident()
			}
		default:
			q.Name = p.ident()
		}
		if annotated && q.Name != "" && p.accept(":") {
			p.accept("*")
			q.Ann = p.expression()
		}
		if q.Star == 0 && q.Name != "" && p.accept("=") {
			q.Default = p.expression()
		}
		q.Span = p.span(start)
		out = append(out, q)
		if !p.accept(",") {
			break
		}
	}
	return out
}

func (p *parser) classDef(start int) Stmt {
	p.advance()
	name := p.ident()
	p.typeParams()
	if p.accept("(") {
		p.args()
		p.expect(")")
	}
	p.block()
	return &ClassDef{p.span(start), name}
}

// matchStmt reads a match statement; it returns nil and consumes nothing if `match` is a plain name here.
func (p *parser) matchStmt() Stmt {
	start := p.tok.start
	if !p.attempt(p.matchHead) {
		return nil
	}
	for depth := 1; depth > 0 && p.tok.kind != eof; p.advance() {
		switch p.tok.kind {
		case indent:
			depth++
		case dedent:
			depth--
		}
	}
	return &Other{p.span(start), "match"}
}

// matchHead reads `match X:` up to the first case and reports whether it found it.
func (p *parser) matchHead() bool {
	p.advance()
	p.exprList(true)
	p.expect(":")
	for _, k := range []kind{newline, indent} {
		if p.tok.kind != k {
			return false
		}
		p.advance()
	}
	return p.is("case")
}

// nameTarget reads a name as a target of an assignment.
func (p *parser) nameTarget() Expr {
	start := p.tok.start
	n := p.ident()
	return &Name{p.span(start), n, true}
}
