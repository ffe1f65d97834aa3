package script

import (
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/report"
)

// Test is a function test_* of a script.
type Test struct {
	Name  string // of the function
	Title string // the first line of its doc string, else the name
	Pos   syntax.Position
}

// Tests returns the script's test functions, in the order of definition.
func (p *Program) Tests() []Test { return p.tests }

func testsOf(f *syntax.File) []Test {
	var out []Test
	for _, s := range f.Stmts {
		d, ok := s.(*syntax.DefStmt)
		if !ok || !strings.HasPrefix(d.Name.Name, "test_") {
			continue
		}
		t := Test{Name: d.Name.Name, Title: d.Name.Name, Pos: d.Def}
		if doc := docOf(d); doc != "" {
			t.Title, _, _ = strings.Cut(doc, "\n")
		}
		kept := out[:0]
		for _, old := range out { // a later definition replaces an earlier one
			if old.Name != t.Name {
				kept = append(kept, old)
			}
		}
		out = append(kept, t)
	}
	return out
}

func docOf(d *syntax.DefStmt) string {
	if e, ok := d.Body[0].(*syntax.ExprStmt); ok {
		if l, ok := e.X.(*syntax.Literal); ok && l.Token == syntax.STRING {
			return strings.TrimSpace(l.Value.(string))
		}
	}
	return ""
}

// runTest calls a test function as a subtest.
func (st *state) runTest(t Test, globals starlark.StringDict) *Error {
	fn, ok := globals[t.Name].(*starlark.Function)
	if !ok {
		return nil // the script has replaced it
	}
	src := st.rt.sources.at(starlark.CallFrame{Pos: t.Pos})
	if _, err := st.inSubtest(newSubtest(st, t.Title, func() *report.Source { return &src }), fn); err != nil {
		return st.report(err)
	}
	return nil
}

// TestsOf returns the test functions of a script without running it, for a list. The error is a *SyntaxError.
func TestsOf(filename string, src []byte) ([]Test, error) {
	var s sources
	f, err := s.parse(filename, src)
	if err != nil {
		return nil, err
	}
	return testsOf(f), nil
}

// Selects reports whether Options.Match selects a test function of a script, or the script has an error that keeps this
// from being known.
func Selects(match *pyre.Regexp, filename string, src []byte) bool {
	tests, err := TestsOf(filename, src)
	if err != nil {
		return true
	}
	found, err := matching(match, tests)
	return err != nil || len(found) > 0
}
