package python

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// literal writes a string literal that is no f-string so that Starlark reads the same value from it.
func literal(p *syntax.StrPart) string {
	text := strings.ReplaceAll(p.Text, "\r\n", "\n")
	prefix := p.Prefix
	if p.Bytes() { // the formatter knows no bytes literals
		if isASCII(p.Value) {
			return "bytes(" + quote(p.Value, false) + ")"
		}
		var codes []string
		for _, c := range []byte(p.Value) {
			codes = append(codes, strconv.Itoa(int(c)))
		}
		return "bytes([" + strings.Join(codes, ", ") + "])"
	}
	// The formatter turns single quotes into double ones, and can't do so with what is not ASCII.
	if p.Quote[0] == '\'' && !isASCII(p.Value) {
		return quote(p.Value, len(p.Quote) == 3)
	}
	if strings.Contains(prefix, "r") {
		return prefix + p.Quote + text + p.Quote
	}
	return prefix + p.Quote + fixEscapes(text) + p.Quote
}

// fixEscapes rewrites the escapes that the two languages read differently.
func fixEscapes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c = s[i]; {
		case strings.IndexByte("abfnrtv\\'\"\n", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case '0' <= c && c <= '7':
			n, j := 0, i
			for ; j < len(s) && j < i+3 && '0' <= s[j] && s[j] <= '7'; j++ {
				n = n*8 + int(s[j]-'0')
			}
			i = j - 1
			if n < 128 {
				fmt.Fprintf(&b, `\x%02x`, n&255)
			} else {
				fmt.Fprintf(&b, `\u%04x`, n)
			}
		case c == 'x' && len(s) >= i+3 && s[i+1] >= '8':
			b.WriteString(`\u00`)
			b.WriteString(s[i+1 : i+3])
			i += 2
		case c == 'x' || c == 'u' || c == 'U':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteString(`\\`)
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quote writes a value as a literal; in long form when it has several lines and long is set.
func quote(v string, long bool) string {
	var b strings.Builder
	q := `"`
	if long && strings.Contains(v, "\n") {
		q = `"""`
	} else {
		long = false
	}
	b.WriteString(q)
	for i, r := range v {
		switch {
		case r == '"':
			if !long || strings.HasPrefix(v[i:], `"""`) || i == len(v)-1 || strings.HasSuffix(v[:i], `""`) {
				b.WriteByte('\\')
			}
			b.WriteByte('"')
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n' && long:
			b.WriteByte('\n')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 32 || r == 127:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == utf8.RuneError || !unicode.IsPrint(r) && r > 127:
			if r > 0xffff {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(q)
	return b.String()
}

// number writes a number; ok is false for those that Starlark lacks.
func number(s string) (string, bool) {
	s = strings.ReplaceAll(s, "_", "")
	l := strings.ToLower(s)
	if strings.HasSuffix(l, "j") && !strings.HasPrefix(l, "0x") {
		return s, false
	}
	if strings.HasPrefix(l, "0b") || strings.HasPrefix(l, "0o") || strings.HasPrefix(l, "0x") {
		return l, true
	}
	if !isFloat(s) && strings.Trim(s, "0") == "" {
		return "0", true
	}
	if f, err := strconv.ParseFloat(l, 64); err != nil && math.IsInf(f, 1) && isFloat(s) {
		return `float("inf")`, true // as Python reads what is too large
	}
	if strings.HasSuffix(l, ".") {
		l += "0"
	}
	return strings.Replace(l, ".e", ".0e", 1), true
}
