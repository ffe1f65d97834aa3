package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// with lowers a with statement: a scope is a loop that runs once.
func (l *lowerer) with(items []syntax.WithItem, s *syntax.With, next int) {
	if s.Async {
		l.finding(s, "async", "async with", "use a plain with")
	}
	it := items[0]
	inner := func() {
		if len(items) > 1 {
			l.out.indent++
			l.with(items[1:], s, next)
			l.out.indent--
			return
		}
		l.body(s.Body, next)
	}
	if isClosureWith(it.X) {
		l.withClosure(it, s, inner)
		return
	}
	if l.frames[it.X] != nil {
		l.withManager(it, s, inner)
		return
	}
	scope, plain := l.scope(it.X)
	target := "_"
	head := cat(target)
	if it.Target != nil {
		head = l.target(it.Target)
		if hasStar(it.Target) {
			l.finding(it.Target, "assignment", "`*` in the target of with", "assign it in the body")
		}
	}
	e := exitsOf(s.Body)
	f := &flow{kind: flowScope}
	if e.brk || e.cont {
		f.leave = l.helper("leave")
		l.out.emit(-1, seg{f.leave + " = None", -1})
	}
	if !plain {
		scope = cat(at("py.scope(", s.Start), scope, ")")
	}
	l.header(s.Start, s.Body[0].Range().Start-1, cat("for ", head, " in ", scope.paren(precOr), ":"))
	done := l.enter(f)
	inner()
	done()
	for _, w := range []string{"break", "continue"} {
		if w == "break" && e.brk || w == "continue" && e.cont {
			l.out.emit(-1, seg{"if " + f.leave + ` == "` + w + `":`, -1})
			l.out.indent++
			l.jump(s.Start, w)
			l.out.indent--
		}
	}
}

// scope lowers a context manager; plain tells that the driver itself makes a scope of it.
func (l *lowerer) scope(x syntax.Expr) (ex, bool) {
	if c, ok := unparen(x).(*syntax.Call); ok {
		switch l.callee(c) {
		case "subtest", "log.nested":
			return l.expr(x), true
		}
		if a, ok := c.Fn.(*syntax.Attr); ok && a.Name == "nested" && l.of(a.X).only(kMachine) {
			return l.plainCall(at("log.nested", x.Range().Start), c), true
		}
	}
	if n, ok := unparen(x).(*syntax.Name); ok && l.names[n] != nil && l.conditions[l.names[n]] {
		return l.expr(x), true
	}
	return l.expr(x), false
}

// withClosure lowers a context manager that decides about the errors of its body.
func (l *lowerer) withClosure(it syntax.WithItem, s *syntax.With, inner func()) {
	c := unparen(it.X).(*syntax.Call)
	name := l.helper("attempted")
	l.header(s.Start, s.Body[0].Range().Start-1, txt("def "+name+"():"))
	done := l.enter(&flow{kind: flowClosure})
	inner()
	done()
	attempt := l.helper("attempt")
	var classes []ex
	method := ""
	if a, ok := c.Fn.(*syntax.Attr); ok {
		method = a.Name
	}
	pattern := ex{}
	for i, a := range c.Args {
		if i == 1 && method == "assertRaisesRegex" || a.Name == "match" {
			pattern = l.expr(a.Value)
			continue
		}
		if a.Name == "" && a.Star == 0 {
			if t, ok := unparen(a.Value).(*syntax.Tuple); ok {
				for _, e := range t.Elts {
					classes = append(classes, l.classes(e))
				}
				continue
			}
			classes = append(classes, l.classes(a.Value))
		}
	}
	result := attempt + " = "
	if (method == "suppress" || method == "") && it.Target == nil && !exitsOf(s.Body).any() {
		result = ""
	}
	l.out.emit(s.Start, cat(result, at("py.attempt(", s.Start), name+", ", commas(classes), ")").s...)
	if method != "suppress" && method != "" {
		expect := cat(attempt + ".expect(")
		if pattern.s != nil {
			expect = cat(expect, pattern)
		}
		l.out.emit(s.Start, cat(at("", s.Start), expect, ")").s...)
	}
	if it.Target != nil {
		l.out.emit(s.Start, cat(l.target(it.Target), " = "+attempt).s...)
	}
	l.leave(s, attempt, exitsOf(s.Body))
}

// withManager lowers a context manager of the script itself: it is told of the error of the body and may swallow it.
func (l *lowerer) withManager(it syntax.WithItem, s *syntax.With, inner func()) {
	manager, name := l.helper("manager"), l.helper("attempted")
	l.header(s.Start, s.Body[0].Range().Start-1, cat(manager+" = ", l.expr(it.X)))
	enter := cat("py.enter(" + manager + ")")
	if it.Target != nil {
		enter = cat(l.target(it.Target), " = ", enter)
	}
	l.out.emit(s.Start, enter.s...)
	l.out.emit(s.Start, seg{"def " + name + "():", -1})
	done := l.enter(&flow{kind: flowClosure})
	inner()
	done()
	attempt := l.helper("attempt")
	l.out.emit(s.Start, cat(attempt+" = ", at("py.guard("+name+")", s.Start)).s...)
	l.out.emit(s.Start, cat(at("py.leave_scope("+manager+", "+attempt+")", s.Start)).s...)
	l.leave(s, attempt, exitsOf(s.Body))
}
