package ansi

import (
	"strings"
	"testing"
)

func TestStrip(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"plain\n":                 "plain\n",
		"f\x1b[31mai\x1b[0;1mled": "failed",
		"\x1b]0;title\x07$ \x1b]8;;http://x\x1b\\": "$ ",
		"\x1b(Bok\x1bc\x1b[?7l\x1b[2J":             "ok",
		"\x1b[0m\x1b[0m":                           "",
		"ends within\x1b":                          "ends within",
		"ends within\x1b[3":                        "ends within",
		"ends within\x1b]0;ti":                     "ends within",
		"no sequence\x1b[3\nhere":                  "no sequence\x1b[3\nhere",
		"a\x1b\x1b[1mb":                            "a\x1bb",
		"\x1b]" + strings.Repeat("x", longest):     "\x1b]" + strings.Repeat("x", longest),
	} {
		if got := Strip(in).Plain; got != want {
			t.Errorf("Strip(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestEnd: the end of each byte of the plain text is found in the original, in front of the sequences that follow.
func TestEnd(t *testing.T) {
	for _, in := range []string{"plain", "\x1b[1ma\x1b[0m\x1b[2mb\x1b[0mc", "a\x1bc\x1b", "\x1b[1m", "ab\x1b[1m", "a\x1b[3"} {
		s := Strip(in)
		for i := 1; i <= len(s.Plain); i++ {
			if at := s.End(i); at < 1 || in[at-1] != s.Plain[i-1] || Strip(in[:at]).Plain != s.Plain[:i] {
				t.Errorf("Strip(%q): the first %d bytes end at %d", in, i, at)
			}
		}
		if at := s.End(0); at != 0 {
			t.Errorf("Strip(%q): nothing ends at %d", in, at)
		}
	}
}

func TestLen(t *testing.T) {
	for in, want := range map[string]int{"": 0, "x": 0, "\x1b": 0, "\x1b[": 0, "\x1b[31mx": 5, "\x1b(Bx": 3, "\x1bcx": 2, "\x1b]0;t\x07x": 6, "\x1b]0;t\nx\x07": 0} {
		if got := Len(in); got != want {
			t.Errorf("Len(%q) = %d, want %d", in, got, want)
		}
	}
}
