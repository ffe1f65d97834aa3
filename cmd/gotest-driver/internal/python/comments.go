package python

import (
	"iter"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// take iterates over the comments between two places that were not written yet, and marks them as written.
func (l *lowerer) take(from, to int) iter.Seq[syntax.Comment] {
	return func(yield func(syntax.Comment) bool) {
		for i, c := range l.file.Comments {
			if l.used[i] || c.Start < from || c.Start >= to {
				continue
			}
			l.used[i] = true
			if !yield(c) {
				l.used[i] = false
				return
			}
		}
	}
}

// commentsBefore takes the comments before pos, for a place inside brackets. A line break must follow the result.
func (l *lowerer) commentsBefore(pos int) string {
	out := ""
	for c := range l.take(l.stmtStart, pos) {
		if c.OwnLine {
			out += "\n" + c.Text
		} else {
			out += "  " + c.Text
		}
	}
	return out
}

// flushComments writes the comments before pos, up to the first on a line of its own that is indented by less than col.
func (l *lowerer) flushComments(pos, col int) {
	for c := range l.take(0, pos) {
		if _, k := l.file.LineCol(c.Start); c.OwnLine && k <= col {
			break
		}
		l.gap(c.Start)
		l.out.emit(c.Start, c.Text)
	}
}

// gap keeps an empty line before pos.
func (l *lowerer) gap(pos int) {
	start := strings.LastIndexByte(l.file.Source[:min(pos, len(l.file.Source))], '\n')
	if start <= 0 {
		return
	}
	prev := l.file.Source[:start]
	prev = prev[strings.LastIndexByte(prev, '\n')+1:]
	if strings.TrimSpace(prev) == "" {
		l.out.empty()
	}
}

// commentsAt writes the comments within a statement between start and end, and returns the one at its end.
func (l *lowerer) commentsAt(start, end int) string {
	before, after := l.trailing(start, end)
	for _, c := range before {
		l.out.emit(-1, c)
	}
	if after != "" {
		return "  " + after
	}
	return ""
}

// trailing takes the comments after code between start and the end of the line of end.
func (l *lowerer) trailing(start, end int) (before []string, after string) {
	if n := strings.IndexByte(l.file.Source[end:], '\n'); n >= 0 {
		end += n
	} else {
		end = len(l.file.Source)
	}
	for c := range l.take(start, end) {
		if after != "" {
			before = append(before, after)
		}
		after = c.Text
		if c.OwnLine {
			before, after = append(before, c.Text), ""
		}
	}
	return before, after
}
