package check

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Template is a script with places, written ${…}, into which Nix puts values or code when it builds the script.
type Template struct {
	// Source is the script with a name in each place, or letters in a text. Its lines and its bytes are where they were.
	Source []byte

	name     string
	original []byte
	places   []place
}

// place is what Nix replaces.
type place struct {
	dialect.Range
	inText bool
	shell  bool // it may also be an expansion of the shell, and is left as it is
	alone  bool // on its lines: it may be any statements
}

// nixMark is in the names that stand in the places.
const nixMark = "NIX_"

// shellVariable matches what may be an expansion of the shell in a command.
var shellVariable = lazyre.Compile(`^\$\{[!#]?[A-Za-z_0-9@*?#]+([-:+=?#%/^,@\[].*)?\}$`)

// NewTemplate finds the places in a script in either language.
func NewTemplate(name string, src []byte) *Template {
	t := &Template{Source: src, name: name, original: src}
	if !bytes.Contains(src, []byte("${")) {
		return t
	}
	t.Source = slices.Clone(src)
	quote := "" // of the text that i is in
	for i := 0; i < len(src); i++ {
		rest := src[i:]
		switch c := src[i]; {
		case c == '\\' && quote != "":
			i++
		case quote != "" && bytes.HasPrefix(rest, []byte(quote)):
			i += len(quote) - 1
			quote = ""
		case quote != "" && len(quote) == 1 && c == '\n':
			quote = "" // the text is not closed
		case c == '$' && bytes.HasPrefix(rest, []byte("${")):
			if n := placeLength(rest, len(quote) == 1); n > 0 {
				r := dialect.Range{Start: i, End: i + n}
				if quote != "" && shellVariable().Match(rest[:n]) {
					t.places = append(t.places, place{Range: r, inText: true, shell: true})
				} else {
					t.fill(r, quote != "")
				}
				i += n - 1
			}
		case quote != "":
		case c == '#':
			for i < len(src)-1 && src[i+1] != '\n' {
				i++
			}
		case c == '"' || c == '\'':
			quote = string(c)
			if triple := strings.Repeat(quote, 3); bytes.HasPrefix(rest, []byte(triple)) {
				quote = triple
			}
			i += len(quote) - 1
		}
	}
	return t
}

// placeLength returns the length of the ${…} at the beginning of a text, 0 if it has no end. In a text of one line, only one
// that begins with a line break has several lines.
func placeLength(src []byte, oneLine bool) int {
	if len(src) < 4 || src[2] == '}' || oneLine && (src[2] == '"' || src[2] == '\'') {
		return 0
	}
	oneLine = oneLine && src[2] != '\n'
	depth := 0
	for i, c := range src {
		switch {
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case c == '\n' && oneLine:
			return 0
		}
	}
	return 0
}

// fill puts a name, or letters, into a place. Where it has several lines the name is in parentheses.
func (t *Template) fill(r dialect.Range, inText bool) {
	p := place{Range: r, inText: inText}
	out := t.Source[r.Start:r.End]
	lines := bytes.IndexByte(out, '\n')
	for i, c := range out {
		switch {
		case inText && c != '\n' && i+1 < len(out) && out[i+1] == '\n':
			out[i] = '\\'
		case inText && c != '\n':
			out[i] = 'x'
		case c == '\n':
		case i < len(nixMark) && lines < 0:
			out[i] = nixMark[i]
		case lines < 0:
			out[i] = '_'
		case i == 0:
			out[i] = '('
		case i < lines:
			out[i] = (nixMark + strings.Repeat("_", i))[i-1]
		default:
			out[i] = ' '
		}
	}
	if !inText && lines >= 0 {
		out[len(out)-1] = ')'
	}
	before := t.original[bytes.LastIndexByte(t.original[:r.Start], '\n')+1 : r.Start]
	after, _, _ := bytes.Cut(t.original[r.End:], []byte("\n"))
	after = bytes.TrimSpace(after)
	p.alone = !inText && len(bytes.TrimSpace(before)) == 0 && (len(after) == 0 || after[0] == '#')
	t.places = append(t.places, p)
}

// Findings returns the findings in Source that hold whatever Nix puts in: those of other files, and those that touch no place.
// It adds a note about what is not known.
func (t *Template) Findings(found []Finding) []Finding {
	if len(t.places) == 0 {
		return found
	}
	var out []Finding
	lines := strings.Split(string(t.original), "\n")
	defines := slices.ContainsFunc(t.places, func(p place) bool { return p.alone })
	for _, f := range found {
		if f.File == t.name {
			unknown := f.Code == UndefinedName || f.Code == UnknownMachine
			touches := slices.ContainsFunc(t.places, func(p place) bool {
				within := p.Start <= f.Range.Start && f.Range.End <= p.End
				return f.Range.Start < p.End && p.Start < f.Range.End && (!p.shell || unknown && within || f.Code == FormatString)
			})
			if touches || unknown && f.Hint == "" && defines {
				continue
			}
			if n := f.Start.Line; n >= 1 && n <= len(lines) {
				f.Line = strings.TrimRight(lines[n-1], "\r")
			}
		}
		out = append(out, f)
	}
	i := slices.IndexFunc(t.places, func(p place) bool { return !p.inText })
	if i < 0 {
		return out
	}
	start, end := t.position(t.places[i].Start), t.position(t.places[i].End)
	note := Finding{Code: NixValue, Severity: Note, File: t.name, Range: t.places[i].Range, Start: start, End: end, Line: strings.TrimRight(lines[start.Line-1], "\r"),
		Message: "Nix fills this in: neither its value nor what it defines is checked", Hint: "scriptCheck of the test's driver checks the script that Nix has built"}
	at := slices.IndexFunc(out, func(f Finding) bool { return f.File == t.name && f.Range.Start > note.Range.Start })
	if at < 0 {
		at = len(out)
	}
	return slices.Insert(out, at, note)
}

func (t *Template) position(offset int) dialect.Position {
	before := t.original[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return dialect.Position{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + len([]rune(string(line)))}
}

// IsNixName reports whether a name of a Template's source stands for a value of Nix, at least in part.
func IsNixName(name string) bool { return strings.Contains(name, nixMark) }
