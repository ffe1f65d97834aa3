package python

import (
	"fmt"
	"sort"
	"strings"

	"github.com/bazelbuild/buildtools/build"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// Migrate translates a Python test script to the typed Starlark that a person would have written: names, comments
// and blank lines are kept, the text is formatted. The error is a *syntax.Error of package python/syntax when the
// file is no Python. Places without a counterpart are findings; the text then has None in their places.
func Migrate(filename, src string) (string, []Finding, error) {
	file, err := syntax.Parse(filename, src)
	if err != nil {
		return "", nil, err
	}
	l := &lowerer{inference: infer(resolve(file)), migrate: true}
	l.prepare()
	l.out.spaced = true
	l.program()
	sort.SliceStable(l.findings, func(i, j int) bool {
		a, b := l.findings[i], l.findings[j]
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	text := l.withDeclarations(l.out.b.String())
	out, err := format(filename, text)
	if err != nil {
		if len(l.findings) > 0 {
			return text, l.findings, nil
		}
		return "", nil, fmt.Errorf("%s: the translation does not parse: %w", filename, err)
	}
	return out, l.findings, nil
}

// format is the formatter of `gotest-driver fmt`, repeated until it changes nothing.
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

// withDeclarations puts the declarations of the machines that the script expects at its start, behind the
// comments there.
func (l *lowerer) withDeclarations(text string) string {
	var names []string
	for n := range l.machines {
		if l.isMachine(n) && l.machineLike(n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 && !l.host {
		return text
	}
	sort.Strings(names)
	var b strings.Builder
	rest := text
	for strings.HasPrefix(rest, "#") {
		line, more, _ := strings.Cut(rest, "\n")
		b.WriteString(line + "\n")
		rest = more
	}
	if b.Len() > 0 && strings.TrimSpace(rest) != "" {
		b.WriteString("\n")
	}
	if l.host {
		b.WriteString("# This test reaches the machine that runs it, by py.host.\n")
	}
	for _, n := range names {
		b.WriteString(n + ": Machine\n")
	}
	b.WriteString("\n")
	b.WriteString(strings.TrimLeft(rest, "\n"))
	return b.String()
}

// isMachine tells whether a name that the script does not define is a machine of the test.
func (l *lowerer) isMachine(name string) bool {
	a := api.Load()
	if reserved[name] || a.Variable(name) != nil || a.Function(name) != nil || a.Module(name) != nil {
		return false
	}
	if n := strings.TrimPrefix(name, "vlan"); n != name && strings.Trim(n, "0123456789") == "" {
		return false
	}
	switch name {
	case "json", "math", "time", "py", "debug", "T":
		return false
	}
	return true
}
