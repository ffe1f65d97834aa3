package syntax

import (
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// stringLit reads a string literal that starts at start, after its prefix.
func (l *lexer) stringLit(start int, prefix string) token {
	quote := l.src[l.pos : l.pos+1]
	if strings.HasPrefix(l.src[l.pos:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	l.pos += len(quote)
	p := &StrPart{Prefix: strings.ReplaceAll(prefix, "u", ""), Quote: quote}
	body := l.pos
	if p.Format() {
		if l.depth > 8 {
			l.fail(start, "too many nested f-strings")
		}
		p.Fields = l.fields(p, start, false)
	} else {
		for {
			if l.pos >= len(l.src) || len(quote) == 1 && l.src[l.pos] == '\n' {
				l.fail(start, "the string has no end")
			}
			if strings.HasPrefix(l.src[l.pos:], quote) {
				break
			}
			if l.src[l.pos] == '\\' {
				l.pos++
			}
			l.pos++
		}
	}
	l.pos = min(l.pos, len(l.src))
	p.Text = l.src[body:l.pos]
	l.pos += len(quote)
	p.Span = Span{start, l.pos}
	if !p.Format() {
		p.Value, p.Err = unescape(p.Text, p.Prefix)
	}
	return token{kind: str, start: start, end: l.pos, part: p}
}

// fields reads the body of an f-string up to its closing quote, or of a format spec up to its brace.
func (l *lexer) fields(p *StrPart, start int, spec bool) []Field {
	var out []Field
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			v, e := unescape(text.String(), strings.ReplaceAll(p.Prefix, "f", ""))
			if e != "" {
				p.Err = e
			}
			out = append(out, Field{Text: v})
			text.Reset()
		}
	}
	for {
		if l.pos >= len(l.src) || len(p.Quote) == 1 && l.src[l.pos] == '\n' {
			l.fail(start, "the f-string has no end")
		}
		rest := l.src[l.pos:]
		switch {
		case strings.HasPrefix(rest, p.Quote), spec && rest[0] == '}':
			flush()
			return out
		case !spec && strings.HasPrefix(rest, "{{"), !spec && strings.HasPrefix(rest, "}}"):
			text.WriteByte(rest[0])
			l.pos += 2
		case rest[0] == '{':
			flush()
			out = append(out, l.field1(p, start))
		case rest[0] == '}':
			l.fail(l.pos, "a single } in an f-string: write }}")
		case !hasByte(p.Prefix, 'r') && namedEscape().MatchString(rest):
			named := namedEscape().FindString(rest)
			text.WriteString(named)
			l.pos += len(named)
		case rest[0] == '\\' && len(rest) > 1 && rest[1] != '{' && rest[1] != '}':
			text.WriteString(rest[:2])
			l.pos += 2
		default:
			text.WriteByte(rest[0])
			l.pos++
		}
	}
}

var namedEscape = lazyre.Compile(`^\\N\{[^}]*\}`)

// field1 reads one replacement field, from { to }.
func (l *lexer) field1(p *StrPart, start int) Field {
	open := l.pos
	sub := &lexer{src: l.src, pos: l.pos + 1, indents: []int{0}, field: true, depth: l.depth + 1, last: op}
	ps := &parser{lex: sub}
	ps.advance()
	var f Field
	f.X = ps.exprList(true)
	if ps.is("=") {
		ps.advance()
		f.Debug = l.src[open+1 : ps.tok.start]
	}
	if ps.is("!") {
		ps.advance()
		if ps.tok.kind != name || !hasByte("rsa", ps.tok.text[0]) || len(ps.tok.text) != 1 {
			l.fail(ps.tok.start, "an f-string's conversion is !r, !s or !a")
		}
		f.Conv = ps.tok.text[0]
		ps.advance()
	}
	l.pos = ps.tok.start
	if ps.is(":") {
		l.pos++
		f.Spec = append([]Field{}, l.fields(p, start, true)...)
	}
	if l.pos >= len(l.src) || l.src[l.pos] != '}' {
		l.fail(l.pos, "unexpected text in an f-string's field")
	}
	l.pos++
	return f
}

// unescape returns the value of a literal's text. The second result says why a Starlark string can't represent
// the value.
func unescape(s, prefix string) (value, problem string) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if hasByte(prefix, 'r') {
		return s, ""
	}
	isBytes := hasByte(prefix, 'b')
	code := func(r rune) string {
		if isBytes {
			return string([]byte{byte(r)})
		}
		return string(r)
	}
	value = escapes().ReplaceAllStringFunc(s, func(e string) string {
		c := e[1]
		switch {
		case c == '\n':
			return ""
		case hasByte(`\'"`, c):
			return e[1:]
		case '0' <= c && c <= '7':
			n, _ := strconv.ParseUint(e[1:], 8, 32) // three digits of the base at the most
			return code(rune(n))
		case c == 'N' && len(e) > 2 && !isBytes:
			problem = `a character by its name (\N{…}): write the character itself or its \u code`
		case !isBytes || !hasByte("uU", c):
			r, _, _, err := strconv.UnquoteChar(e, 0)
			if err == nil {
				return code(r)
			}
			if hasByte("xuU", c) {
				problem = "an escape \\" + string(c) + " that is too short or half of a surrogate pair, which no UTF-8 text can hold,"
			}
		}
		return e // Python does not change other escapes
	})
	return value, problem
}

var escapes = lazyre.Compile(`\\(?:[0-7]{1,3}|N\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?s:.))`)
