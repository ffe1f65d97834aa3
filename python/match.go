package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// match lowers a match statement: to ifs when its patterns are literals, names, sequences and alternatives.
func (l *lowerer) match(s *syntax.Match, next int) {
	subject := l.helper("subject")
	e := l.expr(s.Subject)
	if e.prec == 0 {
		e = cat("(", e, ")")
	}
	l.header(s.Start, s.Subject.Range().End, cat(subject+" = ", e))
	for _, c := range s.Cases {
		if !simplePattern(c.Pattern) || c.Guard != nil && len(captures(c.Pattern)) > 0 {
			l.matchAny(s, subject, next)
			return
		}
	}
	word := "if "
	for i, c := range s.Cases {
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

// matchAny lowers a match statement with any patterns: py.match gives what they bind.
func (l *lowerer) matchAny(s *syntax.Match, subject string, next int) {
	done, found := l.helper("matched"), l.helper("bound")
	l.out.emit(s.Start, seg{done + " = False", -1})
	for i, c := range s.Cases {
		limit := next
		if i+1 < len(s.Cases) {
			limit = s.Cases[i+1].Start
		}
		if i > 0 {
			l.out.emit(c.Start, seg{"if not " + done + ":", -1})
			l.out.indent++
		}
		l.header(c.Start, c.Body[0].Range().Start-1, cat(found+" = ", at("py.match(", c.Start), subject+", ", l.patternValue(c.Pattern), ")"))
		l.out.emit(c.Start, seg{"if " + found + " != None:", -1})
		l.out.indent++
		seen := map[string]bool{}
		for _, n := range captures(c.Pattern) {
			if !seen[n.ID] {
				seen[n.ID] = true
				l.out.emit(n.Start, cat(l.variable(l.names[n], n.Start), " = "+found+"["+quote(n.ID, false)+"]").s...)
			}
		}
		if c.Guard != nil {
			l.hoists(c.Guard)
			l.out.emit(c.Guard.Range().Start, cat("if ", l.expr(c.Guard), ":").s...)
			l.out.indent++
		}
		l.out.emit(c.Start, seg{done + " = True", -1})
		l.out.indent--
		l.body(c.Body, limit)
		if c.Guard != nil {
			l.out.indent--
		}
		if i > 0 {
			l.out.indent--
		}
	}
}

// patternValue is a pattern as py.match takes it.
func (l *lowerer) patternValue(p syntax.Expr) ex {
	list := func(kind string, xs []syntax.Expr) ex {
		e := cat(`("` + kind + `", [`)
		for i, x := range xs {
			if i > 0 {
				e = cat(e, ", ")
			}
			e = cat(e, l.patternValue(x))
		}
		return cat(e, "])")
	}
	switch p := unparen(p).(type) {
	case *syntax.Name:
		switch {
		case constantName(p.ID):
			return cat(`("is", `, p.ID, ")")
		case p.ID == "_":
			return txt(`("any",)`)
		}
		return txt(`("name", ` + quote(p.ID, false) + ")")
	case *syntax.Starred:
		return cat(`("star", `, l.patternValue(p.X), ")")
	case *syntax.As:
		return cat(`("as", `, l.patternValue(p.X), ", "+quote(p.Name.ID, false)+")")
	case *syntax.Binary:
		return list("or", []syntax.Expr{p.X, p.Y})
	case *syntax.Tuple:
		return list("sequence", p.Elts)
	case *syntax.List:
		return list("sequence", p.Elts)
	case *syntax.Dict:
		e, rest := cat(`("mapping", [`), "None"
		for i, k := range p.Keys {
			if k == nil {
				rest = quote(p.Values[i].(*syntax.Name).ID, false)
				continue
			}
			e = cat(e, "(", l.expr(k).paren(precCond), ", ", l.patternValue(p.Values[i]), "), ")
		}
		return cat(e, "], "+rest+")")
	case *syntax.Call:
		e := cat(`("class", `, l.classes(p.Fn), ", [")
		for _, a := range p.Args {
			e = cat(e, "("+quote(a.Name, false)+", ", l.patternValue(a.Value), "), ")
		}
		return cat(e, "])")
	}
	return cat(`("value", `, l.expr(p).paren(precCond), ")")
}

// simplePattern tells whether a pattern becomes a condition.
func simplePattern(x syntax.Expr) bool {
	all := func(xs []syntax.Expr) bool {
		for _, x := range xs {
			if !simplePattern(x) {
				return false
			}
		}
		return true
	}
	switch x := x.(type) {
	case *syntax.Name, *syntax.Num, *syntax.Str, *syntax.Attr:
		return true
	case *syntax.Unary:
		return x.Op == "-"
	case *syntax.Paren:
		return simplePattern(x.X)
	case *syntax.Binary:
		return x.Op == "|" && len(captures(x)) == 0 && simplePattern(x.X) && simplePattern(x.Y)
	case *syntax.Tuple:
		return all(x.Elts)
	case *syntax.List:
		return all(x.Elts)
	}
	return false
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
