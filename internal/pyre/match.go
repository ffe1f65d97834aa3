package pyre

import (
	"fmt"
	"strings"
)

// Match is a match of an expression in a text. Positions count bytes.
type Match struct {
	re                 *Regexp
	s                  string
	loc                []int
	runeStart, runeEnd int
}

// Regexp returns the expression.
func (m *Match) Regexp() *Regexp { return m.re }

// Text returns the searched text.
func (m *Match) Text() string { return m.s }

// Span returns where group i starts and ends, in bytes, or -1, -1 if it took no part.
func (m *Match) Span(i int) (start, end int) { return m.loc[2*i], m.loc[2*i+1] }

// Group returns the text of group i; ok is false if it took no part. Group 0 is the whole match.
func (m *Match) Group(i int) (text string, ok bool) {
	if m.loc[2*i] < 0 {
		return "", false
	}
	return m.s[m.loc[2*i]:m.loc[2*i+1]], true
}

// Sub replaces up to count matches (all when count is 0) by the results of repl.
func (r *Regexp) Sub(s string, count int, repl func(*Match) (string, error)) (string, error) {
	var b strings.Builder
	last, n := 0, 0
	var failed error
	err := r.Each(s, func(m *Match) bool {
		by, err := repl(m)
		if err != nil {
			failed = err
			return false
		}
		b.WriteString(s[last:m.loc[0]])
		b.WriteString(by)
		last = m.loc[1]
		n++
		return count <= 0 || n < count
	})
	if failed != nil {
		err = failed
	}
	b.WriteString(s[last:])
	return b.String(), err
}

// Split splits the text at matches, at most max times (no limit when max is 0). The texts of groups are
// among the parts, as in Python; ok is false for a group that took no part.
func (r *Regexp) Split(s string, max int, part func(text string, ok bool)) error {
	last, n := 0, 0
	err := r.Each(s, func(m *Match) bool {
		part(s[last:m.loc[0]], true)
		for i := 1; i < len(r.names); i++ {
			part(m.Group(i))
		}
		last = m.loc[1]
		n++
		return max <= 0 || n < max
	})
	part(s[last:], true)
	return err
}

// Template is a replacement text with references to groups: \1, \g<1>, \g<name>.
type Template []templatePart

type templatePart struct {
	text  string
	group int // -1: text
}

// Template parses a replacement text for matches of r.
func (r *Regexp) Template(repl string) (Template, error) {
	var out Template
	var lit strings.Builder
	fail := func(pos int, format string, args ...any) (Template, error) {
		return nil, fmt.Errorf("replacement %q: %s at position %d", repl, fmt.Sprintf(format, args...), pos)
	}
	group := func(n int) {
		if lit.Len() > 0 {
			out = append(out, templatePart{lit.String(), -1})
			lit.Reset()
		}
		out = append(out, templatePart{"", n})
	}
	for i := 0; i < len(repl); i++ {
		c := repl[i]
		if c != '\\' {
			lit.WriteByte(c)
			continue
		}
		start := i
		i++
		if i == len(repl) {
			return fail(start, `bad escape (end of pattern)`)
		}
		switch c = repl[i]; {
		case c == 'g':
			end := strings.IndexByte(repl[i:], '>')
			if i+1 >= len(repl) || repl[i+1] != '<' {
				return fail(i+1, "missing <")
			}
			if end < 0 {
				return fail(i+2, "missing >, unterminated name")
			}
			name := repl[i+2 : i+end]
			n := r.GroupIndex(name)
			if isNumber(name) {
				n = atoi(name)
			}
			if n < 0 {
				return fail(i+2, "unknown group name %q", name)
			}
			if n >= len(r.names) {
				return fail(i+2, "invalid group reference %d", n)
			}
			group(n)
			i += end
		case c == '0' || c >= '1' && c <= '9':
			digits := 1
			for digits < 3 && i+digits < len(repl) && isDigit(repl[i+digits]) {
				digits++
			}
			word := repl[i : i+digits]
			if c == '0' || digits == 3 && isOctal(word) {
				n := 0
				used := 0
				for used < digits && word[used] >= '0' && word[used] <= '7' {
					n = n*8 + int(word[used]-'0')
					used++
				}
				if n > 0o377 {
					return fail(start, `octal escape value \%s outside of range 0-0o377`, word)
				}
				lit.WriteRune(rune(n))
				i += used - 1
				break
			}
			if digits > 2 {
				digits, word = 2, word[:2]
			}
			if n := atoi(word); n < len(r.names) {
				group(n)
			} else {
				return fail(start+1, "invalid group reference %d", n)
			}
			i += digits - 1
		default:
			if e := strings.IndexByte("abfnrtv", c); e >= 0 {
				lit.WriteByte("\a\b\f\n\r\t\v"[e])
			} else if c == '\\' {
				lit.WriteByte('\\')
			} else if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
				return fail(start, `bad escape \%c`, c)
			} else {
				lit.WriteByte('\\')
				lit.WriteByte(c)
			}
		}
	}
	if lit.Len() > 0 {
		out = append(out, templatePart{lit.String(), -1})
	}
	return out, nil
}

// Expand returns the replacement for a match. Groups that took no part are empty.
func (t Template) Expand(m *Match) string {
	var b strings.Builder
	for _, p := range t {
		if p.group < 0 {
			b.WriteString(p.text)
		} else {
			s, _ := m.Group(p.group)
			b.WriteString(s)
		}
	}
	return b.String()
}

// Escape returns the pattern that matches the text literally, in the form of Python's re.escape.
func Escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isOctal(s string) bool {
	return strings.Trim(s, "01234567") == ""
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// atoi reads a decimal number; one that is too large for a group becomes a number that no group has.
func atoi(s string) int {
	n := 0
	for _, c := range s {
		if n = n*10 + int(c-'0'); n > 1<<20 {
			return 1 << 20
		}
	}
	return n
}
