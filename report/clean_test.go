package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"grün 日本 🙂", "grün 日本 🙂"},
		{"\x1b[31mred\x1b[0m", "red"},
		{"\x1b]0;title\x07x\x1b]8;;http://a\x1b\\link", "xlink"},
		{"\x1bPq#0\x1b\\x", "x"},
		{"\x1b]0;not closed", "␛]0;not closed"},
		{"\x1b[2", "␛[2"},
		{"\x1bcreset", "reset"},
		{"bell\a\b\x7f", "bell␇␈␡"},
		{"a\tb", "a       b"},
		{"end\r", "end"},
		{"one\rtwo", "one␍two"},
		{"a\nb", "a␊b"},
		{"\u202eevil\u2066", "<U+202E>evil<U+2066>"},
		{"c1 \u009b31m", "c1 <U+009B>31m"},
		{"bad \xff\x9b31m", "bad \ufffd\ufffd31m"},
		{"tag \U000e0041", "tag <U+E0041>"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := CleanLines("a\r\nb\n"); got != "a\nb\n" {
		t.Errorf("CleanLines: %q", got)
	}
}

// Whatever a guest prints, no control sequence is left.
func TestCleanProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}), rapid.StringOf(rapid.RuneFrom([]rune("\x1b[]P\\;0m\x07\n\r\u202e\u009bx")))).Draw(t, "in")
		got := Clean(in)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r < 0x20 || r == 0x7f || unsafeRune(r) }); i >= 0 {
			t.Fatalf("%q keeps %q", got, got[i:])
		}
		if Clean(got) != got {
			t.Fatalf("not stable: %q", got)
		}
	})
}

func TestShorten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, limit := rapid.String().Draw(t, "s"), rapid.IntRange(0, 50).Draw(t, "limit")
		got := shorten(s, limit)
		if len(s) <= limit && got != s || len(got) > max(limit+60, len(s)+60) || !utf8.ValidString(got) {
			t.Fatalf("shorten(%q, %d) = %q", s, limit, got)
		}
	})
}
