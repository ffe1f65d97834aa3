package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// Clean makes text of a guest harmless and readable on one line of a terminal, in XML and in HTML. It drops complete
// escape sequences, makes every other control character visible (␛, ␇, <U+202E>), and replaces invalid UTF-8 by
// U+FFFD. Tabs become blanks; a line break becomes ␊.
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for text of several lines: it keeps line breaks and turns CR LF into LF.
func CleanLines(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	if isClean(s, lines) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	col := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c == 0x1b {
			if n := ansi.Len(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\t':
			k := 8 - col%8
			b.WriteString("        "[:k])
			col += k
			continue
		case r == '\n' && lines:
			b.WriteByte('\n')
			col = 0
			continue
		case r == '\r' && (i == len(s) || s[i] == '\n' || s[i] == '\r'):
			continue
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case unsafeRune(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
		col++
	}
	return b.String()
}

func isClean(s string, lines bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c < 0x7f || c == '\n' && lines {
			continue
		}
		if c < utf8.RuneSelf {
			return false
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || unsafeRune(r) {
			return false
		}
		i += n - 1
	}
	return true
}

// unsafeRune reports whether a character beyond ASCII changes how the text around it is shown, or is
// invisible: C1 controls, bidirectional controls, separators, invisible operators and tags.
func unsafeRune(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9f,
		r == 0xad, r == 0x61c, r == 0x180e, r == 0xfeff,
		r >= 0x200e && r <= 0x200f,
		r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f,
		r >= 0xfff9 && r <= 0xfffb,
		r >= 0xfffe && r <= 0xffff,
		r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// shorten limits s to about limit bytes: it leaves out the middle, and says how many bytes that was.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	head, tail := limit/2, len(s)-limit/2
	for head > 0 && !utf8.RuneStart(s[head]) {
		head--
	}
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return fmt.Sprintf("%s … %d bytes left out … %s", s[:head], tail-head, s[tail:])
}

// lastLines returns at most n lines from the end of s, and the number of lines before them.
func lastLines(s string, n int) (tail []string, left int) {
	s = strings.TrimRight(s, "\n")
	if s == "" {
		return nil, 0
	}
	all := strings.Split(s, "\n")
	if len(all) > n {
		left = len(all) - n
		all = all[left:]
	}
	return all, left
}
