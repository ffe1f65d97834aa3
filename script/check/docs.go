package check

import (
	"fmt"
	"strings"
)

// Doc is the page of a code, as `check --explain` shows it.
type Doc struct {
	Code     Code
	Severity Severity
	Title    string // one line
	Text     string
	Wrong    string // an example that gives this finding alone
	Right    string // the example put right
}

// Docs returns the pages of all codes, errors first, in the order of their names.
func Docs() []Doc {
	var errors, warnings []Doc
	for _, k := range sortedKeys(byName()) {
		d := codeDocs[Code(k)]
		if d.Severity == Error {
			errors = append(errors, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	return append(errors, warnings...)
}

func byName() map[string]bool {
	m := map[string]bool{}
	for c := range codeDocs {
		m[string(c)] = true
	}
	return m
}

// Explain returns the page of a code.
func Explain(code string) (Doc, bool) {
	d, ok := codeDocs[Code(code)]
	return d, ok
}

var codeDocs = makeDocs()

func makeDocs() map[Code]Doc {
	m := map[Code]Doc{}
	for _, d := range append(errorDocs(), warningDocs()...) {
		m[d.Code] = d
	}
	return m
}

// Page is the page as text.
func (d Doc) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n\n%s\n", d.Code, d.Severity, d.Title)
	if d.Text != "" {
		fmt.Fprintf(&b, "%s\n", d.Text)
	}
	fmt.Fprintf(&b, "\nWrong:\n\n%s\nRight:\n\n%s", indented(d.Wrong), indented(d.Right))
	return b.String()
}

func indented(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ") + "\n"
}

// Markdown is docs/checks.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# What `gotest-driver check` finds\n\n")
	b.WriteString("This page is made from the texts of `gotest-driver check --explain CODE`.\n\n")
	b.WriteString("An error fails at run time: `gotest-driver run` does not boot anything then. A warning is likely to be a mistake.\n\n")
	b.WriteString("To leave a finding out, write `# gotest: ignore[code]` at the end of its line or alone on the line before,\n")
	b.WriteString("`# gotest: ignore-file[code]` anywhere for the whole file, give `--disable code`, or name the code under\n\"disable\" in gotest.json.\n\n")
	b.WriteString("| code | | |\n|---|---|---|\n")
	for _, d := range Docs() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", d.Code, d.Code, d.Severity, d.Title)
	}
	for _, d := range Docs() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", d.Code, d.Title)
		if d.Text != "" {
			fmt.Fprintf(&b, "%s\n", d.Text)
		}
		fmt.Fprintf(&b, "\nWrong:\n\n```python\n%s```\n\nRight:\n\n```python\n%s```\n", d.Wrong, d.Right)
	}
	return b.String()
}
