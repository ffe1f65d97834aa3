package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

func dim(s string) string  { return ansi.Faint.Styled(s) }
func bold(s string) string { return ansi.Bold.Styled(s) }
func red(s string) string  { return ansi.Bold.With(ansi.Red).Styled(s) }

// shownValue limits the text of a value.
const shownValue = 64 << 10

// ShowValue returns the text of a value; control characters of guests can't reach the terminal.
func ShowValue(v starlark.Value, color bool) string {
	s := v.String()
	if len(s) > shownValue {
		s = strings.ToValidUTF8(s[:shownValue], "") + fmt.Sprintf("… (%d bytes more)", len(s)-shownValue)
	}
	s = report.CleanLines(s)
	if color {
		return Highlight(s)
	}
	return s
}

// ShowError returns the text of a failure: the message, and the script's lines that led to it. A failure in the typed
// statement itself needs no lines.
func ShowError(err error, color bool) string {
	paint := func(style func(string) string, s string) string {
		if color {
			return style(s)
		}
		return s
	}
	var b strings.Builder
	var syntax *script.SyntaxError
	var failure *script.Error
	switch {
	case errors.As(err, &syntax):
		for i, msg := range syntax.Msgs {
			p := syntax.Places[i]
			if p.Line > 0 {
				fmt.Fprintf(&b, "%s\n", paint(dim, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)))
				if p.Text != "" {
					fmt.Fprintf(&b, "    %s\n    %s^\n", p.Text, strings.Repeat(" ", max(0, p.Col-1)))
				}
			}
			fmt.Fprintf(&b, "%s\n", paint(red, "error: "+msg))
		}
	case errors.As(err, &failure):
		trace := failure.Backtrace
		if len(trace) > 1 || len(trace) == 1 && !typed(trace[0]) {
			for _, p := range trace {
				fmt.Fprintf(&b, "%s\n", paint(dim, place(p)))
				if p.Text != "" {
					fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(p.Text))
				}
			}
		}
		fmt.Fprintf(&b, "%s", paint(red, title(failure)+": "))
		b.WriteString(report.CleanLines(failure.Message))
	default:
		fmt.Fprintf(&b, "%s", paint(red, "error: "))
		b.WriteString(report.CleanLines(err.Error()))
	}
	return strings.TrimRight(b.String(), "\n")
}

// typed reports whether a place is in what the user typed.
func typed(p report.Source) bool { return strings.HasPrefix(p.File, "<") }

func place(p report.Source) string {
	s := fmt.Sprintf("%s:%d", p.File, p.Line)
	if p.Func != "" {
		s += " in " + p.Func
	}
	return s
}

func title(e *script.Error) string {
	switch e.Class {
	case script.ClassTest:
		return "test failure"
	case script.ClassMachine:
		return "machine error"
	case script.ClassSetup:
		return "set-up error"
	case script.ClassInterrupted, script.ClassTimeout:
		return "stopped"
	}
	return "error"
}

// Highlight colours Starlark text.
func Highlight(text string) string {
	var b strings.Builder
	color := func(c ansi.Style, s string) { b.WriteString(c.Styled(s)) }
	for len(text) > 0 {
		switch c := text[0]; {
		case c == '#':
			n := strings.IndexByte(text, '\n')
			if n < 0 {
				n = len(text)
			}
			b.WriteString(dim(text[:n]))
			text = text[n:]
		case c == '"' || c == '\'':
			n := stringEnd(text)
			for i, l := range strings.Split(text[:n], "\n") { // a style must not span lines
				if i > 0 {
					b.WriteByte('\n')
				}
				color(ansi.Green, l)
			}
			text = text[n:]
		case c >= '0' && c <= '9':
			n := len(text) - len(strings.TrimLeft(text, "0123456789abcdefABCDEFxo_."))
			color(ansi.Cyan, text[:n])
			text = text[n:]
		case nameRune(rune(c)):
			n := len(text) - len(strings.TrimLeftFunc(text, nameRune))
			if w := text[:n]; slices.Contains(keywords, w) {
				color(ansi.Magenta, w)
			} else {
				b.WriteString(w)
			}
			text = text[n:]
		default:
			b.WriteByte(c)
			text = text[1:]
		}
	}
	return b.String()
}

// stringEnd returns the length of the string at the beginning of text.
func stringEnd(text string) int {
	q := text[:1]
	if t := strings.Repeat(q, 3); strings.HasPrefix(text, t) {
		q = t
	}
	for i := len(q); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], q):
			return i + len(q)
		case text[i] == '\n' && len(q) == 1:
			return i
		}
	}
	return len(text)
}
