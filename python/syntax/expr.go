package syntax

// exprList reads expressions separated by commas; more than one, or a comma at the end, is a tuple.
func (p *parser) exprList(star bool) Expr {
	start := p.tok.start
	x := p.listItem(star)
	if !p.isOp(",") {
		return x
	}
	elts := []Expr{x}
	for p.acceptOp(",") {
		if p.atEnd() || p.tok.kind == op && closing[p.tok.text] || p.isWord("in") {
			break
		}
		elts = append(elts, p.listItem(star))
	}
	return &Tuple{p.span(start), elts, false}
}

var closing = map[string]bool{")": true, "]": true, "}": true, "=": true, ":": true, "!": true}

func (p *parser) listItem(star bool) Expr {
	start := p.tok.start
	if star && p.acceptOp("*") {
		x := p.binary(6)
		return &Starred{p.span(start), x}
	}
	if p.isWord("yield") {
		return p.yieldExpr()
	}
	return p.namedExpr()
}

func (p *parser) yieldExpr() Expr {
	start := p.tok.start
	p.advance()
	var x Expr
	switch {
	case p.acceptWord("from"):
		x = p.expression()
	case !p.atEnd() && !p.isOp(")") && !p.isOp("]") && !p.isOp("="):
		x = p.exprList(true)
	}
	return &Unary{p.span(start), "yield", x}
}

// namedExpr reads an expression that may be name := value.
func (p *parser) namedExpr() Expr {
	start := p.tok.start
	x := p.expression()
	if p.isOp(":=") {
		n, ok := x.(*Name)
		if !ok {
			p.fail("only a name can stand before :=")
		}
		p.target(n, false)
		p.advance()
		v := p.expression()
		return &Named{p.span(start), n, v}
	}
	return x
}

func (p *parser) expression() Expr {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	if p.isWord("lambda") {
		p.advance()
		ps := p.params(":", false)
		p.expectOp(":")
		body := p.expression()
		return &Lambda{p.span(start), ps, body}
	}
	x := p.binary(0)
	if p.isWord("if") {
		p.advance()
		cond := p.binary(0)
		p.expectWord("else")
		other := p.expression()
		return &Cond{p.span(start), x, cond, other}
	}
	return x
}

// The levels of binary operators, loosest first; level 3 is the comparisons, level 2 is not.
const (
	levelNot     = 2
	levelCompare = 3
	levelUnary   = 10
)

var levels = map[string]int{
	"or": 0, "and": 1, "|": 4, "^": 5, "&": 6, "<<": 7, ">>": 7, "+": 8, "-": 8,
	"*": 9, "/": 9, "//": 9, "%": 9, "@": 9,
}

func (p *parser) binary(level int) Expr {
	start := p.tok.start
	switch {
	case level > 9:
		return p.unary()
	case level == levelNot:
		if p.isWord("not") {
			p.enter()
			defer func() { p.depth-- }()
			p.advance()
			x := p.binary(levelNot)
			return &Unary{p.span(start), "not", x}
		}
		return p.binary(levelCompare)
	case level == levelCompare:
		return p.comparison()
	}
	x := p.binary(level + 1)
	for {
		if p.tok.kind != op && p.tok.kind != name {
			return x
		}
		l, ok := levels[p.tok.text]
		if !ok || l != level {
			return x
		}
		o, pos := p.tok.text, p.tok.start
		p.advance()
		y := p.binary(level + 1)
		x = &Binary{p.span(start), o, pos, x, y}
	}
}

var comparisons = map[string]bool{"==": true, "!=": true, "<": true, ">": true, "<=": true, ">=": true}

func (p *parser) comparison() Expr {
	start := p.tok.start
	x := p.binary(4)
	c := &Compare{X: x}
	for {
		o := ""
		switch {
		case p.tok.kind == op && comparisons[p.tok.text]:
			o = p.tok.text
			p.advance()
		case p.acceptWord("in"):
			o = "in"
		case p.isWord("not"):
			p.advance()
			p.expectWord("in")
			o = "not in"
		case p.acceptWord("is"):
			o = "is"
			if p.acceptWord("not") {
				o = "is not"
			}
		}
		if o == "" {
			break
		}
		c.Ops = append(c.Ops, o)
		c.Ys = append(c.Ys, p.binary(4))
	}
	if len(c.Ops) == 0 {
		return x
	}
	c.Span = p.span(start)
	return c
}

func (p *parser) unary() Expr {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	if p.isOp("-") || p.isOp("+") || p.isOp("~") {
		o := p.tok.text
		p.advance()
		x := p.unary()
		return &Unary{p.span(start), o, x}
	}
	var x Expr
	if p.acceptWord("await") {
		y := p.atomTrailers(p.tok.start)
		x = &Unary{p.span(start), "await", y}
	} else {
		x = p.atomTrailers(start)
	}
	if p.isOp("**") {
		pos := p.tok.start
		p.advance()
		y := p.unary()
		return &Binary{p.span(start), "**", pos, x, y}
	}
	return x
}

func (p *parser) atomTrailers(start int) Expr {
	x := p.atom()
	for {
		switch {
		case p.acceptOp("."):
			n := p.ident()
			x = &Attr{p.span(start), x, n}
		case p.acceptOp("("):
			args := p.args()
			p.expectOp(")")
			x = &Call{p.span(start), x, args}
		case p.acceptOp("["):
			sub := p.subscript()
			p.expectOp("]")
			x = &Index{p.span(start), x, sub}
		default:
			return x
		}
	}
}

func (p *parser) subscript() Expr {
	start := p.tok.start
	one := func() Expr {
		s := p.tok.start
		var lo, hi, step Expr
		if p.isOp("*") {
			return p.listItem(true)
		}
		if !p.isOp(":") {
			lo = p.namedExpr()
			if !p.isOp(":") {
				return lo
			}
		}
		p.expectOp(":")
		if !p.isOp(":") && !p.isOp("]") && !p.isOp(",") {
			hi = p.expression()
		}
		if p.acceptOp(":") && !p.isOp("]") && !p.isOp(",") {
			step = p.expression()
		}
		return &Slice{p.span(s), lo, hi, step}
	}
	x := one()
	if !p.isOp(",") {
		return x
	}
	elts := []Expr{x}
	for p.acceptOp(",") && !p.isOp("]") {
		elts = append(elts, one())
	}
	return &Tuple{p.span(start), elts, false}
}

func (p *parser) args() []Arg {
	var out []Arg
	for !p.isOp(")") {
		a := Arg{}
		start := p.tok.start
		switch {
		case p.acceptOp("*"):
			a.Star = 1
			a.Value = p.expression()
		case p.acceptOp("**"):
			a.Star = 2
			a.Value = p.expression()
		default:
			x := p.namedExpr()
			if n, ok := x.(*Name); ok && p.isOp("=") {
				p.advance()
				a.Name = n.ID
				x = p.expression()
			} else if p.isWord("for") || p.isWord("async") {
				cs := p.clauses()
				x = &Comp{p.span(start), '(', nil, x, cs}
			}
			a.Value = x
		}
		a.Span = p.span(start)
		out = append(out, a)
		if !p.acceptOp(",") {
			break
		}
	}
	return out
}

func (p *parser) clauses() []Clause {
	var out []Clause
	for {
		c := Clause{Async: p.acceptWord("async")}
		if !p.acceptWord("for") {
			if c.Async {
				p.fail("expected for after async")
			}
			return out
		}
		c.Target = p.targetList()
		p.expectWord("in")
		c.Iter = p.binary(0)
		for p.acceptWord("if") {
			c.Ifs = append(c.Ifs, p.compCond())
		}
		out = append(out, c)
	}
}

// compCond reads a condition of a comprehension: no conditional expression, but := is allowed.
func (p *parser) compCond() Expr {
	start := p.tok.start
	x := p.binary(0)
	if n, ok := x.(*Name); ok && p.acceptOp(":=") {
		p.target(n, false)
		v := p.binary(0)
		return &Named{p.span(start), n, v}
	}
	return x
}
