// Package ansi finds the escape sequences of terminals in text (ECMA-48, sections 5.3 to 5.6), and has those that the
// program writes. It initializes nothing at the start of the program, unlike libraries for the same purpose.
package ansi

import (
	"sort"
	"strings"
)

// longest bounds a sequence that has not ended yet, in bytes.
const longest = 4096

// Len returns the length of the complete escape sequence at the start of s, 0 when there is none.
func Len(s string) int {
	n, _ := sequence(s)
	return n
}

// sequence returns the length of the escape sequence at the start of s, 0 when there is none. open reports whether the
// text ends within the sequence.
func sequence(s string) (n int, open bool) {
	if s == "" || s[0] != '\x1b' {
		return 0, false
	}
	if len(s) == 1 {
		return 0, true
	}
	switch c := s[1]; {
	case c == '[':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] >= 0x40 && s[i] <= 0x7e:
				return i + 1, false
			case s[i] < 0x20 || s[i] > 0x7e:
				return 0, false
			}
		}
		return 0, true
	case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == 0x07:
				return i + 1, false
			case s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\':
				return i + 2, false
			case s[i] == '\n':
				return 0, false
			}
		}
		return 0, true
	case c >= 0x20 && c <= 0x2f:
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] >= 0x30 && s[i] <= 0x7e:
				return i + 1, false
			case s[i] < 0x20 || s[i] > 0x2f:
				return 0, false
			}
		}
		return 0, true
	case c >= 0x30 && c <= 0x7e:
		return 2, false
	}
	return 0, false
}

// Text is text without its escape sequences.
type Text struct {
	// Plain is the text. A sequence that has not ended yet is left out at its end, too.
	Plain string

	cuts []cut
}

// cut is a sequence that was left out in front of the byte at of the plain text; before is the length of all sequences
// up to there.
type cut struct{ at, before int }

// Strip leaves out the escape sequences of s.
func Strip(s string) Text {
	i := strings.IndexByte(s, '\x1b')
	if i < 0 {
		return Text{Plain: s}
	}
	var b strings.Builder
	b.Grow(len(s))
	var cuts []cut
	dropped := 0
	for {
		b.WriteString(s[:i])
		s = s[i:]
		n, open := sequence(s)
		if open && len(s) <= longest {
			n = len(s)
		}
		if n > 0 {
			dropped += n
			cuts = append(cuts, cut{b.Len(), dropped})
			s = s[n:]
		} else if s != "" {
			b.WriteByte(s[0])
			s = s[1:]
		}
		if s == "" {
			return Text{Plain: b.String(), cuts: cuts}
		}
		if i = strings.IndexByte(s, '\x1b'); i < 0 {
			i = len(s)
		}
	}
}

// End returns where the first i bytes of Plain end in the original text.
func (t Text) End(i int) int {
	k := sort.Search(len(t.cuts), func(k int) bool { return t.cuts[k].at >= i })
	if k == 0 {
		return i
	}
	return i + t.cuts[k-1].before
}
