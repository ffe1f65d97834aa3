// Package python recognises test scripts that are written in Python, and translates them to natural Starlark. A place
// without such a form is a finding; the script can then stay in Python.
package python

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bazelbuild/buildtools/build"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// Finding is a place of a script that has no natural form in Starlark.
type Finding struct {
	File      string
	Line, Col int    // from 1
	Code      string // a stable name of its kind
	Message   string
	Hint      string // how to write it in Starlark; may be empty
}

// stay is the hint for every finding.
const stay = "the script can stay in Python: `gotest-driver run` runs it unchanged"

// String returns the finding with its place, and below it the hint.
func (f Finding) String() string {
	hint := stay
	if f.Hint != "" {
		hint = f.Hint + "; or " + stay
	}
	return fmt.Sprintf("%s:%d:%d: %s [%s]\n    %s", f.File, f.Line, f.Col, f.Message, f.Code, hint)
}

// Migrate translates a Python test script to natural typed Starlark: it keeps names, comments and blank lines, and the
// text is formatted and passes the check, except where the script itself compares what is never equal. The error is a
// *syntax.Error if the file is not Python. With findings there is no text.
func Migrate(ctx context.Context, filename, src string) (string, []Finding, error) {
	file, err := syntax.Parse(filename, src)
	if err != nil {
		return "", nil, err
	}
	l := &lowerer{inference: infer(resolve(file))}
	l.prepare()
	l.program()
	text := l.out.b.String()
	if len(l.findings) == 0 {
		l.check(ctx, text)
	}
	if len(l.findings) > 0 {
		slices.SortStableFunc(l.findings, func(a, b Finding) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col, strings.Compare(a.Code, b.Code)) })
		// Places that are lowered twice have their findings twice.
		return "", slices.CompactFunc(l.findings, func(a, b Finding) bool { return a.Line == b.Line && a.Col == b.Col && a.Code == b.Code }), nil
	}
	out, err := format(filename, text)
	if err != nil {
		return "", nil, fmt.Errorf("%s: the translation does not parse: %w", filename, err)
	}
	return out, nil, ctx.Err()
}

// check turns the checker's errors in the translation into findings, because the translation would fail at run time.
func (l *lowerer) check(ctx context.Context, text string) {
	for _, f := range check.File(ctx, check.Config{}, l.file.Name, []byte(text)) {
		if f.Code == check.ImpossibleComparison {
			continue
		}
		if f.Severity == check.Error && !strings.HasPrefix(text[f.Range.Start:f.Range.End], nixPrefix) {
			line, col := l.out.source(f.Start.Line, f.Start.Column, l.file.LineCol)
			l.findings = append(l.findings, Finding{l.file.Name, line, col, string(f.Code), f.Message, f.Hint})
		}
	}
}

// format runs the formatter of `gotest-driver fmt` until it changes nothing.
func format(filename, text string) (string, error) {
	for range 4 {
		f, err := build.ParseDefault(filename, []byte(text))
		if err != nil {
			return "", err
		}
		out := string(build.FormatWithoutRewriting(f))
		if out == text {
			return out, nil
		}
		text = out
	}
	return text, nil
}

// lowerer writes the Starlark of a script.
type lowerer struct {
	*inference
	out      printer
	findings []Finding
	ctx      *flow

	used      []bool      // of the file's comments
	depth     int         // of brackets in the output
	letters   bool        // the script works with strings that are not ASCII
	stmtStart int         // of the statement that is being lowered
	function  syntax.Node // the def that is being lowered, nil for the file
	shown     int         // within so many texts that only people read: prints, messages of failures
	imports   []*syntax.Import
	forked    []syntax.Span          // what calls of parallel stand for
	hoisted   map[*syntax.Named]bool // assigned in a statement before
}

func (l *lowerer) finding(n syntax.Node, code, what, hint string) {
	if x, ok := n.(syntax.Expr); ok && l.foreign(x) {
		return // the import has a finding
	}
	l.findingAt(n.Range().Start, code, what, hint)
}

// foreign reports whether an expression uses a module that Starlark lacks completely.
func (l *lowerer) foreign(x syntax.Expr) bool {
	hit := false
	syntax.Walk(x, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.Name); ok && l.names[n] != nil {
			m := l.names[n].module
			hit = hit || m != "" && !hasModule(m)
		}
		return !hit
	})
	return hit
}

// elementName returns a name for the elements of a comprehension.
func (l *lowerer) elementName() string {
	if !l.idents["item"] {
		return "item"
	}
	return l.fresh("item")
}

// none adds a finding for an expression, and returns an empty expression.
func (l *lowerer) none(n syntax.Node, code, what, hint string) ex {
	l.finding(n, code, what, hint)
	return txt("None")
}

func (l *lowerer) findingAt(pos int, code, what, hint string) {
	line, col := l.file.LineCol(pos)
	l.findings = append(l.findings, Finding{l.file.Name, line, col, code, what + " has no counterpart in Starlark", hint})
}

// fresh returns a name that the script does not use.
func (l *lowerer) fresh(base string) string {
	name := base
	for i := 2; l.idents[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	l.idents[name] = true
	return name
}

// prepare sets the names of variables.
func (l *lowerer) prepare() {
	l.hoisted = map[*syntax.Named]bool{}
	l.used = make([]bool, len(l.file.Comments))
	l.ctx = &flow{}
	for _, v := range l.all {
		if v.free {
			continue
		}
		top := l.module.vars[v.name] == v
		test := top && strings.HasPrefix(v.name, "test_") && v.fn != nil
		if reserved[v.name] || vocabulary()[v.name] || test {
			v.out = v.name + "_"
			if test {
				v.out = "_" + v.name
			}
			for l.idents[v.out] {
				v.out += "_"
			}
		}
		early := func(u use) bool { return u.in == nil && u.pos < v.writes[0].pos }
		if top && v.module == "" && slices.ContainsFunc(v.reads, early) {
			l.findingAt(v.writes[0].pos, "assignment", "the assignment to `"+v.name+"`, which is read before,", "choose another name")
		}
	}
	l.letters = l.hasLetters()
}

func (l *lowerer) program() {
	l.out.blank = true
	l.declareMachines()
	l.block(l.file.Body, len(l.file.Source))
	l.flushComments(len(l.file.Source)+1, 0)
	for _, s := range l.imports {
		l.checkImport(s)
	}
	if l.out.b.Len() == 0 {
		l.out.emit(-1, "pass")
	}
}

// declareMachines declares the machines that the script expects, after the comments at its start.
func (l *lowerer) declareMachines() {
	var names []string
	for _, v := range l.all {
		if v.free && len(v.reads) > 0 && l.isMachine(v.name) {
			names = append(names, v.name)
		}
	}
	if len(names) == 0 {
		return
	}
	next := 0
	for c := range l.take(0, l.file.Body[0].Range().Start) {
		line := l.file.Line(c.Start)
		if next > 0 && line != next {
			break
		}
		l.out.emit(c.Start, c.Text)
		next = line + 1
	}
	l.out.empty()
	slices.Sort(names)
	for _, n := range names {
		l.out.emit(-1, n+": Machine")
	}
	l.out.empty()
}
