package python

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// raise lowers a raise to a failure of the test, because a translated script has no `except`.
func (l *lowerer) raise(s *syntax.Raise) {
	c, call := unparen(s.X).(*syntax.Call)
	class := l.dotted(unparen(s.X))
	if call {
		class = l.callee(c)
	}
	switch name := class[strings.LastIndexByte(class, '.')+1:]; {
	case !isException(class) && !strings.HasPrefix(class, "test_driver."):
		l.finding(s, "raise", "this `raise`", "fail the test with fail(…)")
	case call && len(c.Args) > 0:
		l.line(s, l.shownCall(at("fail", s.Start), c))
	default:
		l.line(s, cat(at("fail(", s.Start), quote(name, false), ")"))
	}
}

func (l *lowerer) assert(s *syntax.Assert) {
	l.hoists(s.Cond)
	l.depth++
	cond := l.bare(s.Cond)
	l.depth--
	if s.Msg == nil {
		l.line(s, cat(at("assert(", s.Start), cond, ")"))
		return
	}
	l.shown++
	l.depth++
	text := l.argument(s.Msg)
	l.depth--
	l.shown--
	if !l.harmless(s.Msg) {
		// The message is computed only when it is needed, because this may fail or have an effect.
		l.header(s.Start, s.End, cat(at("if not ", s.Start), cond.paren(precNot), ":"))
		l.out.indent++
		l.out.emit(s.Start, at("fail(", s.Start), text.paren(precCond), ")")
		l.out.indent--
		return
	}
	if !l.of(s.Msg).only(kStr) {
		text = cat("str(", text, ")")
	}
	span := syntax.Span{Start: s.Cond.Range().Start, End: unparen(s.Msg).Range().End}
	l.line(s, cat(at("assert", s.Start), l.bracket("(", []item{{cond, s.Cond.Range()}, {text.paren(precCond), unparen(s.Msg).Range()}}, ")", span)))
}

// harmless reports whether evaluating a message too early has no effect. It assumes that assignments before it in the text
// have been made.
func (l *lowerer) harmless(x syntax.Expr) bool {
	ok := true
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Name:
			v := l.names[n]
			unset := v != nil && !v.free && v.owner != nil && !slices.ContainsFunc(v.writes, func(w use) bool { return w.pos < n.Start })
			ok = ok && !unset
		case *syntax.Str, *syntax.Num, *syntax.Paren, *syntax.Tuple:
		case *syntax.Binary:
			ok = ok && n.Op == "+" && l.of(n).only(kStr)
		case *syntax.Call:
			ok = ok && l.pure(n)
		case *syntax.Attr:
			ok = ok && (l.of(n.X).only(kMachine) || pureMethods()[n.Name])
		default:
			ok = false
		}
		return ok
	})
	return ok
}
