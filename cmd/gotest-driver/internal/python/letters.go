package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// hasLetters reports whether the script has strings with letters beyond ASCII.
func (l *lowerer) hasLetters() bool {
	hit := false
	syntax.Walk(l.file, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.Str); ok {
			hit = hit || slices.ContainsFunc(n.Parts, func(p *syntax.StrPart) bool { return !p.Bytes() && !isASCII(p.Text+p.Value) })
		}
		return !hit
	})
	return hit
}

// countsBytes reports whether a string may have letters of several bytes, because Starlark counts bytes.
func (l *lowerer) countsBytes(x syntax.Expr) bool { return l.letters && l.of(x).only(kStr) }

func (l *lowerer) bytesNotLetters(x syntax.Expr) ex {
	return l.none(x, "letters", "counting letters beyond ASCII, which are several bytes each,", "use list(s.codepoints())")
}
