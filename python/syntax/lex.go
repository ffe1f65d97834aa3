package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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
	pending  int // dedents to give out
	bol      bool
	field    bool // inside a replacement field of an f-string
	depth    int  // of f-strings within f-strings
	comments *[]Comment
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
		start := l.pos
		l.pos++
		l.bol = true
		return token{kind: newline, start: start, end: l.pos}
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
	c := l.src[start]
	r, size := utf8.DecodeRuneInString(l.src[start:])
	switch {
	case isNameStart(r):
		l.pos += size
		for l.pos < len(l.src) {
			r, size = utf8.DecodeRuneInString(l.src[l.pos:])
			if unicode.Is(unicode.Mn, r) {
				l.fail(start, "names in test scripts can't have combining characters: write a letter with its accent as one character")
			}
			if !isNameStart(r) && !unicode.IsDigit(r) {
				break
			}
			l.pos += size
		}
		word := l.src[start:l.pos]
		if l.pos < len(l.src) && (l.src[l.pos] == '"' || l.src[l.pos] == '\'') && isPrefix(word) {
			return l.stringLit(start, strings.ToLower(word))
		}
		return token{kind: name, text: word, start: start, end: l.pos}
	case c == '"' || c == '\'':
		return l.stringLit(start, "")
	case '0' <= c && c <= '9' || c == '.' && start+1 < len(l.src) && isDigit(l.src[start+1]):
		l.number()
		return token{kind: number, text: l.src[start:l.pos], start: start, end: l.pos}
	}
	return l.operator(start)
}

func isDigit(c byte) bool     { return '0' <= c && c <= '9' }
func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) && r != utf8.RuneError }

func isPrefix(w string) bool {
	switch strings.ToLower(w) {
	case "r", "u", "b", "f", "br", "rb", "fr", "rf":
		return true
	}
	return false
}

// indentation reads blank lines, comments and the indentation of the next line.
func (l *lexer) indentation() (token, bool) {
	for {
		col, p := 0, l.pos
		for p < len(l.src) {
			switch l.src[p] {
			case ' ':
				col++
			case '\t':
				col = col/8*8 + 8
			case '\f':
				col = 0
			default:
				goto done
			}
			p++
		}
	done:
		if p < len(l.src) && l.src[p] == '#' {
			end := strings.IndexByte(l.src[p:], '\n')
			if end < 0 {
				end = len(l.src) - p
			}
			l.comment(p, p+end, true)
			p += end
		}
		if p < len(l.src) && l.src[p] == '\r' {
			p++
		}
		if p < len(l.src) && l.src[p] == '\n' {
			l.pos = p + 1
			continue
		}
		l.pos, l.bol = p, false
		if p >= len(l.src) {
			return token{}, false
		}
		top := l.indents[len(l.indents)-1]
		switch {
		case col > top:
			l.indents = append(l.indents, col)
			return token{kind: indent, start: p, end: p}, true
		case col < top:
			for col < l.indents[len(l.indents)-1] {
				l.indents = l.indents[:len(l.indents)-1]
				l.pending++
			}
			if col != l.indents[len(l.indents)-1] {
				l.fail(p, "the indentation fits no outer block")
			}
			l.pending--
			return token{kind: dedent, start: p, end: p}, true
		}
		return token{}, false
	}
}

func (l *lexer) comment(start, end int, own bool) {
	if l.comments != nil {
		*l.comments = append(*l.comments, Comment{Span{start, end}, strings.TrimRight(l.src[start:end], " \t\r"), own})
	}
}

// blanks skips blanks, comments and joined lines; it tells whether a line end that counts comes next.
func (l *lexer) blanks() bool {
	own := false
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || c == '\r':
			l.pos++
		case c == '\n':
			if len(l.parens) == 0 && !l.field {
				return true
			}
			own = true
			l.pos++
		case c == '#':
			end := strings.IndexByte(l.src[l.pos:], '\n')
			if end < 0 {
				end = len(l.src) - l.pos
			}
			l.comment(l.pos, l.pos+end, own)
			l.pos += end
		case c == '\\':
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

func (l *lexer) number() {
	start := l.pos
	digits := func(ok func(byte) bool) {
		for l.pos < len(l.src) && (ok(l.src[l.pos]) || l.src[l.pos] == '_') {
			l.pos++
		}
	}
	hex := func(c byte) bool { return isDigit(c) || 'a' <= c|32 && c|32 <= 'f' }
	if l.src[l.pos] == '0' && l.pos+1 < len(l.src) && hasByte("xXoObB", l.src[l.pos+1]) {
		l.pos += 2
		digits(hex)
	} else {
		digits(isDigit)
		if l.pos < len(l.src) && l.src[l.pos] == '.' {
			l.pos++
			digits(isDigit)
		}
		if l.pos < len(l.src) && l.src[l.pos]|32 == 'e' {
			p := l.pos + 1
			if p < len(l.src) && hasByte("+-", l.src[p]) {
				p++
			}
			if p < len(l.src) && isDigit(l.src[p]) {
				l.pos = p
				digits(isDigit)
			}
		}
		if l.pos < len(l.src) && l.src[l.pos]|32 == 'j' {
			l.pos++
		}
	}
	text := l.src[start:l.pos]
	if len(text) > 1 && text[0] == '0' && strings.Trim(text, "0123456789_") == "" && strings.Trim(text, "0_") != "" {
		l.fail(start, "a number can't begin with 0; octal numbers are written 0o…")
	}
	if bad := strings.HasSuffix(text, "_") || strings.Contains(text, "__"); bad {
		l.fail(start, "invalid number")
	}
	if !validDigits(text) {
		l.fail(start, "invalid number")
	}
	if r, _ := utf8.DecodeRuneInString(l.src[l.pos:]); isNameStart(r) {
		rest := l.src[l.pos:]
		for _, w := range []string{"and", "else", "for", "if", "in", "is", "not", "or"} {
			if strings.HasPrefix(rest, w) {
				return
			}
		}
		l.fail(start, "invalid number")
	}
}

// validDigits tells whether the digits after 0x, 0o or 0b are there and of that base.
func validDigits(s string) bool {
	if len(s) < 2 || s[0] != '0' {
		return true
	}
	set := map[byte]string{'x': "0123456789abcdefABCDEF_", 'o': "01234567_", 'b': "01_"}[s[1]|32]
	return set == "" || len(s) > 2 && strings.Trim(s[2:], set) == ""
}

var operators = []string{
	"**=", "//=", ">>=", "<<=", "...", "->", ":=", "==", "!=", "<=", ">=", "**", "//", "<<", ">>",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
}

func (l *lexer) operator(start int) token {
	rest := l.src[start:]
	text := ""
	for _, o := range operators {
		if strings.HasPrefix(rest, o) {
			text = o
			break
		}
	}
	if text == "" {
		r, size := utf8.DecodeRuneInString(rest)
		text = rest[:size]
		if !strings.ContainsRune("+-*/%@&|^~<>()[]{},:.;=!", r) {
			l.fail(start, "unexpected character %q", r)
		}
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
		if l.field && len(l.parens) == 0 {
			break // the end of the replacement field
		}
		open := map[string]byte{")": '(', "]": '[', "}": '{'}[text]
		if n := len(l.parens); n == 0 || l.parens[n-1] != open {
			l.fail(start, "unmatched %q", text)
		}
		l.parens = l.parens[:len(l.parens)-1]
	}
	l.pos = start + len(text)
	return token{kind: op, text: text, start: start, end: l.pos}
}
