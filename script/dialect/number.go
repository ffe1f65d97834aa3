package dialect

import (
	"math/big"
	"strconv"
	"strings"

	"go.starlark.net/syntax"
)

func (s *scanner) number() {
	start := s.pos
	digits := func(set string) {
		for s.pos < len(s.src) && strings.IndexByte(set, s.src[s.pos]) >= 0 {
			s.pos++
		}
	}
	if based := s.basedDigits(); based != "" {
		s.pos += 2
		digits(based)
	} else {
		digits("0123456789")
		if s.pos < len(s.src) && s.src[s.pos] == '.' {
			s.pos++
			digits("0123456789")
		}
		if s.pos < len(s.src) && (s.src[s.pos] == 'e' || s.src[s.pos] == 'E') {
			s.pos++
			if s.pos < len(s.src) && (s.src[s.pos] == '+' || s.src[s.pos] == '-') {
				s.pos++
			}
			digits("0123456789")
		}
	}
	end := s.pos
	for s.pos < len(s.src) && (isWord(s.src[s.pos]) || s.digitAt(s.pos)) {
		s.pos++
	}
	if _, ok := keywords()[string(s.src[end:s.pos])]; ok || end == s.pos {
		s.pos = end // "1if x else y" is allowed
	}
	text := string(s.src[start:s.pos])
	kind := syntax.INT
	v, err := parseNumber(text)
	if _, ok := v.(float64); ok {
		kind = syntax.FLOAT
	}
	if err != nil {
		hint := ""
		if strings.Contains(text, "_") {
			hint = "write the digits without _"
		} else if len(text) > 1 && text[0] == '0' && strings.Trim(text, "01234567") == "" {
			hint = "octal numbers are written 0o" + text[1:]
		}
		s.errs.add(Range{start, s.pos}, text+" is not a number", hint)
	}
	s.add(kind, start)
}

// basedDigits returns the digits of a number that begins with 0x, 0o or 0b; empty for a decimal one.
func (s *scanner) basedDigits() string {
	if s.src[s.pos] != '0' || s.pos+1 >= len(s.src) {
		return ""
	}
	switch s.src[s.pos+1] {
	case 'x', 'X':
		return "0123456789abcdefABCDEF"
	case 'o', 'O':
		return "01234567"
	case 'b', 'B':
		return "01"
	}
	return ""
}

// parseNumber returns an int64, *big.Int or float64.
func parseNumber(text string) (any, error) {
	lower := strings.ToLower(text)
	if strings.Contains(text, "_") || strings.Contains(lower, "p") {
		return nil, strconv.ErrSyntax
	}
	based := len(lower) > 1 && lower[0] == '0' && strings.IndexByte("xob", lower[1]) >= 0
	if !based && strings.ContainsAny(lower, ".e") {
		f, err := strconv.ParseFloat(lower, 64)
		if err != nil || strings.HasSuffix(lower, "e") {
			return nil, strconv.ErrSyntax
		}
		return f, nil
	}
	if !based && len(lower) > 1 && lower[0] == '0' && strings.Trim(lower, "0") != "" {
		return nil, strconv.ErrSyntax
	}
	if i, err := strconv.ParseInt(lower, 0, 64); err == nil {
		return i, nil
	}
	if b, ok := new(big.Int).SetString(lower, 0); ok {
		return b, nil
	}
	return nil, strconv.ErrSyntax
}
