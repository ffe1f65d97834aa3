package syntax

// exprList reads expressions separated by commas.
func (p *parser) exprList(star bool) Expr {
	return p.tuple(func() Expr { return p.listItem(star) })
}

// tuple reads items separated by commas; more than one, or a comma at the end, is a tuple.
func (p *parser) tuple(item func() Expr) Expr {
	start := p.tok.start
	x := item()
	if !p.is(",") {
		return x
	}
	elts := []Expr{x}
	for p.accept(",") && !p.atEnd() && !(p.tok.kind == op && closing[p.tok.text]) && !p.is("in") {
		elts = append(elts, item())
	}
	return &Tuple{p.span(start), elts, false}
}

var closing = map[string]bool{")": true, "]": true, "}": true, "=": true, ":": true, "!": true}

func (p *parser) listItem(star bool) Expr {
	start := p.tok.start
	if star && p.accept("*") {
		x := p.binary(levelTarget)
		return &Starred{p.span(start), x}
	}
	if p.is("yield") {
		return p.yieldExpr()
	}
	return p.namedExpr()
}

func (p *parser) yieldExpr() Expr {
	start := p.tok.start
	p.advance()
	var x Expr
	switch {
	case p.accept("from"):
		x = p.expression()
	case !p.atEnd() && !p.is(")") && !p.is("]") && !p.is("="):
		x = p.exprList(true)
	}
	return &Unary{p.span(start), "yield", x}
}

// namedExpr reads an expression that may be name := value.
func (p *parser) namedExpr() Expr { return p.named(p.expression) }

func (p *parser) named(expr func() Expr) Expr {
	start := p.tok.start
	x := expr()
	if !p.is(":=") {
		return x
	}
	n, ok := x.(*Name)
	if !ok {
		p.fail("only a name is allowed before :=")
	}
	p.target(n, false)
	p.advance()
	v := expr()
	return &Named{p.span(start), v, n}
}

func (p *parser) expression() Expr {
	p.enter()
	defer func() { p.depth-- }()
	start := p.tok.start
	if p.is("lambda") {
		p.advance()
		ps := p.params(":", false)
		p.expect(":")
		body := p.expression()
		return &Lambda{p.span(start), ps, body}
	}
	x := p.binary(0)
	if p.is("if") {
		p.advance()
		cond := p.binary(0)
		p.expect("else")
		other := p.expression()
		return &Cond{p.span(start), cond, x, other}
	}
	return x
}

// The levels of binary operators, loosest first; level 3 is the comparisons, level 2 is not, and targets have those from 6.
const (
	levelNot     = 2
	levelCompare = 3
	levelTarget  = 6
	levelUnary   = 10
)

var levels = map[string]int{
	"or": 0, "and": 1, "|": 4, "^": 5, "&": 6, "<<": 7, ">>": 7, "+": 8, "-": 8,
	"*": 9, "/": 9, "//": 9, "%": 9, "@": 9,
}

func (p *parser) binary(level int) Expr {
	start := p.tok.start
	switch {
	case level == levelUnary:
		return p.unary()
	case level == levelNot:
		if p.is("not") {
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
	x := p.binary(levelCompare + 1)
	c := &Compare{X: x}
	for {
		o := ""
		switch {
		case p.tok.kind == op && comparisons[p.tok.text]:
			o = p.tok.text
			p.advance()
		case p.accept("in"):
			o = "in"
		case p.is("not"):
			p.advance()
			p.expect("in")
			o = "not in"
		case p.accept("is"):
			o = "is"
			if p.accept("not") {
				o = "is not"
			}
		}
		if o == "" {
			break
		}
		c.Ops = append(c.Ops, o)
		c.Ys = append(c.Ys, p.binary(levelCompare+1))
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
	if p.is("-") || p.is("+") || p.is("~") {
		o := p.tok.text
		p.advance()
		x := p.unary()
		return &Unary{p.span(start), o, x}
	}
	var x Expr
	if p.accept("await") {
		y := p.atomTrailers(p.tok.start)
		x = &Unary{p.span(start), "await", y}
	} else {
		x = p.atomTrailers(start)
	}
	if p.is("**") {
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
		case p.accept("."):
			n := p.ident()
			x = &Attr{p.span(start), x, n}
		case p.accept("("):
			args := p.args()
			p.expect(")")
			x = &Call{p.span(start), x, args}
		case p.accept("["):
			sub := p.subscript()
			p.expect("]")
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
		if p.is("*") {
			return p.listItem(true)
		}
		if !p.is(":") {
			lo = p.namedExpr()
			if !p.is(":") {
				return lo
			}
		}
		p.expect(":")
		if !p.is(":") && !p.is("]") && !p.is(",") {
			hi = p.expression()
		}
		if p.accept(":") && !p.is("]") && !p.is(",") {
			step = p.expression()
		}
		return &Slice{p.span(s), lo, hi, step}
	}
	x := one()
	if !p.is(",") {
		return x
	}
	elts := []Expr{x}
	for p.accept(",") && !p.is("]") {
		elts = append(elts, one())
	}
	return &Tuple{p.span(start), elts, false}
}

func (p *parser) args() []Arg {
	var out []Arg
	for !p.is(")") {
		a := Arg{}
		start := p.tok.start
		switch {
		case p.accept("*"):
			a.Star = 1
			a.Value = p.expression()
		case p.accept("**"):
			a.Star = 2
			a.Value = p.expression()
		default:
			x := p.namedExpr()
			if n, ok := x.(*Name); ok && p.is("=") {
				p.advance()
				a.Name = n.ID
				x = p.expression()
			} else if p.is("for") || p.is("async") {
				cs := p.clauses()
				x = &Comp{p.span(start), '(', cs, nil, x}
			}
			a.Value = x
		}
		a.Span = p.span(start)
		out = append(out, a)
		if !p.accept(",") {
			break
		}
	}
	return out
}

func (p *parser) clauses() []Clause {
	var out []Clause
	for {
		c := Clause{}
		if p.accept("async"); !p.accept("for") {
			return out
		}
		c.Target = p.targetList()
		p.expect("in")
		c.Iter = p.binary(0)
		for p.accept("if") {
			c.Ifs = append(c.Ifs, p.named(func() Expr { return p.binary(0) }))
		}
		out = append(out, c)
	}
}
