package python

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// nixScript is the test script of a .nix file.
type nixScript struct {
	line   int    // of the beginning of its text, from 1
	source string // Python; interpolations are replaced by names such as NIX_0_
}

// nixPrefix begins the names that replace interpolations.
const nixPrefix = "NIX_"

// nixScripts finds the test scripts that are written as strings in a Nix expression: testScript = ”…”, with a
// function's arguments, let … in or a sum of strings before it.
func nixScripts(src string) []nixScript {
	n := nixScanner{src: src}
	var out []nixScript
	for n.pos < len(src) {
		word := n.token()
		if word != "testScript" {
			continue
		}
		save := n.pos
		if n.token() != "=" {
			n.pos = save
			continue
		}
		if s, ok := n.value(); ok {
			out = append(out, s)
		}
	}
	return out
}

type nixScanner struct {
	src string
	pos int
	str *nixString // of the last token, when it was a string

	interpolations int
}

type nixString struct {
	start  int
	text   string
	indent bool
}

// token reads the next token; a string is read completely, and its token is `"`.
func (n *nixScanner) token() string {
	n.str = nil
	for n.pos < len(n.src) {
		rest := n.src[n.pos:]
		switch blank := nixBlank().FindString(rest); {
		case blank != "":
			n.pos += len(blank)
		case strings.HasPrefix(rest, "''"):
			s := &nixString{start: n.pos, indent: true}
			n.pos += 2
			s.text = dedentNix(n.text("''", indentedEscape()))
			n.str = s
			return `"`
		case rest[0] == '"':
			s := &nixString{start: n.pos}
			n.pos++
			s.text = n.text(`"`, quotedEscape())
			n.str = s
			return `"`
		case isWord(rest[0]):
			word := nixWord().FindString(rest)
			n.pos += len(word)
			return word
		case strings.HasPrefix(rest, "${"):
			n.pos += 2
			return "{"
		default:
			n.pos++
			return rest[:1]
		}
	}
	return ""
}

var (
	nixBlank = lazyre.Compile(`^(\s+|#[^\n]*|/\*(?s:.*?)(\*/|$))`)
	nixWord  = lazyre.Compile(`^\w[-\w']*`)
)

func isWord(c byte) bool { return nixWord().MatchString(string(c)) }

// value reads the value of testScript up to its semicolon and returns its strings.
func (n *nixScanner) value() (nixScript, bool) {
	depth, lets := 0, 0
	var parts []*nixString
	opaque := 0 // words other than strings
	for {
		w := n.token()
		top := depth == 0 && lets == 0
		switch {
		case w == "" || depth == 0 && strings.Contains(")]}", w):
			return nixScript{}, false
		case strings.Contains("([{", w):
			depth++
		case strings.Contains(")]}", w):
			depth--
		case w == "let":
			lets++
		case w == ":" && depth == 0, w == "in" && depth == 0 && lets > 0:
			parts, opaque = nil, 0
			if w == "in" {
				lets--
			}
		case w == ";" && top:
			return n.join(parts, opaque)
		case w == `"` && depth <= 1 && lets == 0:
			parts = append(parts, n.str)
		case top && w != "+" && isWord(w[0]):
			opaque++
		}
	}
}

func (n *nixScanner) join(parts []*nixString, opaque int) (nixScript, bool) {
	if len(parts) == 0 {
		return nixScript{}, false
	}
	s := nixScript{line: 1 + strings.Count(n.src[:parts[0].start], "\n")}
	if first, _, more := strings.Cut(strings.TrimPrefix(n.src[parts[0].start:], "''"), "\n"); more && parts[0].indent && strings.Trim(first, " ") == "" {
		s.line++ // Nix leaves that line out
	}
	for i, p := range parts {
		if !p.indent && strings.Count(p.text, "\n") == 0 && (opaque > 0 || i > 0) {
			continue // a separator, a file name
		}
		s.source += p.text
	}
	if strings.TrimSpace(s.source) == "" {
		return nixScript{}, false
	}
	return s, true
}

// interpolation reads ${…} and returns the name that replaces it.
func (n *nixScanner) interpolation() string {
	n.pos += 2
	for depth := 1; depth > 0 && n.pos < len(n.src); {
		switch n.token() {
		case "{":
			depth++
		case "}":
			depth--
		case "":
			n.pos = len(n.src)
		}
	}
	n.interpolations++
	return fmt.Sprintf(nixPrefix+"%d_", n.interpolations-1)
}

// escapes of Nix's two kinds of strings: an unknown escape means the text after the backslash.
var (
	indentedEscape = lazyre.Compile(`^('''|''\$|''\\(?s:.)|\$\$)`)
	quotedEscape   = lazyre.Compile(`^\\(?s:.)`)
)

// text reads the rest of a string up to its end, with names for the interpolations.
func (n *nixScanner) text(end string, escape *regexp.Regexp) string {
	var b strings.Builder
	for n.pos < len(n.src) {
		rest := n.src[n.pos:]
		e := escape.FindString(rest)
		switch {
		case e == "'''":
			b.WriteString("''")
		case e == "$$":
			b.WriteString(e)
		case e != "":
			c := e[len(e)-1]
			if i := strings.IndexByte("ntr", c); i >= 0 && strings.Contains(e, `\`) {
				c = "\n\t\r"[i]
			}
			b.WriteByte(c)
		case strings.HasPrefix(rest, end):
			n.pos += len(end)
			return b.String()
		case strings.HasPrefix(rest, "${"):
			b.WriteString(n.interpolation())
			continue
		default:
			e = rest[:1]
			b.WriteString(e)
		}
		n.pos += len(e)
	}
	return b.String()
}

// dedentNix removes the common indentation, and the first line if it is blank, as Nix does.
func dedentNix(s string) string {
	lines := strings.Split(s, "\n")
	if strings.Trim(lines[0], " ") == "" && len(lines) > 1 {
		lines = lines[1:]
	}
	common := len(s)
	for _, l := range lines {
		if text := strings.TrimLeft(l, " "); text != "" {
			common = min(common, len(l)-len(text))
		}
	}
	for i, l := range lines {
		if strings.Trim(l, " ") == "" {
			lines[i] = ""
		} else {
			lines[i] = l[common:]
		}
	}
	return strings.Join(lines, "\n")
}
