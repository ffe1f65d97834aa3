package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// with lowers a with statement: a scope is a loop that runs once.
func (l *lowerer) with(items []syntax.WithItem, s *syntax.With, next int) {
	it := items[0]
	if l.assertsFailure(s) {
		return
	}
	if !l.isScope(it.X) || it.Target != nil {
		l.finding(it.X, "with", "this `with`", "write what opens and closes it, or a function that takes the body")
		return
	}
	scope := l.expr(it.X)
	f := &flow{}
	jumps := slices.DeleteFunc([]string{"break", "continue"}, func(w string) bool { return !leaves(s.Body, w) })
	if len(jumps) > 0 {
		f.leave = l.fresh("leave")
		l.out.emit(-1, f.leave+" = None")
	}
	l.header(s.Start, l.headEnd(s.Start, s.Body), cat("for _ in ", scope.paren(precOr), ":"))
	done := l.enter(f)
	if len(items) > 1 {
		l.out.indent++
		l.with(items[1:], s, next)
		l.out.indent--
	} else {
		l.body(s.Body, next)
	}
	done()
	for _, w := range jumps {
		l.out.emit(-1, "if "+f.leave+` == "`+w+`":`)
		l.out.indent++
		l.jump(s.Start, w, "")
		l.out.indent--
	}
}

// isScope reports whether a context manager is a scope of the driver.
func (l *lowerer) isScope(x syntax.Expr) bool {
	if l.of(x).is("Scope") || l.of(x).is("PollingCondition") {
		return true
	}
	c, ok := unparen(x).(*syntax.Call)
	if !ok {
		return false
	}
	a, ok := c.Fn.(*syntax.Attr)
	return ok && a.Name == "nested" && l.of(a.X).may(kMachine) // of a machine, or of log
}

// asserts matches a with around one expression.
var asserts = newPattern("with T:\n    E")

// assertsFailure lowers `with t.assertRaises(…)` around one expression.
func (l *lowerer) assertsFailure(s *syntax.With) bool {
	m := asserts().match(s)
	c, ok := m["T"].(*syntax.Call)
	if !ok {
		return false
	}
	path := l.callee(c)
	if path != "t.assertRaises" && (path != "t.assertRaisesRegex" || len(c.Args) != 2) || len(c.Args) == 0 {
		return false
	}
	if !l.anyFailure(c) {
		return true
	}
	e := cat(at("t.assertRaises(lambda: ", s.Start), l.bare(m["E"]).paren(precCond))
	if path == "t.assertRaisesRegex" {
		e = cat(e, ", ", l.argument(c.Args[1].Value))
	}
	l.header(s.Start, s.End, cat(e, ")"))
	return true
}

// anyFailure reports whether a call of assertRaises accepts every failure, as it does in Starlark; other calls are a finding.
func (l *lowerer) anyFailure(c *syntax.Call) bool {
	if p := l.dotted(firstArg(c)); p == "Exception" || p == "BaseException" {
		return true
	}
	l.finding(c, "exception", "`assertRaises` of failures of one kind", "use Exception, and assertRaisesRegex for its text")
	return false
}

// mayFail matches the only try with a direct form: a command that may fail. It does not compare the exceptions.
var mayFail = newPattern("try:\n    C\nexcept Exception:\n    pass")

func (l *lowerer) try(s *syntax.Try) {
	if m := mayFail().match(s); m != nil {
		c, ok := m["C"].(*syntax.Call)
		if ok && len(c.Args) > 0 && (len(c.Args) == 1 || c.Args[1].Name == "timeout") && c.Args[0].Name == "" && c.Args[0].Star == 0 {
			if fn, ok := c.Fn.(*syntax.Attr); ok && fn.Name == "succeed" && l.of(fn.X).only(kMachine) {
				l.header(s.Start, s.End, l.plainCall(cat(l.expr(fn.X).paren(precPrimary), ".", at("execute", fn.NamePos())), c))
				return
			}
		}
	}
	l.finding(s, "exception", "`try`", "use execute, which returns the status, or assert.fails(fn)")
}
