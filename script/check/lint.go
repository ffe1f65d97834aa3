package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Code names a kind of finding. Codes are stable, because scripts name them in comments.
type Code string

// Severity returns the severity of the findings with this code.
func (c Code) Severity() Severity { return table().severity(c) }

// Lint is a kind of finding: a row of the table of lints.
type Lint struct {
	Code     Code
	Severity Severity
	Title    string // one line
	Text     string
	Wrong    string // an example that gives this finding alone
	Right    string // the corrected example

	// Superfluous says that the marked text can be deleted: editors show it faded.
	Superfluous bool

	// find reports the lint's findings in a file whose types are known. It is nil for findings of the parser or the
	// type checker.
	find func(c *checker)
}

// lintTable has the lints in the order of the reference: errors first, each by name.
type lintTable []Lint

// table is the one table of lints. The functions in it reach it through their checker, because the initialiser of a
// variable must not refer to the variable.
var table = sync.OnceValue(func() lintTable {
	all := slices.Concat(syntaxLints(), nameLints(), typeLints(), callLints(), valueLints(), commandLints(), statementLints(), comparisonLints(), uncalledLints(), formatLints())
	slices.SortFunc(all, func(a, b Lint) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Code, b.Code))
	})
	return all
})

// lookup returns the lint with that code.
func (t lintTable) lookup(code Code) (Lint, bool) {
	i := slices.IndexFunc(t, func(l Lint) bool { return l.Code == code })
	if i < 0 {
		return Lint{}, false
	}
	return t[i], true
}

func (t lintTable) severity(code Code) Severity {
	l, _ := t.lookup(code)
	return cmp.Or(l.Severity, Error)
}

func (t lintTable) codes() []string {
	var codes []string
	for _, l := range t {
		codes = append(codes, string(l.Code))
	}
	return codes
}

// Lints returns all kinds of findings, errors first, in the order of their names.
func Lints() []Lint { return slices.Clone(table()) }

// Explain returns the lint with that code.
func Explain(code string) (Lint, bool) { return table().lookup(Code(code)) }

// Page returns the lint's documentation as text.
func (l Lint) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n\n%s\n", l.Code, l.Severity, l.Title)
	if l.Text != "" {
		fmt.Fprintf(&b, "%s\n", l.Text)
	}
	fmt.Fprintf(&b, "\nWrong:\n\n%s\nRight:\n\n%s", indented(l.Wrong), indented(l.Right))
	return b.String()
}

func indented(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ") + "\n"
}

// Markdown returns docs/checks.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# What `gotest-driver check` finds\n\n")
	b.WriteString("This page is made from the texts of `gotest-driver check --explain CODE`.\n\n")
	b.WriteString("An error fails at run time: `gotest-driver run` does not boot anything then. A warning is likely to be a mistake.\n")
	b.WriteString("A note says what could not be checked; the exit status is 0 when there is nothing else.\n\n")
	b.WriteString("To leave a finding out, write `# gotest: ignore[code]` at the end of its line or alone on the line before,\n")
	b.WriteString("`# gotest: ignore-file[code]` anywhere for the whole file, give `--disable code`, or name the code under\n\"disable\" in gotest.json.\n\n")
	b.WriteString("| code | | |\n|---|---|---|\n")
	for _, l := range table() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", l.Code, l.Code, l.Severity, l.Title)
	}
	for _, l := range table() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", l.Code, l.Title)
		if l.Text != "" {
			fmt.Fprintf(&b, "%s\n", l.Text)
		}
		fmt.Fprintf(&b, "\nWrong:\n\n```python\n%s```\n\nRight:\n\n```python\n%s```\n", l.Wrong, l.Right)
	}
	return b.String()
}
