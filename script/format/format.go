// Package format formats scripts of the test language. It is apart from package check because its library makes each start
// of a program slower.
package format

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bazelbuild/buildtools/build"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// File formats a file in the style of buildifier, and verifies that its meaning stays the same. For a file with
// syntax errors it returns dialect.Errors.
func File(name string, src []byte) ([]byte, error) {
	f, err := dialect.Parse(name, src)
	if err != nil {
		return nil, err
	}
	in, literals := hideLiterals(f)
	in = bytes.TrimPrefix(in, []byte("\ufeff")) // a byte order mark, which buildtools' parser refuses
	tree, err := build.ParseDefault(name, in)
	if err != nil {
		return nil, fmt.Errorf("%s can't be formatted: %w", name, err)
	}
	out := showLiterals(build.FormatWithoutRewriting(tree), literals)
	g, err := dialect.Parse(name, out)
	if err != nil {
		return nil, fmt.Errorf("%s can't be formatted without changing it: %w", name, err)
	}
	if !dialect.Equal(f, g) {
		return nil, fmt.Errorf("%s can't be formatted without changing its meaning", name)
	}
	return out, nil
}

// placeholder replaces a literal in Literal[…], and bytes, which buildtools' parser refuses.
const placeholder = "gotest_literal_%d_"

var placeholders = lazyre.Compile(`gotest_literal_([0-9]+)_`)

func hideLiterals(f *dialect.File) ([]byte, []string) {
	var literals []string
	var edits []check.Edit
	for _, e := range dialect.HiddenLiterals(f) {
		r := e.Span()
		edits = append(edits, check.Edit{Range: r, NewText: fmt.Sprintf(placeholder, len(literals))})
		text := string(f.Source[r.Start:r.End])
		if l, ok := e.(*dialect.Literal); ok && l.Token == syntax.STRING {
			text = doubleQuoted(text)
		}
		literals = append(literals, text)
	}
	return check.ApplyEdits(f.Source, edits), literals
}

// doubleQuoted returns a string literal with double quotes, if that needs no escapes.
func doubleQuoted(text string) string {
	rest, raw := strings.CutPrefix(text, "r")
	quote := "'"
	if strings.HasPrefix(rest, "'''") {
		quote = "'''"
	}
	if !strings.HasPrefix(rest, quote) || strings.ContainsAny(rest, `"\`) {
		return text
	}
	double := strings.ReplaceAll(quote, "'", `"`)
	rest = double + strings.TrimSuffix(strings.TrimPrefix(rest, quote), quote) + double
	if raw {
		return "r" + rest
	}
	return rest
}

func showLiterals(src []byte, literals []string) []byte {
	if len(literals) == 0 {
		return src
	}
	return placeholders().ReplaceAllFunc(src, func(m []byte) []byte {
		var i int
		if _, err := fmt.Sscanf(strings.TrimSuffix(string(m), "_"), strings.TrimSuffix(placeholder, "_"), &i); err != nil || i >= len(literals) {
			return m
		}
		return []byte(literals[i])
	})
}
