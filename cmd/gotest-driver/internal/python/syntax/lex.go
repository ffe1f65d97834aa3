package syntax

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

type kind uint8

const (
	eof kind = iota
	newline
	indent
	dedent
	name
	number
	str
	op
)

type token struct {
	kind       kind
	text       string // of names, numbers and operators
	start, end int
	part       *StrPart
}

// Error is a syntax error at a byte offset.
type Error struct {
	File      string
	Line, Col int
	Msg       string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg) }

type failure struct {
	pos int
	msg string
}

type lexer struct {
	src      string
	pos      int
	parens   []byte
	indents  []int
	pending  int // dedents that are still to be returned
	bol      bool
	field    bool // inside a replacement field of an f-string
	depth    int  // of f-strings within f-strings
	comments []Comment
	last     kind
}

func (l *lexer) fail(pos int, format string, args ...any) {
	panic(failure{pos, fmt.Sprintf(format, args...)})
}

func hasByte(s string, b byte) bool { return strings.IndexByte(s, b) >= 0 }

func (l *lexer) next() token {
	t := l.scan()
	l.last = t.kind
	return t
}

func (l *lexer) scan() token {
	if l.pending > 0 {
		l.pending--
		return token{kind: dedent, start: l.pos, end: l.pos}
	}
	if l.bol && len(l.parens) == 0 {
		if t, ok := l.indentation(); ok {
			return t
		}
	}
	if l.blanks() {
		l.pos++
		l.bol = true
		return token{kind: newline, start: l.pos - 1, end: l.pos}
	}
	start := l.pos
	if start >= len(l.src) {
		if !l.field && len(l.parens) == 0 && l.last != newline && l.last != eof && l.last != dedent {
			return token{kind: newline, start: start, end: start}
		}
		if len(l.indents) > 1 {
			l.pending = len(l.indents) - 2
			l.indents = l.indents[:1]
			return token{kind: dedent, start: start, end: start}
		}
		return token{kind: eof, start: start, end: start}
	}
	rest := l.src[start:]
	if numberStart().MatchString(rest) {
		n := numbers().FindString(rest)
		l.pos += len(n)
		after, _ := utf8.DecodeRuneInString(l.src[l.pos:])
		if n == "" || leadingZero().MatchString(n) || after == '_' || unicode.IsDigit(after) || unicode.IsLetter(after) && !wordBehind().MatchString(l.src[l.pos:]) {
			l.fail(start, "invalid number; octal numbers are written 0o…")
		}
		return token{kind: number, text: n, start: start, end: l.pos}
	}
	if word := words().FindString(rest); word != "" {
		l.pos += len(word)
		if r, _ := utf8.DecodeRuneInString(l.src[l.pos:]); unicode.Is(unicode.Mn, r) {
			l.fail(start, "names in test scripts can't have combining characters: write a letter with its accent as one character")
		}
		if l.pos < len(l.src) && hasByte(`"'`, l.src[l.pos]) && prefixes().MatchString(word) {
			return l.stringLit(start, strings.ToLower(word))
		}
		return token{kind: name, text: word, start: start, end: l.pos}
	}
	if hasByte(`"'`, rest[0]) {
		return l.stringLit(start, "")
	}
	return l.operator(start)
}

var (
	numberStart = lazyre.Compile(`^\.?[0-9]`)
	numbers     = lazyre.Compile(`^(0[xX](_?[0-9a-fA-F])+|0[oO](_?[0-7])+|0[bB](_?[01])+` +
		`|([0-9](_?[0-9])*(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][-+]?[0-9](_?[0-9])*)?[jJ]?)`)
	leadingZero = lazyre.Compile(`^0[0-9_]*[1-9][0-9_]*$`)
	wordBehind  = lazyre.Compile(`^(and|else|for|if|in|is|not|or)`) // 1if x else 2
	words       = lazyre.Compile(`^[_\pL][_\pL\p{Nd}]*`)
	prefixes    = lazyre.Compile(`^(?i:r|u|b|f|br|rb|fr|rf)$`)
	blank       = lazyre.Compile(`^[ \t\f]*`)
	comments    = lazyre.Compile(`^#[^\n]*`)
	operators   = lazyre.Compile(`^(\*\*=?|//=?|>>=?|<<=?|\.\.\.|->|:=|[-+*/%&|^@=!<>]=|[-+*/%@&|^~<>()\[\]{},:.;=!])`)
)

// indentation reads blank lines, comments and the indentation of the next line.
func (l *lexer) indentation() (token, bool) {
	for {
		col := 0
		for _, c := range blank().FindString(l.src[l.pos:]) {
			l.pos++
			switch c {
			case ' ':
				col++
			case '\t':
				col = col/8*8 + 8
			default:
				col = 0
			}
		}
		l.comment(true)
		if strings.HasPrefix(l.src[l.pos:], "\r") {
			l.pos++
		}
		if strings.HasPrefix(l.src[l.pos:], "\n") {
			l.pos++
			continue
		}
		l.bol = false
		here := token{kind: dedent, start: l.pos, end: l.pos}
		top := l.indents[len(l.indents)-1]
		switch {
		case l.pos >= len(l.src) || col == top:
			return token{}, false
		case col > top:
			l.indents = append(l.indents, col)
			here.kind = indent
			return here, true
		}
		i := slices.Index(l.indents, col)
		if i < 0 {
			l.fail(l.pos, "the indentation matches no outer block")
		}
		l.pending = len(l.indents) - i - 2
		l.indents = l.indents[:i+1]
		return here, true
	}
}

// comment reads a comment, if there is one.
func (l *lexer) comment(own bool) {
	if c := comments().FindString(l.src[l.pos:]); c != "" {
		end := l.pos + len(c)
		l.comments = append(l.comments, Comment{Span{l.pos, end}, strings.TrimRight(c, " \t\r"), own})
		l.pos = end
	}
}

// blanks skips blanks, comments and joined lines, and reports whether a significant line end follows.
func (l *lexer) blanks() bool {
	own := false
	for l.pos < len(l.src) {
		switch l.src[l.pos] {
		case ' ', '\t', '\f', '\r':
			l.pos++
		case '\n':
			if len(l.parens) == 0 && !l.field {
				return true
			}
			own = true
			l.pos++
		case '#':
			l.comment(own)
		case '\\':
			rest := strings.TrimPrefix(l.src[l.pos+1:], "\r")
			if !strings.HasPrefix(rest, "\n") {
				l.fail(l.pos, "unexpected character after the line continuation \\")
			}
			l.pos = len(l.src) - len(rest) + 1
		default:
			return false
		}
	}
	return false
}

func (l *lexer) operator(start int) token {
	text := operators().FindString(l.src[start:])
	if text == "" {
		r, _ := utf8.DecodeRuneInString(l.src[start:])
		l.fail(start, "unexpected character %q", r)
	}
	if l.field && len(l.parens) == 0 && text == ":=" {
		text = ":"
	}
	switch text {
	case "(", "[", "{":
		if len(l.parens) > 200 {
			l.fail(start, "too many nested brackets")
		}
		l.parens = append(l.parens, text[0])
	case ")", "]", "}":
		n := len(l.parens)
		if l.field && n == 0 {
			break // the end of the replacement field
		}
		if open := map[string]byte{")": '(', "]": '[', "}": '{'}[text]; n == 0 || l.parens[n-1] != open {
			l.fail(start, "unmatched %q", text)
		}
		l.parens = l.parens[:n-1]
	}
	l.pos = start + len(text)
	return token{kind: op, text: text, start: start, end: l.pos}
}
