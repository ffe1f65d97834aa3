package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// flow is where the statements that are being lowered stand: what return, break and continue mean there.
type flow struct {
	outer *flow
	kind  flowKind
	leave string // of a scope: the variable that says how its body was left
	broke string // of a loop with else: the variable that says that it was broken
}

type flowKind int

const (
	flowFunction flowKind = iota // a def, or the file
	flowLoop
	flowScope // for _ in subtest(…)
)

func (l *lowerer) enter(f *flow) func() {
	f.outer = l.ctx
	l.ctx = f
	return func() { l.ctx = f.outer }
}

// exits tell whether a body is left by break and continue.
type exits struct{ brk, cont bool }

func exitsOf(body []syntax.Stmt) exits {
	var e exits
	var visit func(body []syntax.Stmt, loop bool)
	visit = func(body []syntax.Stmt, loop bool) {
		for _, s := range body {
			switch s := s.(type) {
			case *syntax.Simple:
				e.brk = e.brk || !loop && s.Word == "break"
				e.cont = e.cont || !loop && s.Word == "continue"
			case *syntax.If:
				visit(s.Body, loop)
				visit(s.Else, loop)
			case *syntax.For:
				visit(s.Body, true)
				visit(s.Else, loop)
			case *syntax.While:
				visit(s.Body, true)
				visit(s.Else, loop)
			case *syntax.With:
				visit(s.Body, loop)
			}
		}
	}
	visit(body, false)
	return e
}

// jump lowers break or continue, with a comment behind it.
func (l *lowerer) jump(src int, word, comment string) {
	if comment != "" {
		comment = "  " + comment
	}
	switch f := l.ctx; f.kind {
	case flowLoop:
		if word == "break" && f.broke != "" {
			l.out.emit(src, seg{f.broke + " = True", -1})
		}
		l.out.emit(src, seg{word + comment, src})
	case flowScope:
		l.out.emit(src, seg{f.leave + ` = "` + word + `"` + comment, -1})
		l.out.emit(src, seg{"continue", -1})
	default:
		l.findingAt(src, "syntax", "`"+word+"` outside of a loop", "")
	}
}

// body lowers a block of its own, one level deeper.
func (l *lowerer) body(stmts []syntax.Stmt, limit int) {
	l.out.indent++
	l.out.blank = true
	n := l.out.b.Len()
	l.block(stmts, limit)
	if onlyComments(l.out.b.String()[n:]) {
		l.out.emit(-1, seg{"pass", -1})
	}
	l.out.indent--
}

func onlyComments(s string) bool {
	for len(s) > 0 {
		i := 0
		for i < len(s) && s[i] != '\n' {
			i++
		}
		line := s[:i]
		s = s[min(i+1, len(s)):]
		for len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			line = line[1:]
		}
		if line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}
