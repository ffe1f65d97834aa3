package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// hasLetters tells whether the script has strings with letters beyond ASCII, other than those that it only prints.
func (l *lowerer) hasLetters() bool {
	shown := map[syntax.Expr]bool{}
	hit := false
	for _, s := range l.file.Body {
		syntax.Walk(s, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Call:
				switch l.callee(n) {
				case "print", "subtest", "log.info", "log.warning", "log.error":
					for _, a := range n.Args {
						shown[unparen(a.Value)] = true
					}
				}
			case *syntax.Assert:
				shown[unparen(n.Msg)] = true
			case *syntax.Raise:
				return false
			case *syntax.ExprStmt:
				shown[n.X] = true // a doc string
			case *syntax.Str:
				for _, p := range n.Parts {
					hit = hit || !p.Bytes() && !shown[n] && !isASCII(p.Text+p.Value)
				}
			}
			return !hit
		})
	}
	return hit
}

// countsBytes tells whether a string may have letters of which each is several bytes: Starlark counts these.
func (l *lowerer) countsBytes(x syntax.Expr) bool { return l.letters && l.of(x).only(kStr) }

func (l *lowerer) bytesNotLetters(x syntax.Expr) ex {
	return l.none(x, "letters", "counting letters beyond ASCII, which are several bytes each,", "use list(s.codepoints())")
}
