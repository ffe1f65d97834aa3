package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

func (l *lowerer) ifStmt(s *syntax.If, next int) {
	if isName(s.Cond, "TYPE_CHECKING") || l.dotted(s.Cond) == "typing.TYPE_CHECKING" {
		l.trailing(s.Start, s.End)
		if len(s.Else) > 0 {
			l.block(s.Else, nil, next)
		}
		return
	}
	word := "if "
	for {
		if word == "if " {
			l.hoists(s.Cond)
		}
		l.header(s.Start, s.Body[0].Range().Start-1, cat(word, l.expr(s.Cond).paren(precCond), ":"))
		limit := next
		if len(s.Else) > 0 {
			limit = s.Else[0].Range().Start
		}
		l.body(s.Body, limit)
		if len(s.Else) == 0 {
			return
		}
		elif, ok := s.Else[0].(*syntax.If)
		if !ok || !elif.Elif || len(s.Else) > 1 {
			break
		}
		s, word = elif, "elif "
	}
	l.elseLine(s.Body, s.Else)
	l.body(s.Else, next)
}

func (l *lowerer) elseLine(body, other []syntax.Stmt) {
	from, to := body[len(body)-1].Range().End, other[0].Range().Start
	_, after := l.trailing(from, from+elseAt(l.file.Source[from:to]))
	if after != "" {
		l.out.emit(-1, seg{"else:  " + after, -1})
		return
	}
	l.out.emit(-1, seg{"else:", -1})
}

func elseAt(s string) int { return max(strings.Index(s, "else"), 0) }

func (l *lowerer) forStmt(s *syntax.For, next int) {
	if s.Async {
		l.finding(s, "async", "async for", "use a plain for")
	}
	f := &flow{kind: flowLoop}
	limit := next
	if len(s.Else) > 0 {
		limit = s.Else[0].Range().Start
		f.broke = l.helper("broken")
		l.out.emit(-1, seg{f.broke + " = False", -1})
	}
	iter := l.iter(s.Iter)
	if l.mutated(s) {
		iter = cat("py.live(", l.expr(s.Iter), ")")
	}
	if t, ok := s.Target.(*syntax.Tuple); ok && starred(t.Elts) && !nestedStar(t.Elts) {
		tmp := l.helper("item")
		l.header(s.Start, s.Body[0].Range().Start-1, cat("for "+tmp+" in ", iter, ":"))
		l.out.indent++
		before, after := 0, 0
		for i, e := range t.Elts {
			if _, ok := e.(*syntax.Starred); ok {
				before, after = i, len(t.Elts)-1-i
			}
		}
		l.out.emit(-1, cat(l.target(t), " = py.unpack("+tmp+", ", itoa(before), ", ", itoa(after), ")").s...)
		l.out.indent--
	} else {
		if hasStar(s.Target) {
			iter = cat("py.unpack_each("+shape(s.Target)+", ", iter, ")")
		}
		l.header(s.Start, s.Body[0].Range().Start-1, cat("for ", l.target(s.Target), " in ", iter, ":"))
	}
	done := l.enter(f)
	l.body(s.Body, limit)
	done()
	l.loopElse(s.Else, f, next)
}

func (l *lowerer) loopElse(other []syntax.Stmt, f *flow, next int) {
	if len(other) > 0 {
		l.out.emit(other[0].Range().Start, seg{"if not " + f.broke + ":", -1})
		l.body(other, next)
	}
}

// mutated tells whether the loop's body changes the very list or dict that it goes over.
func (l *lowerer) mutated(s *syntax.For) bool {
	n, ok := unparen(s.Iter).(*syntax.Name)
	if !ok {
		return false
	}
	v, hit := l.names[n], false
	for _, st := range s.Body {
		syntax.Walk(st, func(m syntax.Node) bool {
			switch m := m.(type) {
			case *syntax.Call:
				if a, ok := m.Fn.(*syntax.Attr); ok {
					if n, ok := unparen(a.X).(*syntax.Name); ok && l.names[n] == v {
						switch a.Name {
						case "append", "remove", "pop", "insert", "extend", "clear", "add", "discard", "update", "sort", "reverse":
							hit = true
						}
					}
				}
			case *syntax.Assign:
				for _, t := range m.Targets {
					if ix, ok := t.(*syntax.Index); ok {
						if n, ok := unparen(ix.X).(*syntax.Name); ok && l.names[n] == v {
							hit = true
						}
					}
				}
			case *syntax.AugAssign:
				t := m.Target
				if ix, ok := t.(*syntax.Index); ok {
					t = ix.X
				}
				if n, ok := unparen(t).(*syntax.Name); ok && l.names[n] == v {
					hit = true
				}
			case *syntax.Del:
				for _, t := range m.Targets {
					if ix, ok := t.(*syntax.Index); ok {
						if n, ok := unparen(ix.X).(*syntax.Name); ok && l.names[n] == v {
							hit = true
						}
					}
				}
			}
			return true
		})
	}
	return hit
}

func (l *lowerer) while(s *syntax.While, next int) {
	f := &flow{kind: flowLoop}
	limit := next
	if len(s.Else) > 0 {
		limit = s.Else[0].Range().Start
		f.broke = l.helper("broken")
		l.out.emit(-1, seg{f.broke + " = False", -1})
	}
	l.header(s.Start, s.Body[0].Range().Start-1, txt("for _ in py.forever():"))
	if !isName(s.Cond, "True") && !isOne(s.Cond) {
		l.out.indent++
		l.hoists(s.Cond)
		cond := s.Cond
		if u, ok := unparen(cond).(*syntax.Unary); ok && u.Op == "not" {
			l.out.emit(s.Start, cat("if ", l.expr(u.X).paren(precCond), ":").s...)
		} else {
			l.out.emit(s.Start, cat("if not ", l.expr(cond).paren(precCompare), ":").s...)
		}
		l.out.indent++
		l.out.emit(s.Start, seg{"break", -1})
		l.out.indent -= 2
	}
	done := l.enter(f)
	l.body(s.Body, limit)
	done()
	l.loopElse(s.Else, f, next)
}

func isOne(x syntax.Expr) bool {
	n, ok := constInt(x)
	return ok && n != 0
}
