package pyre

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Contents of character classes. Python's \w matches the characters of isalnum(), and \s includes the four separators
// U+001C to U+001F, unlike the engine's.
const (
	wordUnicode  = `\p{L}\p{N}_`
	wordASCII    = `a-zA-Z0-9_`
	spaceUnicode = `\s\u001c-\u001f`
	spaceASCII   = ` \t\n\r\f\v`
	digitUnicode = `\d`
	digitASCII   = `0-9`
)

// maxRepeat limits the numbers in {m,n}; the engine unrolls nothing, but adds them up.
const maxRepeat = 1 << 30

// translator rewrites a Python pattern as a .NET pattern for the engine. Named groups lose their
// names, because .NET numbers them after all others; blanks and comments of verbose patterns are dropped.
type translator struct {
	pattern string
	src     []rune
	pos     int
	flags   Flags
	out     buffer

	names  []string // by number
	closed []bool   // by number: the group's parenthesis is closed
	depth  int
	empty  bool // only global flags have been read
}

type buffer []byte

func (b *buffer) WriteString(s string) { *b = append(*b, s...) }
func (b buffer) String() string        { return string(b) }

func (t *translator) fail(pos int, format string, args ...any) error {
	return &Error{Pattern: t.pattern, Msg: fmt.Sprintf(format, args...), Pos: pos}
}

func (t *translator) run() error {
	t.names, t.closed, t.empty = []string{""}, []bool{false}, true
	global, err := t.alternatives(t.flags)
	if err != nil {
		return err
	}
	t.flags = global
	if t.pos < len(t.src) {
		return t.fail(t.pos, "unbalanced parenthesis")
	}
	return nil
}

func (t *translator) peek() rune {
	if t.pos < len(t.src) {
		return t.src[t.pos]
	}
	return -1
}

func (t *translator) has(s string) bool {
	return strings.HasPrefix(string(t.src[t.pos:min(len(t.src), t.pos+len(s))]), s)
}

// alternatives reads up to a closing parenthesis or the end. It returns the flags, which global flags at the
// start of the pattern may change.
func (t *translator) alternatives(flags Flags) (Flags, error) {
	for {
		var err error
		if flags, err = t.sequence(flags); err != nil {
			return flags, err
		}
		if t.peek() != '|' {
			return flags, nil
		}
		t.pos++
		t.empty = false
		t.out.WriteString("|")
	}
}

func (t *translator) sequence(flags Flags) (Flags, error) {
	atom := -1 // offset in out of the item that a quantifier would repeat
	quantified := false
	for t.pos < len(t.src) {
		c, start := t.src[t.pos], t.pos
		if flags&Verbose != 0 {
			if c < utf8.RuneSelf && strings.ContainsRune(" \t\n\r\v\f", c) {
				t.pos++
				continue
			}
			if c == '#' {
				for t.pos < len(t.src) && t.src[t.pos] != '\n' {
					t.pos++
				}
				continue
			}
		}
		if c == '|' || c == ')' {
			return flags, nil
		}
		if q, ok, err := t.quantifier(); err != nil {
			return flags, err
		} else if ok {
			if quantified {
				return flags, t.fail(start, "multiple repeat")
			}
			if atom < 0 {
				return flags, t.fail(start, "nothing to repeat")
			}
			t.out.WriteString(q)
			switch t.peek() {
			case '?':
				t.pos++
				t.out.WriteString("?")
			case '+': // possessive
				t.pos++
				t.out = slices.Insert(t.out, atom, []byte("(?>")...)
				t.out.WriteString(")")
			}
			quantified = true
			continue
		}
		if c == '(' && t.has("(?") {
			global, isFlags, err := t.globalFlags(flags)
			if err != nil {
				return flags, err
			}
			if isFlags {
				flags = global
				continue
			}
		}
		if c == '(' && t.has("(?#") {
			for t.peek() != ')' {
				if t.pos++; t.pos >= len(t.src) {
					return flags, t.fail(start, "missing ), unterminated comment")
				}
			}
			t.pos++
			continue
		}
		t.empty, quantified = false, false
		atom = len(t.out)
		isAnchor, err := t.atom(flags)
		if err != nil {
			return flags, err
		}
		if isAnchor {
			atom = -1
		}
	}
	return flags, nil
}

// quantifier reads *, +, ? or {m,n}. Any other brace is a literal.
func (t *translator) quantifier() (string, bool, error) {
	switch c := t.peek(); c {
	case '*', '+', '?':
		t.pos++
		return string(c), true, nil
	case '{':
	default:
		return "", false, nil
	}
	i := t.pos + 1
	number := func() string {
		from := i
		for i < len(t.src) && t.src[i] >= '0' && t.src[i] <= '9' {
			i++
		}
		return string(t.src[from:i])
	}
	lo := number()
	hi := lo
	if i < len(t.src) && t.src[i] == ',' {
		i++
		hi = number()
	} else if lo == "" {
		return "", false, nil
	}
	if i >= len(t.src) || t.src[i] != '}' {
		return "", false, nil
	}
	m, n := 0, maxRepeat
	if lo != "" {
		m = atoi(lo)
	}
	if hi != "" {
		if n = atoi(hi); n < m {
			return "", false, t.fail(t.pos+1, "min repeat greater than max repeat")
		}
	}
	t.pos = i + 1
	if hi == "" {
		return fmt.Sprintf("{%d,}", m), true, nil
	}
	return fmt.Sprintf("{%d,%d}", m, n), true, nil
}

// atom reads one item other than a quantifier. Anchors can't be repeated.
func (t *translator) atom(flags Flags) (anchor bool, err error) {
	switch c := t.src[t.pos]; c {
	case '^', '$':
		t.pos++
		t.out.WriteString(string(c))
		return true, nil
	case '.':
		t.pos++
		t.out.WriteString(".")
	case '(':
		return false, t.group(flags)
	case '[':
		return false, t.class(flags)
	case '\\':
		return t.escape(flags)
	default:
		t.pos++
		t.literal(c)
	}
	return false, nil
}

// literal writes a literal character, outside or inside a class.
func (t *translator) literal(c rune) { t.out.WriteString(quoteRune(c)) }

func quoteRune(c rune) string {
	switch {
	case c < ' ' || c == 0x7f:
		return fmt.Sprintf(`\u%04x`, c)
	case strings.ContainsRune(`\.+*?()|[]{}^$#- `, c):
		return `\` + string(c)
	}
	return string(c)
}

func (t *translator) group(flags Flags) error {
	start := t.pos
	t.pos++
	number := 0
	switch {
	case !t.has("?"):
		number = t.open("")
		t.out.WriteString("(")
	case t.has("?:"), t.has("?="), t.has("?!"), t.has("?>"):
		t.out.WriteString("(" + string(t.src[t.pos:t.pos+2]))
		t.pos += 2
	case t.has("?<=") || t.has("?<!"):
		t.out.WriteString("(" + string(t.src[t.pos:t.pos+3]))
		t.pos += 3
	case t.has("?P<"):
		t.pos += 3
		at := t.pos
		name, err := t.name('>')
		if err != nil {
			return err
		}
		if slices.Contains(t.names[1:], name) {
			return t.fail(at, "redefinition of group name %q as group %d; was group %d", name, len(t.names), slices.Index(t.names, name))
		}
		number = t.open(name)
		t.out.WriteString("(")
	case t.has("?P="):
		t.pos += 3
		at := t.pos
		name, err := t.name(')')
		if err != nil {
			return err
		}
		n := slices.Index(t.names, name)
		if n < 1 {
			return t.fail(at, "unknown group name %q", name)
		}
		return t.reference(n, at)
	case t.has("?("):
		return t.conditional(start, flags)
	default:
		var err error
		if flags, err = t.scopedFlags(start, flags); err != nil {
			return err
		}
	}
	return t.rest(start, number, flags)
}

// rest reads the rest of a group.
func (t *translator) rest(start, number int, flags Flags) error {
	t.depth++
	_, err := t.alternatives(flags)
	t.depth--
	if err != nil {
		return err
	}
	if t.peek() != ')' {
		return t.fail(start, "missing ), unterminated subpattern")
	}
	t.pos++
	t.out.WriteString(")")
	if number > 0 {
		t.closed[number] = true
	}
	return nil
}

func (t *translator) open(name string) int {
	t.names = append(t.names, name)
	t.closed = append(t.closed, false)
	return len(t.names) - 1
}

func (t *translator) name(end rune) (string, error) {
	at := t.pos
	for t.pos < len(t.src) && t.src[t.pos] != end {
		t.pos++
	}
	if t.pos >= len(t.src) {
		return "", t.fail(at, "missing %c, unterminated name", end)
	}
	name := string(t.src[at:t.pos])
	t.pos++
	if name == "" {
		return "", t.fail(at, "missing group name")
	}
	if !isIdentifier(name) {
		return "", t.fail(at, "bad character in group name %q", name)
	}
	return name, nil
}

func (t *translator) conditional(start int, flags Flags) error {
	t.pos += 2
	at := t.pos
	var n int
	end := slices.Index(t.src[t.pos:], ')')
	if end < 0 {
		return t.fail(at, "missing ), unterminated name")
	}
	if word := string(t.src[t.pos : t.pos+end]); isNumber(word) {
		n = atoi(word)
		if n == 0 {
			return t.fail(at, "bad group number")
		}
		t.pos += end + 1
	} else {
		name, err := t.name(')')
		if err != nil {
			return err
		}
		if n = slices.Index(t.names, name); n < 1 {
			return t.fail(at, "unknown group name %q", name)
		}
	}
	if n >= len(t.names) {
		return t.fail(at, "invalid group reference %d", n)
	}
	t.out.WriteString(fmt.Sprintf("(?(%d)", n))
	branches := 1
	t.depth++
	defer func() { t.depth-- }()
	for {
		if _, err := t.sequence(flags); err != nil {
			return err
		}
		if t.peek() != '|' {
			break
		}
		if branches++; branches > 2 {
			return t.fail(t.pos, "conditional backref with more than two branches")
		}
		t.pos++
		t.out.WriteString("|")
	}
	if t.peek() != ')' {
		return t.fail(start, "missing ), unterminated subpattern")
	}
	t.pos++
	t.out.WriteString(")")
	return nil
}

func (t *translator) reference(n, at int) error {
	if n >= len(t.names) {
		return t.fail(at, "invalid group reference %d", n)
	}
	if !t.closed[n] {
		return t.fail(at, "cannot refer to an open group")
	}
	t.out.WriteString(`\k<` + strconv.Itoa(n) + ">")
	return nil
}

func isIdentifier(s string) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
