package ansi

import (
	"slices"
	"testing"
)

func TestStyled(t *testing.T) {
	for want, got := range map[string]string{
		"plain":               Style("").Styled("plain"),
		"\x1b[2mx\x1b[m":      Faint.Styled("x"),
		"\x1b[1;31mbad\x1b[m": Bold.With(Red).Styled("bad"),
		"\x1b[3A":             CursorUp(3),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWidth(t *testing.T) {
	for line, want := range map[string]int{
		"":                                      0,
		"abc":                                   3,
		"é":                                     1,
		"e\u0301":                               1, // a combining accent
		"漢字":                                    4,
		"👩‍👩‍👧":                                 2, // one picture of three
		Bold.With(Cyan).Styled("two") + " more": 8,
		"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\": 4,
	} {
		if got := Width(line); got != want {
			t.Errorf("%q: width %d, want %d", line, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"漢字漢字", 5, "漢字…"},
		{"漢字漢字", 4, "漢…"},
		{Red.Styled("longer") + "x", 5, "\x1b[31mlong…\x1b[m"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"漢字", 1, "…"},
	} {
		if got := Truncate(c.line, c.width, "…"); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.line, c.width, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 6, []string{"one", "two", "three"}},
		{"a unbreakable", 5, []string{"a", "unbreakable"}},
		{"漢字 漢字", 9, []string{"漢字 漢字"}},
		{"漢字 漢字", 8, []string{"漢字", "漢字"}},
	} {
		if got := Wrap(c.line, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q to %d: %q, want %q", c.line, c.width, got, c.want)
		}
	}
}
