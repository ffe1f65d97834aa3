package ocr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// NearestLine returns the line of text that comes closest to what the regular expression want looks for, by
// the edit distance between the expression's literal parts and any part of the line. It returns "" when
// no line has anything in common with it.
func NearestLine(want, text string) string {
	needle := []rune(strings.ToLower(literals(want)))
	if len(needle) == 0 {
		return ""
	}
	best, least := "", len(needle)
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if d := partDistance(needle, []rune(strings.ToLower(line))); d < least {
			best, least = line, d
		}
	}
	return best
}

// partDistance returns the least number of edits that make needle a part of text (Sellers' algorithm).
func partDistance(needle, text []rune) int {
	prev := make([]int, len(needle)+1)
	for i := range prev {
		prev[i] = i
	}
	best := len(needle)
	for _, r := range text {
		diagonal := prev[0] // stays 0: a match can begin anywhere
		for i, n := range needle {
			cost := 1
			if n == r {
				cost = 0
			}
			diagonal, prev[i+1] = prev[i+1], min(diagonal+cost, prev[i+1]+1, prev[i]+1)
		}
		best = min(best, prev[len(needle)])
	}
	return best
}

// literals returns the literal parts of a regular expression, precisely enough for a hint: it drops classes,
// the heads of groups and quantifiers, and keeps the first alternative.
func literals(re string) string {
	var b strings.Builder
	for i := 0; i < len(re); {
		r, n := utf8.DecodeRuneInString(re[i:])
		i += n
		switch r {
		case '\\':
			if i == len(re) {
				return b.String()
			}
			e, n := utf8.DecodeRuneInString(re[i:])
			i += n
			switch {
			case e == 's' || e == 'n' || e == 't':
				b.WriteByte(' ')
			case !unicode.IsLetter(e) && !unicode.IsDigit(e):
				b.WriteRune(e)
			}
		case '[':
			// A ] in first position is a member.
			end := strings.IndexByte(re[min(i+1, len(re)):], ']')
			if end < 0 {
				return b.String()
			}
			i += end + 2
		case '{':
			if end := strings.IndexByte(re[i:], '}'); end >= 0 {
				i += end + 1
			}
		case '(':
			if strings.HasPrefix(re[i:], "?") {
				if end := strings.IndexAny(re[i:], ":>=!)"); end >= 0 {
					i += end + 1
				}
			}
		case '|':
			return b.String()
		case ')', '^', '$', '*', '+', '?', '.':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
