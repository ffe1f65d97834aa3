// Package pycheck checks test scripts that are written in Python before anything boots.
package pycheck

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/gotest-driver/gotest-driver/check"
	"github.com/gotest-driver/gotest-driver/python"
	"github.com/gotest-driver/gotest-driver/python/syntax"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// File checks one script: what can't be translated to Starlark is an error, and so is what would fail in the
// translation. Warnings are left out: they would speak of the translation's style. The findings have the places of
// the Python file, and no fixes.
func File(ctx context.Context, cfg check.Config, name string, src []byte) []check.Finding {
	text := newText(src)
	p, err := python.Lower(name, string(src))
	if err != nil {
		start, msg := dialect.Position{Line: 1, Column: 1}, err.Error()
		var broken *syntax.Error
		if errors.As(err, &broken) {
			start, msg = dialect.Position{Line: broken.Line, Column: broken.Col}, broken.Msg
		}
		return []check.Finding{text.finding(check.SyntaxError, name, start, start, msg, "")}
	}
	if len(p.Findings) > 0 {
		var out []check.Finding
		for _, f := range p.Findings {
			start := dialect.Position{Line: f.Line, Column: f.Col}
			out = append(out, text.finding(check.SyntaxError, name, start, start, f.Message, f.Hint))
		}
		return out
	}
	return Program(ctx, cfg, p, src)
}

// Program is File for a script that was lowered without findings; src is its source in Python.
func Program(ctx context.Context, cfg check.Config, p *python.Program, src []byte) (out []check.Finding) {
	text := newText(src)
	for _, f := range check.File(ctx, cfg, p.Filename, []byte(p.Source)) {
		if f.Severity != check.Error {
			continue
		}
		start, end := source(p, f.Start), source(p, f.End)
		// What stands the same in both has its full length.
		if same := []rune(p.Source[f.Range.Start:f.Range.End]); text.has(start, same) {
			end = dialect.Position{Line: start.Line, Column: start.Column + len(same)}
		}
		out = append(out, text.finding(f.Code, p.Filename, start, end, f.Message, f.Hint))
	}
	return out
}

// source is the place in the Python file of a place in the lowered program.
func source(p *python.Program, at dialect.Position) dialect.Position {
	line, col := p.Map.Source(at.Line, at.Column)
	return dialect.Position{Line: line, Column: col}
}

// text is a source by its lines.
type text struct {
	lines  [][]rune
	starts []int // of the lines, in bytes
}

func newText(src []byte) *text {
	t := &text{}
	at := 0
	for line := range strings.Lines(string(src)) {
		t.lines, t.starts = append(t.lines, []rune(strings.TrimRight(line, "\r\n"))), append(t.starts, at)
		at += len(line)
	}
	return t
}

// has tells whether the words stand at a place.
func (t *text) has(at dialect.Position, words []rune) bool {
	if at.Line < 1 || at.Line > len(t.lines) || at.Column < 1 || at.Column > len(t.lines[at.Line-1]) {
		return false
	}
	line := t.lines[at.Line-1][at.Column-1:]
	return len(line) >= len(words) && slices.Equal(line[:len(words)], words)
}

// finding is an error from start to end, or from start to the end of the word there when end is not behind it.
func (t *text) finding(code check.Code, name string, start, end dialect.Position, msg, hint string) check.Finding {
	f := check.Finding{Code: code, Severity: check.Error, File: name, Start: start, End: end, Message: msg, Hint: hint}
	if start.Line < 1 || start.Line > len(t.lines) {
		return f
	}
	line := t.lines[start.Line-1]
	from := min(max(start.Column-1, 0), len(line))
	to := min(end.Column-1, len(line))
	if end.Line != start.Line || to <= from {
		for to = from; to < len(line) && (line[to] == '_' || unicode.IsLetter(line[to]) || unicode.IsDigit(line[to])); to++ {
		}
		to = max(to, min(from+1, len(line)))
	}
	f.Line, f.End = string(line), dialect.Position{Line: start.Line, Column: to + 1}
	at := t.starts[start.Line-1]
	f.Range = dialect.Range{Start: at + len(string(line[:from])), End: at + len(string(line[:to]))}
	return f
}
