package pyre

import (
	"strconv"
	"strings"
)

// category returns the content of brackets for \d, \s, \w and their opposites.
func category(c rune, flags Flags) (content string, negated, ok bool) {
	ascii := flags&ASCII != 0
	pick := func(u, a string) string {
		if ascii {
			return a
		}
		return u
	}
	switch c {
	case 'd', 'D':
		content = pick(digitUnicode, digitASCII)
	case 's', 'S':
		content = pick(spaceUnicode, spaceASCII)
	case 'w', 'W':
		content = pick(wordUnicode, wordASCII)
	default:
		return "", false, false
	}
	return content, c < 'a', true
}

// escape reads an escape outside a class.
func (t *translator) escape(flags Flags) (anchor bool, err error) {
	start := t.pos
	t.pos++
	c := t.peek()
	if c < 0 {
		return false, t.fail(start, "bad escape (end of pattern)")
	}
	if content, negated, ok := category(c, flags); ok {
		t.pos++
		if negated {
			content = "^" + content
		}
		t.out.WriteString("[" + content + "]")
		return false, nil
	}
	switch {
	case c == 'A' || c == 'Z' || c == 'z':
		t.pos++
		t.out.WriteString(map[rune]string{'A': `\A`, 'Z': `\z`, 'z': `\z`}[c])
		return true, nil
	case c == 'b' || c == 'B':
		t.pos++
		switch {
		case flags&ASCII == 0:
			t.out.WriteString(`\` + string(c))
		case c == 'b':
			t.out.WriteString(`(?:(?<=[` + wordASCII + `])(?![` + wordASCII + `])|(?<![` + wordASCII + `])(?=[` + wordASCII + `]))`)
		default:
			t.out.WriteString(`(?:(?<=[` + wordASCII + `])(?=[` + wordASCII + `])|(?<![` + wordASCII + `])(?![` + wordASCII + `]))`)
		}
		return true, nil
	case c >= '1' && c <= '9':
		n := 1
		for n < 3 && t.pos+n < len(t.src) && t.src[t.pos+n] >= '0' && t.src[t.pos+n] <= '9' {
			n++
		}
		word := string(t.src[t.pos : t.pos+n])
		if n == 3 && isOctal(word) {
			break
		}
		if n == 3 {
			n, word = 2, word[:2]
		}
		t.pos += n
		return false, t.reference(atoi(word), start+1)
	}
	r, err := t.escapedRune(start)
	if err != nil {
		return false, err
	}
	t.literal(r)
	return false, nil
}

// escapedRune reads the escape of a single character; pos is after the backslash.
func (t *translator) escapedRune(start int) (rune, error) {
	c := t.src[t.pos]
	t.pos++
	if i := strings.IndexRune("afnrtv", c); i >= 0 {
		return rune("\a\f\n\r\t\v"[i]), nil
	}
	hex := func(n int) (rune, error) {
		from := t.pos
		for t.pos < len(t.src) && t.pos < from+n && strings.ContainsRune("0123456789abcdefABCDEF", t.src[t.pos]) {
			t.pos++
		}
		word := string(t.src[from:t.pos])
		v, err := strconv.ParseUint(word, 16, 32)
		if err != nil || len(word) < n {
			return 0, t.fail(start, `incomplete escape \%c%s`, c, word)
		}
		if v > 0x10ffff {
			return 0, t.fail(start, `bad escape \%c%s`, c, word)
		}
		return rune(v), nil
	}
	switch {
	case c == 'x':
		return hex(2)
	case c == 'u':
		return hex(4)
	case c == 'U':
		return hex(8)
	case c >= '0' && c <= '7':
		v := c - '0'
		for n := 1; n < 3 && t.pos < len(t.src) && t.src[t.pos] >= '0' && t.src[t.pos] <= '7'; n++ {
			v = v*8 + t.src[t.pos] - '0'
			t.pos++
		}
		if v > 0o377 {
			return 0, t.fail(start, `octal escape value \%o outside of range 0-0o377`, v)
		}
		return v, nil
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
		return 0, t.fail(start, `bad escape \%c`, c)
	}
	return c, nil
}

// class reads [ … ]. The engine's classes can't contain the complement of a set of two categories, so these are
// beside the class, in an alternative or a lookahead.
func (t *translator) class(flags Flags) error {
	start := t.pos
	t.pos++
	negated := t.peek() == '^'
	if negated {
		t.pos++
	}
	var content strings.Builder
	var complements []string
	for first := true; ; first = false {
		c := t.peek()
		if c < 0 {
			return t.fail(start, "unterminated character set")
		}
		if c == ']' && !first {
			t.pos++
			break
		}
		at := t.pos
		lo, cat, neg, err := t.classItem(start, flags)
		if err != nil {
			return err
		}
		if t.peek() == '-' && t.pos+1 < len(t.src) && t.src[t.pos+1] != ']' {
			t.pos++
			hi, cat2, _, err := t.classItem(start, flags)
			if err != nil {
				return err
			}
			if cat != "" || cat2 != "" || hi < lo {
				return t.fail(at, "bad character range %s", string(t.src[at:t.pos]))
			}
			content.WriteString(quoteRune(lo) + "-" + quoteRune(hi))
			continue
		}
		switch {
		case cat == "":
			content.WriteString(quoteRune(lo))
		case neg:
			complements = append(complements, cat)
		default:
			content.WriteString(cat)
		}
	}
	t.out.WriteString(joinClass(content.String(), complements, negated))
	return nil
}

func joinClass(content string, complements []string, negated bool) string {
	if len(complements) == 0 {
		if negated {
			content = "^" + content
		}
		return "[" + content + "]"
	}
	var b strings.Builder
	b.WriteString("(?:")
	if !negated {
		if content != "" {
			b.WriteString("[" + content + "]|")
		}
		for i, c := range complements {
			if i > 0 {
				b.WriteString("|")
			}
			b.WriteString("[^" + c + "]")
		}
		return b.String() + ")"
	}
	if content != "" {
		b.WriteString("(?![" + content + "])")
	}
	last := len(complements) - 1
	for _, c := range complements[:last] {
		b.WriteString("(?=[" + c + "])")
	}
	return b.String() + "[" + complements[last] + "])"
}

// classItem reads one character or category within brackets.
func (t *translator) classItem(start int, flags Flags) (r rune, cat string, negated bool, err error) {
	at := t.pos
	c := t.peek()
	if c < 0 {
		return 0, "", false, t.fail(start, "unterminated character set")
	}
	t.pos++
	if c != '\\' {
		return c, "", false, nil
	}
	if t.pos >= len(t.src) {
		return 0, "", false, t.fail(at, "bad escape (end of pattern)")
	}
	if content, neg, ok := category(t.src[t.pos], flags); ok {
		t.pos++
		return 0, content, neg, nil
	}
	if t.src[t.pos] == 'b' {
		t.pos++
		return '\b', "", false, nil
	}
	r, err = t.escapedRune(at)
	return r, "", false, err
}
