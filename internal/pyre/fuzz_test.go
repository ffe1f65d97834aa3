package pyre

import (
	"errors"
	"testing"
)

// FuzzCompile: any pattern is compiled or is an error with a place in it; its matches are in the text.
func FuzzCompile(f *testing.F) {
	for _, p := range []string{`(?P<a>x+)(?P=a)\1{2,3}?`, `(?ix) [^\w\d-] # c`, `(?<=ab)(?!c)\b\Z\A`, `[]-a]`, `(a+)+$`, `\N{BULLET}\x41\u00e9\0`, `(?(1)a|b)`, `(?:(?:(?:`, `a{,3}`, `{`, `(?s-i:.)`} {
		f.Add(p, "ab xé\n", `\g<a>\1\n`, 0)
	}
	f.Fuzz(func(t *testing.T, pattern, text, repl string, flags int) {
		if len(pattern) > 200 || len(text) > 200 {
			return // the time of a match is limited, which takes two seconds
		}
		r, err := Compile(pattern, Flags(flags))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len([]rune(pattern)) {
				t.Errorf("the error has no place: %v", err)
			}
			return
		}
		template, bad := r.Template(repl)
		_, err = r.Sub(text, 0, func(m *Match) (string, error) {
			for i := range r.NumGroups() + 1 {
				if start, end := m.Span(i); start < -1 || end > len(text) || start > end {
					t.Errorf("group %d is at %d to %d of %q", i, start, end, text)
				}
			}
			if bad != nil {
				return "", nil
			}
			return template.Expand(m), nil
		})
		if err != nil && !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
	})
}
