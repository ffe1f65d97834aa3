package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

func (l *lowerer) raise(s *syntax.Raise) {
	if s.X == nil {
		if l.handling == "" {
			l.finding(s, "raise", "raise without an exception outside of an except block can't be translated", "")
			return
		}
		l.line(s, cat("py.throw("+l.handling+")"))
		return
	}
	if c, ok := unparen(s.X).(*syntax.Call); ok && s.Cause == nil && !l.hasTry && len(c.Args) == 1 && c.Args[0].Star == 0 && c.Args[0].Name == "" {
		if n, ok := c.Fn.(*syntax.Name); ok && l.names[n].free && (n.ID == "Exception" || n.ID == "RuntimeError" || n.ID == "AssertionError") && l.of(c.Args[0].Value).only(kStr) {
			l.line(s, cat(at("fail(", s.Start), l.expr(c.Args[0].Value), ")"))
			return
		}
	}
	if s.Cause != nil && !isName(s.Cause, "None") {
		l.line(s, cat(at("py.throw(", s.Start), l.expr(s.X), ", ", l.expr(s.Cause), ")"))
		return
	}
	l.line(s, cat(at("py.throw(", s.Start), l.expr(s.X), ")"))
}

func (l *lowerer) assert(s *syntax.Assert) {
	l.hoists(s.Cond)
	l.depth++
	cond := l.expr(s.Cond)
	l.depth--
	if cond.prec == 0 {
		cond = cat("(", cond, ")")
	}
	if s.Msg == nil {
		l.line(s, cat(at("assert(", s.Start), cond, ")"))
		return
	}
	msg := l.expr(s.Msg)
	text := msg
	if !l.of(s.Msg).only(kStr) {
		text = cat("py.str(", msg, ")")
	}
	if l.harmless(s.Msg) {
		sep := ", "
		if l.file.Line(s.Cond.Range().End) != l.file.Line(s.Msg.Range().Start) {
			sep = ",\n"
		}
		l.line(s, cat(at("assert(", s.Start), cond, sep, text.paren(precCond), ")"))
		return
	}
	// The message is only made when it is needed, for making it can fail or do something.
	l.header(s.Start, s.End, cat(at("if not ", s.Start), cond.paren(precNot), ":"))
	l.out.indent++
	l.out.emit(s.Start, cat(at("assert(", s.Start), "False, ", text.paren(precCond), ")").s...)
	l.out.indent--
}

// harmless tells whether evaluating a message too early can't be noticed.
func (l *lowerer) harmless(x syntax.Expr) bool {
	ok := true
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Name:
			v := l.names[n]
			ok = ok && (v == nil || v.free || !v.cell && !l.maybeUnset(v, n.Start))
		case *syntax.Str, *syntax.Num, *syntax.Paren:
		case *syntax.Binary:
			ok = ok && n.Op == "+" && l.of(n).only(kStr)
		case *syntax.Call:
			ok = ok && l.pure(n)
		case *syntax.Tuple:
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// maybeUnset tells whether a variable may have no value at pos; assignments before it in the text are taken as done.
func (l *lowerer) maybeUnset(v *variable, pos int) bool {
	for _, w := range v.writes {
		if w.pos < pos {
			return false
		}
	}
	return len(v.writes) > 0 && v.owner.node != nil
}
