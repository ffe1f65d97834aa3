package dialect

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// Tokens that Starlark does not have.
const (
	arrow    syntax.Token = 120 + iota // ->
	ellipsis                           // ...
	foreign                            // a character or a word that the language lacks
)

type token struct {
	kind       syntax.Token
	start, end int
}

// scanner splits the source into tokens. In the lenient mode a line that is not indented further than the statement
// with an open bracket ends that statement: the closing bracket is missing.
type scanner struct {
	src      []byte
	lenient  bool
	pos      int
	toks     []token
	indents  []int
	brackets []int // offsets of the open ones
	errs     *errorList
	comments []Comment
	unclosed bool
}

var keywords = sync.OnceValue(func() map[string]syntax.Token {
	m := map[string]syntax.Token{}
	for _, k := range []syntax.Token{syntax.AND, syntax.BREAK, syntax.CONTINUE, syntax.DEF, syntax.ELIF, syntax.ELSE, syntax.FOR,
		syntax.IF, syntax.IN, syntax.LAMBDA, syntax.LOAD, syntax.NOT, syntax.OR, syntax.PASS, syntax.RETURN} {
		m[k.String()] = k
	}
	for _, w := range []string{"while", "as", "class", "del", "except", "finally", "from", "global", "import", "is", "nonlocal",
		"raise", "try", "with", "yield"} {
		m[w] = foreign
	}
	return m
})

func (s *scanner) scan() {
	s.indents = []int{0}
	if bytes.HasPrefix(s.src, byteOrderMark) {
		s.pos = len(byteOrderMark)
	}
	lineStart := true
	for {
		if lineStart {
			lineStart = false
			s.indentation()
		}
		s.blanks()
		if s.pos >= len(s.src) {
			break
		}
		switch c := s.src[s.pos]; {
		case c == '#':
			start := s.pos
			for s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
				s.pos++
			}
			s.comments = append(s.comments, Comment{Range{start, s.pos}, string(s.src[start:s.pos])})
		case c == '\n' || c == '\r':
			start := s.pos
			s.newline()
			lineStart = true
			if len(s.brackets) == 0 && s.last() != syntax.NEWLINE && s.last() != syntax.INDENT && s.last() != syntax.OUTDENT {
				s.add(syntax.NEWLINE, start)
			}
		default:
			s.token(c)
		}
	}
	if len(s.brackets) > 0 {
		s.forgotten()
	}
	if k := s.last(); k != syntax.NEWLINE && k != syntax.OUTDENT && k != syntax.EOF {
		s.toks = append(s.toks, token{syntax.NEWLINE, s.pos, s.pos})
	}
	for range s.indents[1:] {
		s.toks = append(s.toks, token{syntax.OUTDENT, s.pos, s.pos})
	}
	s.toks = append(s.toks, token{syntax.EOF, s.pos, s.pos})
}

// last returns the kind of the last token, EOF when there is none.
func (s *scanner) last() syntax.Token {
	if len(s.toks) == 0 {
		return syntax.EOF
	}
	return s.toks[len(s.toks)-1].kind
}

func (s *scanner) add(kind syntax.Token, start int) {
	s.toks = append(s.toks, token{kind, start, s.pos})
}

// newline consumes \n, \r or \r\n.
func (s *scanner) newline() {
	if s.src[s.pos] == '\r' && s.pos+1 < len(s.src) && s.src[s.pos+1] == '\n' {
		s.pos++
	}
	s.pos++
}

func (s *scanner) blanks() {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == ' ' || c == '\t':
			s.pos++
		case c == '\\':
			if s.pos+1 < len(s.src) && (s.src[s.pos+1] == '\n' || s.src[s.pos+1] == '\r') {
				s.pos++
				s.newline()
				continue
			}
			s.errs.add(Range{s.pos, s.pos + 1}, "stray backslash", "a backslash continues a line only as the last character of it")
			s.pos++
		default:
			return
		}
	}
}

// indentation emits the INDENT and OUTDENT tokens of a line that is not blank.
func (s *scanner) indentation() {
	col, start := 0, s.pos
	for s.pos < len(s.src) {
		if s.src[s.pos] == ' ' {
			col++
		} else if s.src[s.pos] == '\t' {
			col += 8 - (s.pos-start)%8
		} else {
			break
		}
		s.pos++
	}
	if s.pos >= len(s.src) || strings.IndexByte("#\n\r", s.src[s.pos]) >= 0 {
		return
	}
	if len(s.brackets) > 0 {
		if !s.lenient || col > s.indents[len(s.indents)-1] || strings.IndexByte(")]}", s.src[s.pos]) >= 0 {
			return
		}
		s.forgotten()
		s.brackets = nil
		s.toks = append(s.toks, token{syntax.NEWLINE, start, start})
	}
	switch cur := s.indents[len(s.indents)-1]; {
	case col > cur:
		s.indents = append(s.indents, col)
		s.add(syntax.INDENT, start)
	case col < cur:
		for col < s.indents[len(s.indents)-1] {
			s.indents = s.indents[:len(s.indents)-1]
			s.add(syntax.OUTDENT, start)
		}
		if col != s.indents[len(s.indents)-1] {
			s.errs.add(Range{start, s.pos}, "the indentation fits no line above", "")
		}
	}
}

// forgotten reports the innermost bracket that was never closed.
func (s *scanner) forgotten() {
	s.unclosed = true
	at := s.brackets[len(s.brackets)-1]
	s.errs.add(Range{at, at + 1}, fmt.Sprintf("%q is never closed", s.src[at]), "")
}

var bracketTokens = [128]syntax.Token{'(': syntax.LPAREN, '[': syntax.LBRACK, '{': syntax.LBRACE,
	')': syntax.RPAREN, ']': syntax.RBRACK, '}': syntax.RBRACE}

var closes = map[byte]byte{')': '(', ']': '[', '}': '{'}

func (s *scanner) token(c byte) {
	start := s.pos
	switch {
	case c == '"' || c == '\'':
		s.str(start)
	case c >= '0' && c <= '9' || c == '.' && s.digitAt(s.pos+1):
		s.number()
	case isWord(c):
		s.word()
	case c == '(' || c == '[' || c == '{':
		s.brackets = append(s.brackets, s.pos)
		s.pos++
		s.add(bracketTokens[c], start)
	case c == ')' || c == ']' || c == '}':
		s.pos++
		n := len(s.brackets)
		switch {
		case n == 0:
			s.errs.add(Range{start, s.pos}, fmt.Sprintf("%q closes nothing", c), "")
			return
		case s.src[s.brackets[n-1]] != closes[c]:
			s.unclosed = true
			s.errs.add(Range{start, s.pos}, fmt.Sprintf("%q does not close %q", c, s.src[s.brackets[n-1]]), "")
		}
		s.brackets = s.brackets[:n-1]
		s.add(bracketTokens[c], start)
	default:
		s.operator()
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func (s *scanner) digitAt(i int) bool { return i < len(s.src) && s.src[i] >= '0' && s.src[i] <= '9' }

func (s *scanner) word() {
	start := s.pos
	for s.pos < len(s.src) {
		r, n := rune(s.src[s.pos]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s.src[s.pos:])
		}
		if r != '_' && !unicode.IsLetter(r) && (s.pos == start || r < '0' || r > '9') {
			break
		}
		s.pos += n
	}
	if s.pos == start {
		s.operator()
		return
	}
	w := string(s.src[start:s.pos])
	if s.pos < len(s.src) && (s.src[s.pos] == '"' || s.src[s.pos] == '\'') {
		switch w {
		case "r", "b", "rb":
			s.str(start)
			return
		case "f", "F", "fr", "rf", "u", "R", "B", "br":
			hint := ""
			if strings.ContainsAny(w, "fF") {
				hint = `write "…%s…" % value or "…{}…".format(value)`
			}
			s.errs.add(Range{start, s.pos}, fmt.Sprintf("Starlark has no %s\"…\" strings", w), hint)
			s.str(s.pos)
			return
		}
	}
	kind := syntax.IDENT
	if k, ok := keywords()[w]; ok {
		kind = k
	}
	s.add(kind, start)
}

// str scans the string whose quotes begin at s.pos and whose prefix began at start.
func (s *scanner) str(start int) {
	q := s.src[s.pos]
	prefix := string(s.src[start:s.pos])
	kind := syntax.STRING
	if strings.Contains(prefix, "b") {
		kind = syntax.BYTES
	}
	triple := s.pos+2 < len(s.src) && s.src[s.pos+1] == q && s.src[s.pos+2] == q
	if triple {
		s.pos += 3
	} else {
		s.pos++
	}
	for quotes := 0; ; {
		if s.pos >= len(s.src) || !triple && (s.src[s.pos] == '\n' || s.src[s.pos] == '\r') {
			what := "the string is never closed"
			if !triple && s.pos < len(s.src) {
				what = "the string is not closed on its line"
			}
			end := start + len(prefix) + 1
			if triple {
				end += 2
			}
			s.errs.add(Range{start, end}, what, "")
			s.add(kind, start)
			return
		}
		c := s.src[s.pos]
		if c == '\\' && s.pos+1 < len(s.src) {
			quotes = 0
			s.pos++
			if s.src[s.pos] == '\r' {
				s.newline()
			} else {
				s.pos++
			}
			continue
		}
		s.pos++
		if c != q {
			quotes = 0
			continue
		}
		if quotes++; !triple || quotes == 3 {
			break
		}
	}
	s.add(kind, start)
}

var operators = []struct {
	text string
	kind syntax.Token
}{
	{"<<=", syntax.LTLT_EQ}, {">>=", syntax.GTGT_EQ}, {"//=", syntax.SLASHSLASH_EQ}, {"...", ellipsis}, {"**=", foreign},
	{"->", arrow}, {"**", syntax.STARSTAR}, {"//", syntax.SLASHSLASH}, {"<<", syntax.LTLT}, {">>", syntax.GTGT},
	{"<=", syntax.LE}, {">=", syntax.GE}, {"==", syntax.EQL}, {"!=", syntax.NEQ}, {"+=", syntax.PLUS_EQ},
	{"-=", syntax.MINUS_EQ}, {"*=", syntax.STAR_EQ}, {"/=", syntax.SLASH_EQ}, {"%=", syntax.PERCENT_EQ},
	{"&=", syntax.AMP_EQ}, {"|=", syntax.PIPE_EQ}, {"^=", syntax.CIRCUMFLEX_EQ}, {":=", foreign},
	{"+", syntax.PLUS}, {"-", syntax.MINUS}, {"*", syntax.STAR}, {"/", syntax.SLASH}, {"%", syntax.PERCENT},
	{"&", syntax.AMP}, {"|", syntax.PIPE}, {"^", syntax.CIRCUMFLEX}, {"~", syntax.TILDE}, {"<", syntax.LT}, {">", syntax.GT},
	{"=", syntax.EQ}, {".", syntax.DOT}, {",", syntax.COMMA}, {";", syntax.SEMI}, {":", syntax.COLON},
	{"@", foreign}, {"!", foreign}, {"?", foreign}, {"$", foreign}, {"`", foreign},
}

func (s *scanner) operator() {
	start := s.pos
	rest := s.src[s.pos:]
	if n := interpolation(rest); n > 0 {
		s.pos += n
		s.add(foreign, start)
		return
	}
	for _, op := range operators {
		if len(rest) >= len(op.text) && string(rest[:len(op.text)]) == op.text {
			s.pos += len(op.text)
			s.add(op.kind, start)
			return
		}
	}
	r, n := utf8.DecodeRune(rest)
	s.pos += n
	hint := ""
	if strings.ContainsRune("“”„‘’", r) {
		hint = `strings are written with " or '`
	}
	s.errs.add(Range{start, s.pos}, fmt.Sprintf("unexpected character %q", r), hint)
}

// interpolation returns the length of a ${…} of Nix at the beginning of a text, which ends on its line; 0 when there is
// none.
func interpolation(src []byte) int {
	if !bytes.HasPrefix(src, []byte("${")) {
		return 0
	}
	depth := 0
	for i, c := range src {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '\n':
			return 0
		}
	}
	return 0
}

// IsReserved reports whether a word is part of the language, or reserved by it.
func IsReserved(word string) bool {
	_, ok := keywords()[word]
	return ok
}
