package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stringLit reads a string literal that starts at start, its prefix read already.
func (l *lexer) stringLit(start int, prefix string) token {
	quote := l.src[l.pos : l.pos+1]
	if strings.HasPrefix(l.src[l.pos:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	l.pos += len(quote)
	p := &StrPart{Prefix: strings.ReplaceAll(prefix, "u", ""), Quote: quote}
	if prefix == "rf" {
		p.Prefix = "fr"
	} else if prefix == "br" {
		p.Prefix = "rb"
	}
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
		case rest[0] == '\\' && !hasByte(p.Prefix, 'r') && strings.HasPrefix(rest, "\\N{"):
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				l.fail(l.pos, "\\N{ has no end")
			}
			text.WriteString(rest[:end+1])
			l.pos += end + 1
		case rest[0] == '\\' && len(rest) > 1 && rest[1] != '{' && rest[1] != '}':
			text.WriteString(rest[:2])
			l.pos += 2
		default:
			text.WriteByte(rest[0])
			l.pos++
		}
	}
}

// field1 reads one replacement field, from { to }.
func (l *lexer) field1(p *StrPart, start int) Field {
	open := l.pos
	sub := &lexer{src: l.src, pos: l.pos + 1, indents: []int{0}, field: true, depth: l.depth + 1, last: op}
	ps := &parser{lex: sub}
	ps.advance()
	var f Field
	if ps.isOp("}") {
		l.fail(open, "an f-string field is empty")
	}
	f.X = ps.fieldExpr()
	if ps.isOp("=") {
		ps.advance()
		f.Debug = l.src[open+1 : ps.tok.start]
	}
	if ps.isOp("!") {
		ps.advance()
		if ps.tok.kind != name || !hasByte("rsa", ps.tok.text[0]) || len(ps.tok.text) != 1 {
			l.fail(ps.tok.start, "an f-string's conversion is !r, !s or !a")
		}
		f.Conv = ps.tok.text[0]
		ps.advance()
	}
	if ps.isOp(":") {
		l.pos = ps.tok.start + 1
		f.Spec = l.fields(p, start, true)
		if f.Spec == nil {
			f.Spec = []Field{}
		}
	} else if !ps.isOp("}") {
		l.fail(ps.tok.start, "unexpected text in an f-string's field")
	} else {
		l.pos = ps.tok.start
	}
	if l.pos >= len(l.src) || l.src[l.pos] != '}' {
		l.fail(open, "an f-string's field has no }")
	}
	l.pos++
	return f
}

// unescape gives the value of a literal's text. The second result says why it has none that a Starlark
// string can hold.
func unescape(s, prefix string) (string, string) {
	if hasByte(prefix, 'r') || !hasByte(s, '\\') && !hasByte(s, '\r') {
		return strings.ReplaceAll(s, "\r\n", "\n"), ""
	}
	isBytes := hasByte(prefix, 'b')
	var b strings.Builder
	problem := ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
			continue
		}
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c = s[i]; c {
		case '\n':
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case '\\', '\'', '"':
			b.WriteByte(c)
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			b.WriteByte("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, j := 0, i
			for ; j < len(s) && j < i+3 && s[j] >= '0' && s[j] <= '7'; j++ {
				n = n*8 + int(s[j]-'0')
			}
			i = j - 1
			writeCode(&b, n, isBytes)
		case 'x', 'u', 'U':
			width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			if isBytes && c != 'x' {
				b.WriteByte('\\')
				b.WriteByte(c)
				break
			}
			n, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+1+width, len(s))], 16, 32)
			if err != nil || i+1+width > len(s) {
				return "", fmt.Sprintf("the escape \\%c needs %d hexadecimal digits", c, width)
			}
			if !isBytes && (n >= 0xd800 && n < 0xe000 || n > utf8.MaxRune) {
				problem = fmt.Sprintf("\\%c%s is half of a surrogate pair, which no UTF-8 text can hold", c, s[i+1:i+1+width])
			}
			writeCode(&b, int(n), isBytes)
			i += width
		case 'N':
			if isBytes || !strings.HasPrefix(s[i:], "N{") {
				b.WriteString("\\N")
				break
			}
			problem = "a character by its name (\\N{…}): write the character itself or its \\u code"
			b.WriteString("\\N")
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), problem
}

func writeCode(b *strings.Builder, n int, isBytes bool) {
	if isBytes {
		b.WriteByte(byte(n))
		return
	}
	b.WriteRune(rune(n))
}
