package python

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// literal returns a Starlark literal with the same value as a string literal that is not an f-string.
func literal(p *syntax.StrPart) string {
	text := strings.ReplaceAll(p.Text, "\r\n", "\n")
	ascii := isASCII(p.Value)
	switch {
	case p.Bytes() && ascii: // the formatter knows no bytes literals
		return "bytes(" + quote(p.Value, false) + ")"
	case p.Bytes():
		codes := fmt.Sprint([]byte(p.Value))
		return "bytes(" + strings.ReplaceAll(codes, " ", ", ") + ")"
	case p.Quote[0] == '\'' && !ascii: // the formatter can't turn these quotes into double ones
		return quote(p.Value, len(p.Quote) == 3)
	}
	if !strings.Contains(p.Prefix, "r") {
		text = escape().ReplaceAllStringFunc(text, fixEscape)
	}
	return p.Prefix + p.Quote + text + p.Quote
}

// escape matches an escape; those that differ between the languages have more than one character.
var escape = lazyre.Compile(`\\([0-7]{1,3}|x[89a-fA-F].|(?s:.))`)

// fixEscape returns an escape that means the same in Starlark.
func fixEscape(e string) string {
	n, err := strconv.ParseUint(e[1:], 8, 32)
	switch {
	case err == nil && n < 128:
		return fmt.Sprintf(`\x%02x`, n)
	case err == nil:
		return fmt.Sprintf(`\u%04x`, n)
	case len(e) == 4:
		return `\u00` + e[2:]
	case strings.Contains("abfnrtv\\'\"\nuUx", e[1:]):
		return e
	}
	return `\` + e
}

// quote returns a value as a literal, in long form if it has several lines and long is set.
func quote(v string, long bool) string {
	if !long || !strings.Contains(v, "\n") {
		return strconv.Quote(v)
	}
	lines := strings.Split(v, "\n")
	for i, line := range lines {
		q := strconv.Quote(line)
		lines[i] = q[1 : len(q)-1]
	}
	text := strings.Join(lines, "\n")
	if plain := strings.ReplaceAll(text, `\"`, `"`); !strings.Contains(plain, `"""`) && !strings.HasSuffix(plain, `"`) {
		text = plain
	}
	return `"""` + text + `"""`
}

// number returns the Starlark form of a number; ok is false for numbers that Starlark lacks.
func number(s string) (_ string, ok bool) {
	s = strings.ToLower(strings.ReplaceAll(s, "_", ""))
	if !isFloat(s) {
		if strings.Trim(s, "0") == "" {
			s = "0"
		}
		return s, true
	}
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	_, err := strconv.ParseFloat(s, 64) // fails for complex and too large numbers
	return strings.Replace(s, ".e", ".0e", 1), err == nil
}
