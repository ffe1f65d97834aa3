package python

import (
	"fmt"
	"strings"
)

// nixScript is the test script of a .nix file.
type nixScript struct {
	line   int    // of the beginning of its text, from 1
	source string // Python; interpolations are names such as NIX_0_
}

// nixPrefix begins the names that stand for interpolations.
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

// token reads the next token; strings are read as a whole and give `"`.
func (n *nixScanner) token() string {
	n.str = nil
	for n.pos < len(n.src) {
		rest := n.src[n.pos:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			n.pos++
		case c == '#':
			n.skipTo("\n")
		case strings.HasPrefix(rest, "/*"):
			n.skipTo("*/")
		case strings.HasPrefix(rest, "''"):
			n.str = n.indented()
			return `"`
		case c == '"':
			n.str = n.quoted()
			return `"`
		case isWord(c):
			i := 1
			for i < len(rest) && (isWord(rest[i]) || rest[i] == '-' || rest[i] == '\'') {
				i++
			}
			n.pos += i
			return rest[:i]
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

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (n *nixScanner) skipTo(end string) {
	i := strings.Index(n.src[n.pos:], end)
	if i < 0 {
		n.pos = len(n.src)
		return
	}
	n.pos += i + len(end)
}

// value reads the value of testScript up to its semicolon and takes its strings.
func (n *nixScanner) value() (nixScript, bool) {
	depth, lets := 0, 0
	var parts []*nixString
	opaque := 0
	for n.pos < len(n.src) {
		switch w := n.token(); w {
		case "":
			return nixScript{}, false
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth < 0 {
				return nixScript{}, false
			}
		case "let":
			lets++
		case "in":
			if lets > 0 && depth == 0 {
				lets--
				parts, opaque = nil, 0
			}
		case ":":
			if depth == 0 {
				parts, opaque = nil, 0
			}
		case ";":
			if depth == 0 && lets == 0 {
				return n.join(parts, opaque)
			}
		case `"`:
			if depth <= 1 && lets == 0 {
				parts = append(parts, n.str)
			}
		default:
			if depth == 0 && lets == 0 && w != "+" && isWord(w[0]) {
				opaque++
			}
		}
	}
	return nixScript{}, false
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

// interpolation reads ${…} and gives the name that stands for it.
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

func (n *nixScanner) indented() *nixString {
	s := &nixString{start: n.pos, indent: true}
	n.pos += 2
	var b strings.Builder
	for n.pos < len(n.src) {
		rest := n.src[n.pos:]
		switch {
		case strings.HasPrefix(rest, "'''"):
			b.WriteString("''")
			n.pos += 3
		case strings.HasPrefix(rest, "''${"):
			b.WriteString("${")
			n.pos += 4
		case strings.HasPrefix(rest, "''$"):
			b.WriteString("$")
			n.pos += 3
		case strings.HasPrefix(rest, `''\`) && len(rest) > 3:
			b.WriteString(map[byte]string{'n': "\n", 't': "\t", 'r': "\r"}[rest[3]])
			if strings.IndexByte("ntr", rest[3]) < 0 {
				b.WriteByte(rest[3])
			}
			n.pos += 4
		case strings.HasPrefix(rest, "''"):
			n.pos += 2
			s.text = dedentNix(b.String())
			return s
		case strings.HasPrefix(rest, "$${"):
			b.WriteString("$${")
			n.pos += 3
		case strings.HasPrefix(rest, "${"):
			b.WriteString(n.interpolation())
		default:
			b.WriteByte(rest[0])
			n.pos++
		}
	}
	s.text = dedentNix(b.String())
	return s
}

func (n *nixScanner) quoted() *nixString {
	s := &nixString{start: n.pos}
	n.pos++
	var b strings.Builder
	for n.pos < len(n.src) {
		rest := n.src[n.pos:]
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			if c, ok := map[byte]string{'n': "\n", 't': "\t", 'r': "\r"}[rest[1]]; ok {
				b.WriteString(c)
			} else {
				b.WriteByte(rest[1])
			}
			n.pos += 2
		case rest[0] == '"':
			n.pos++
			s.text = b.String()
			return s
		case strings.HasPrefix(rest, "${"):
			b.WriteString(n.interpolation())
		default:
			b.WriteByte(rest[0])
			n.pos++
		}
	}
	s.text = b.String()
	return s
}

// dedentNix takes the common indentation away, and the first line when it is blank, as Nix does.
func dedentNix(s string) string {
	lines := strings.Split(s, "\n")
	if strings.Trim(lines[0], " ") == "" && len(lines) > 1 {
		lines = lines[1:]
	}
	common := -1
	for _, l := range lines {
		n := len(l) - len(strings.TrimLeft(l, " "))
		if n == len(l) {
			continue
		}
		if common < 0 || n < common {
			common = n
		}
	}
	for i, l := range lines {
		if common > 0 {
			lines[i] = l[min(common, len(l)-len(strings.TrimLeft(l, " "))):]
		}
		if strings.Trim(lines[i], " ") == "" {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}
