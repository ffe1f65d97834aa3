package python

import (
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// flow is the context of the statements that are being lowered: the meaning of return, break and continue.
type flow struct {
	outer *flow
	loop  bool   // a loop, not a def, the file or a scope
	leave string // of a scope: the variable that says how its body was left
	broke string // of a loop with else: the variable that says whether it was left by break
}

func (l *lowerer) enter(f *flow) func() {
	f.outer = l.ctx
	l.ctx = f
	return func() { l.ctx = f.outer }
}

// leaves reports whether a body is left by break or continue; for a loop with else it may wrongly report true, which does no
// harm.
func leaves(body []syntax.Stmt, word string) bool {
	hit := false
	for _, s := range body {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Simple:
				hit = hit || n.Word == word
			case *syntax.For:
				return n.Else != nil
			case *syntax.While:
				return n.Else != nil
			case *syntax.FuncDef:
				return false
			}
			return true
		})
	}
	return hit
}

// jump lowers break or continue, with a comment after it.
func (l *lowerer) jump(src int, word, comment string) {
	switch f := l.ctx; {
	case f.loop:
		if word == "break" && f.broke != "" {
			l.out.emit(src, f.broke+" = True")
		}
		l.out.emit(src, word+comment)
	case f.leave != "":
		l.out.emit(src, f.leave+` = "`+word+`"`+comment)
		l.out.emit(src, "continue")
	default:
		l.findingAt(src, "syntax", "`"+word+"` outside of a loop", "")
	}
}

// body lowers a block, one level deeper.
func (l *lowerer) body(stmts []syntax.Stmt, limit int) {
	l.out.indent++
	l.out.blank = true
	n := l.out.b.Len()
	l.block(stmts, limit)
	if onlyComments().MatchString(l.out.b.String()[n:]) {
		l.out.emit(-1, "pass")
	}
	l.out.indent--
}

// onlyComments matches lines that have no statement.
var onlyComments = lazyre.Compile(`^(\s*#.*\n|\s*\n)*$`)
