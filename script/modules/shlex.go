package modules

import (
	"context"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

func shlexFunctions() map[string]script.Impl {
	return map[string]script.Impl{
		"quote": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.String(shellescape.Quote(c.String("s"))), nil
		},
		"join": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.String(shellescape.QuoteCommand(c.Strings("split_command"))), nil
		},
		"split": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			words, problem := splitWords(c.String("s"), c.Bool("comments"))
			if problem != "" {
				return nil, c.Errorf("%s in %q", problem, c.String("s"))
			}
			out := make([]starlark.Value, len(words))
			for i, w := range words {
				out[i] = starlark.String(w)
			}
			return starlark.NewList(out), nil
		},
	}
}

// splitWords splits as a POSIX shell does, without expansions: quotes and backslashes are removed.
func splitWords(s string, comments bool) (words []string, problem string) {
	var word strings.Builder
	inWord := false
	var quote rune
	escaped := false
	comment := false
	for _, c := range s {
		switch {
		case comment:
			comment = c != '\n'
		case escaped:
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '#' && comments:
			comment = true
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, "no closing quotation"
	case escaped:
		return nil, "no escaped character"
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, ""
}
