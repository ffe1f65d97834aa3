// Package dialect is the front end of the test language: Starlark with type annotations. It parses files, broken ones
// too, and converts them to plain Starlark in which each line and column is the same as in the original file.
package dialect

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// Position is a place in a file. Line and Column count from 1, columns in characters (as go.starlark.net does).
type Position struct{ Line, Column int }

// Error is a syntax error.
type Error struct {
	File       string
	Start, End Position
	Range      Range
	Message    string
	Hint       string // what to write instead; may be empty
}

// Error returns "file:line:column: message (hint)".
func (e Error) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Start.Line, e.Start.Column, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Errors are all syntax errors of a file, in the order of the source.
type Errors []Error

// Error returns the errors, one on each line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// File is a parsed file.
type File struct {
	Name     string
	Source   []byte
	Stmts    []Stmt
	Comments []Comment
	// Syntax is go.starlark.net's tree of the file, without annotations; nil when the file has errors. Only the code
	// that compiles the program may use it.
	Syntax *syntax.File
	// Declared are the bare declarations at top level ("server: Machine").
	Declared map[string]*api.Type
	// Errors are the errors that Parse returned.
	Errors Errors

	text     string // Source
	lines    []int  // where each line starts
	starlark []byte // the source without annotations
}

// KeepMachines is the global variable with which a script asks for its machines to stay up for its next run.
const KeepMachines = "keep_machines"

// PerTest is the global variable with which a script says what each of its test functions starts from.
const PerTest = "per_test"

// Options returns the options of go.starlark.net that the language enables.
func Options() *syntax.FileOptions {
	return &syntax.FileOptions{Set: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
}

// Parse parses a file. The error is of type Errors. The file is returned in any case; of a broken one it has what could
// be parsed.
func Parse(filename string, src []byte) (*File, error) {
	f := &File{Name: filename, Source: src, Declared: map[string]*api.Type{}}
	f.text, f.lines = string(src), lineStarts(src)
	errs := &errorList{}
	if at := notText(src); at >= 0 {
		hint := ""
		if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
			hint = "it looks like UTF-16: save it in UTF-8"
		} else if src[at] == 0 {
			hint = "a NUL byte stands here"
		}
		errs.add(Range{at, at + 1}, "this is no text in UTF-8", hint)
		f.Errors = errs.in(f)
		return f, f.Errors
	}
	sc := &scanner{src: src, errs: errs}
	sc.scan()
	if sc.unclosed {
		*errs = errorList{}
		sc = &scanner{src: src, errs: errs, lenient: true}
		sc.scan()
	}
	p := &parser{src: src, toks: sc.toks, errs: errs, scanErrs: errs.list}
	f.Stmts = p.file()
	f.Comments = sc.comments
	f.Errors = errs.in(f)
	if len(f.Errors) == 0 {
		f.starlark = strip(src, p.erase, errs)
		if f.Errors = errs.in(f); len(f.Errors) == 0 {
			f.Errors = f.agree()
		}
	}
	for _, s := range f.Stmts {
		if d, ok := s.(*DeclStmt); ok {
			if t, err := TypeOf(d.Type); err == nil {
				f.Declared[d.Name.Name] = t
			}
		}
	}
	if len(f.Errors) > 0 {
		return f, f.Errors
	}
	return f, nil
}

// agree lets go.starlark.net decide about the syntax in the end.
func (f *File) agree() Errors {
	tree, err := Options().Parse(f.Name, f.starlark, 0)
	if err == nil {
		f.Syntax = tree
		return nil
	}
	e := Error{File: f.Name, Message: err.Error(), Start: Position{1, 1}}
	if se, ok := err.(syntax.Error); ok {
		e.Message = se.Msg
		e.Start = Position{int(se.Pos.Line), int(se.Pos.Col)}
	}
	e.End = Position{e.Start.Line, e.Start.Column + 1}
	e.Range.Start = f.Offset(e.Start)
	e.Range.End = min(e.Range.Start+1, len(f.Source))
	return Errors{e}
}

// Free returns the names that the file uses and does not define, including the universal ones of Starlark. A file with
// errors has none.
func (f *File) Free() map[string]bool {
	names := map[string]bool{}
	if f.Syntax == nil {
		return names
	}
	note := func(name string) bool { names[name] = true; return true }
	// The compiler of the file reports all other errors.
	_ = resolve.File(f.Syntax, note, note)
	return names
}

// notText returns the offset of the first byte that is not valid in a text in UTF-8, including NUL; -1 when there is
// none.
func notText(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// byteOrderMark is what some editors write at the beginning of a file in UTF-8. It is not part of the first line.
var byteOrderMark = []byte("\ufeff")

func lineStarts(src []byte) []int {
	lines := []int{0}
	if bytes.HasPrefix(src, byteOrderMark) {
		lines[0] = len(byteOrderMark)
	}
	for i, c := range src {
		if c == '\n' || c == '\r' && (i+1 == len(src) || src[i+1] != '\n') {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// Position returns the position of an offset.
func (f *File) Position(offset int) Position {
	offset = max(f.lines[0], min(offset, len(f.Source)))
	line := sort.SearchInts(f.lines, offset+1) - 1
	return Position{line + 1, utf8.RuneCount(f.Source[f.lines[line]:offset]) + 1}
}

// Offset returns the offset of a position; the nearest one when the file has no such position.
func (f *File) Offset(p Position) int {
	if p.Line < 1 {
		return 0
	}
	if p.Line > len(f.lines) {
		return len(f.Source)
	}
	o := f.lines[p.Line-1]
	for c := 1; c < p.Column && o < len(f.Source) && f.Source[o] != '\n'; c++ {
		_, n := utf8.DecodeRune(f.Source[o:])
		o += n
	}
	return o
}

// Line returns the text of a line, counted from 1, without its end.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	end := len(f.Source)
	if n < len(f.lines) {
		end = f.lines[n]
	}
	return strings.TrimRight(f.text[f.lines[n-1]:end], "\r\n")
}

// LineCount returns the number of lines; an empty last one counts.
func (f *File) LineCount() int { return len(f.lines) }

// LineStart returns the offset of a line, counted from 1.
func (f *File) LineStart(n int) int { return f.lines[n-1] }

// errorList collects errors, at most one for each place.
type errorList struct {
	list []Error
	at   map[int]bool // where they start
}

func (l *errorList) add(r Range, message, hint string) {
	if l.at[r.Start] {
		return
	}
	if l.at == nil {
		l.at = map[int]bool{}
	}
	l.at[r.Start] = true
	l.list = append(l.list, Error{Range: r, Message: message, Hint: hint})
}

func (l *errorList) in(f *File) Errors {
	sort.SliceStable(l.list, func(i, j int) bool { return l.list[i].Range.Start < l.list[j].Range.Start })
	out := make(Errors, len(l.list))
	for i, e := range l.list {
		e.File = f.Name
		e.Range.End = max(min(e.Range.End, len(f.Source)), min(e.Range.Start, len(f.Source)))
		e.Start, e.End = f.Position(e.Range.Start), f.Position(e.Range.End)
		out[i] = e
	}
	return out
}
