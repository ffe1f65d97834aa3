package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// match lowers a match statement to ifs, for patterns of literals, names, sequences and alternatives.
func (l *lowerer) match(s *syntax.Match, next int) {
	subject := l.helper("subject")
	e := l.expr(s.Subject)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	l.header(s.Start, s.Subject.Range().End, cat(subject+" = ", e))
	word := "if "
	for i, c := range s.Cases {
		if !c.PatternOK {
			l.findingAt(c.Start, "match", "this pattern", "write it with if")
			return
		}
		names := captures(c.Pattern)
		if c.Guard != nil && len(names) > 0 {
			l.findingAt(c.Start, "match", "a guard on names that its pattern binds", "write it with if")
			return
		}
		cond := l.pattern(c.Pattern, subject)
		if c.Guard != nil {
			cond = cat(cond.paren(precAnd), " and ", l.expr(c.Guard).paren(precNot)).with(precAnd)
		}
		limit := next
		if i+1 < len(s.Cases) {
			limit = s.Cases[i+1].Start
		}
		l.header(c.Start, c.Body[0].Range().Start-1, cat(word, cond, ":"))
		word = "elif "
		l.out.indent++
		l.bindPattern(c.Pattern, subject)
		l.out.indent--
		l.body(c.Body, limit)
	}
}

// pattern is the condition under which a pattern fits the value of the variable.
func (l *lowerer) pattern(p syntax.Expr, subject string) ex {
	switch p := unparen(p).(type) {
	case *syntax.Name:
		if p.ID == "_" || !constantName(p.ID) {
			return txt("True")
		}
		return txt("py.is_(" + subject + ", " + p.ID + ")")
	case *syntax.Binary:
		return cat(l.pattern(p.X, subject).paren(precOr), " or ", l.pattern(p.Y, subject).paren(precAnd)).with(precOr)
	case *syntax.Tuple, *syntax.List:
		var elts []syntax.Expr
		if t, ok := p.(*syntax.Tuple); ok {
			elts = t.Elts
		} else {
			elts = p.(*syntax.List).Elts
		}
		cond := cat("py.is_sequence("+subject+", ", itoa(len(elts)), ")")
		for i, e := range elts {
			c := l.pattern(e, subject+"["+itoa(i)+"]")
			if c.text() != "True" {
				cond = cat(cond, " and ", c.paren(precNot)).with(precAnd)
			}
		}
		return cond
	}
	return cat("py.eq("+subject+", ", l.expr(p), ")")
}

func (l *lowerer) bindPattern(p syntax.Expr, subject string) {
	switch p := unparen(p).(type) {
	case *syntax.Name:
		if !constantName(p.ID) && p.ID != "_" {
			l.out.emit(p.Start, cat(l.variable(l.names[p], p.Start), " = "+subject).s...)
		}
	case *syntax.Tuple:
		for i, e := range p.Elts {
			l.bindPattern(e, subject+"["+itoa(i)+"]")
		}
	case *syntax.List:
		for i, e := range p.Elts {
			l.bindPattern(e, subject+"["+itoa(i)+"]")
		}
	}
}
