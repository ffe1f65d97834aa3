package python

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

func (l *lowerer) ifStmt(s *syntax.If, next int) {
	if isName(s.Cond, "TYPE_CHECKING") || l.dotted(s.Cond) == "typing.TYPE_CHECKING" {
		l.trailing(s.Start, s.End)
		if len(s.Else) > 0 {
			l.block(s.Else, next)
		}
		return
	}
	if len(s.Else) == 0 && isMain().match(&syntax.ExprStmt{X: s.Cond}) != nil {
		l.trailing(s.Start, l.headEnd(s.Start, s.Body))
		l.block(s.Body, next)
		return
	}
	l.hoists(s.Cond)
	l.branch("if ", s, next)
}

// branch lowers an if or elif with its elif and else parts.
func (l *lowerer) branch(word string, s *syntax.If, next int) {
	limit := next
	if len(s.Else) > 0 {
		limit = s.Else[0].Range().Start
	}
	l.header(s.Start, l.headEnd(s.Start, s.Body), cat(word, l.expr(s.Cond).paren(precCond), ":"))
	l.body(s.Body, limit)
	if len(s.Else) == 0 {
		return
	}
	if elif, ok := s.Else[0].(*syntax.If); ok && elif.Elif {
		l.branch("elif ", elif, next)
		return
	}
	from := s.Body[len(s.Body)-1].Range().End
	between, _, _ := strings.Cut(l.file.Source[from:limit], "else")
	_, after := l.trailing(from, from+len(between))
	l.out.emit(-1, strings.TrimSuffix("else:  "+after, "  "))
	l.body(s.Else, next)
}

// isMain is a condition that holds for every test.
var isMain = newPattern("__name__ == '__main__'")

// loop lowers a loop whose first lines are written by head.
func (l *lowerer) loop(body, other []syntax.Stmt, next int, head func()) {
	f := &flow{loop: true}
	limit := next
	if len(other) > 0 {
		limit = other[0].Range().Start
		f.broke = l.fresh("broken")
		l.out.emit(-1, f.broke+" = False")
	}
	head()
	done := l.enter(f)
	l.body(body, limit)
	done()
	if len(other) > 0 {
		l.out.emit(limit, "if not "+f.broke+":")
		l.body(other, next)
	}
}

func (l *lowerer) forStmt(s *syntax.For, next int) {
	if c, ok := generatorOf(s.Iter); ok && !l.pureComp(c) {
		l.finding(s.Iter, "generator", "a generator expression whose elements are made by calls", "make it a list with [ ], or write a loop")
	}
	grows, sets := l.mutated(s)
	if grows {
		l.finding(s, "mutation", "a loop that changes the list or dict that it goes over", "go over list(…) of it")
	}
	l.loop(s.Body, s.Else, next, func() {
		iter := l.iter(s.Iter)
		if sets {
			iter = cat("list(", iter, ")")
		}
		l.header(s.Start, l.headEnd(s.Start, s.Body), cat("for ", l.target(s.Target), " in ", iter, ":"))
	})
}

// removers are the methods that remove values from a container or change their order.
var removers = set(`remove pop clear discard sort reverse`)

// mutated reports whether the loop's body changes the list or dict that it iterates over: its length, or only elements.
func (l *lowerer) mutated(s *syntax.For) (grows, sets bool) {
	n, ok := unparen(s.Iter).(*syntax.Name)
	if !ok {
		return false, false
	}
	v := l.names[n]
	is := func(x syntax.Expr) bool {
		n, ok := unparen(x).(*syntax.Name)
		return ok && l.names[n] == v
	}
	element := func(x syntax.Expr) bool {
		ix, ok := unparen(x).(*syntax.Index)
		return ok && is(ix.X)
	}
	syntax.Walk(s, func(m syntax.Node) bool {
		switch m := m.(type) {
		case *syntax.Call:
			if a, ok := m.Fn.(*syntax.Attr); ok && is(a.X) {
				grows = grows || mutators()[a.Name] || removers()[a.Name]
			}
		case *syntax.Assign:
			sets = sets || slices.ContainsFunc(m.Targets, element)
		case *syntax.AugAssign:
			sets = sets || element(m.Target)
			grows = grows || is(m.Target)
		case *syntax.Del:
			grows = grows || slices.ContainsFunc(m.Targets, element)
		}
		return true
	})
	return grows, sets
}

// endless is a number of iterations that no loop reaches.
const endless = "1 << 62"

func (l *lowerer) while(s *syntax.While, next int) {
	l.loop(s.Body, s.Else, next, func() {
		l.header(s.Start, l.headEnd(s.Start, s.Body), txt("for _ in range("+endless+"):"))
		if isName(s.Cond, "True") || isOne(s.Cond) {
			return
		}
		l.out.indent++
		l.hoists(s.Cond)
		if u, ok := unparen(s.Cond).(*syntax.Unary); ok && u.Op == "not" {
			l.out.emit(s.Start, "if ", l.expr(u.X).paren(precCond), ":")
		} else {
			l.out.emit(s.Start, "if not ", l.expr(s.Cond).paren(precCompare), ":")
		}
		l.out.indent++
		l.out.emit(s.Start, "break")
		l.out.indent -= 2
	})
}

func isOne(x syntax.Expr) bool {
	n, ok := constInt(x)
	return ok && n == 1
}
