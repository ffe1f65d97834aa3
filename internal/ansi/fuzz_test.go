package ansi

import (
	"strings"
	"testing"
)

// FuzzStrip: the text without sequences is what is left of the text when some of it is left out, and each place of it is a
// place of the text.
func FuzzStrip(f *testing.F) {
	f.Add("a\x1b[1;31mb\x1b]0;title\x07c\x1bPq\x1b\\d\x1b(B\x1b7")
	f.Add("\x1b\x1b[0m[0m\x1b[")
	f.Add("\x1b]0;" + strings.Repeat("x", longest))
	f.Fuzz(func(t *testing.T, s string) {
		text := Strip(s)
		if text.End(len(text.Plain)) > len(s) {
			t.Fatalf("%q ends at %d of %d", text.Plain, text.End(len(text.Plain)), len(s))
		}
		before := 0
		for i := range len(text.Plain) {
			end := text.End(i + 1)
			if end <= before || s[end-1] != text.Plain[i] {
				t.Fatalf("byte %d of %q ends at %d of %q, the one before it at %d", i, text.Plain, end, s, before)
			}
			before = end
		}
		if n := Len(s); n < 0 || n > len(s) {
			t.Fatalf("a sequence of %d bytes in %d", n, len(s))
		}
	})
}
