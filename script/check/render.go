package check

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// Text writes findings for users: the place, the message, the source line with carets, the hint.
func Text(w io.Writer, fs []Finding, color bool) error {
	style := func(s ansi.Style, text string) string {
		if !color {
			return text
		}
		return s.Styled(text)
	}
	bold := ansi.Bold
	var b strings.Builder
	for _, f := range fs {
		mark := ansi.Bold.With(ansi.Red)
		switch f.Severity {
		case Warning:
			mark = ansi.Bold.With(ansi.Yellow)
		case Note:
			mark = ansi.Bold.With(ansi.Green)
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", style(bold, fmt.Sprintf("%s:%d:%d-%d:%d:", f.File, f.Start.Line, f.Start.Column, f.End.Line, f.End.Column)),
			style(mark, string(f.Severity)+":"), style(bold, f.Message), style(ansi.Faint, "["+string(f.Code)+"]"))
		number := fmt.Sprintf("%5d | ", f.Start.Line)
		line, indent, width := carets(f)
		fmt.Fprintf(&b, "%s%s\n", style(ansi.Faint, number), line)
		fmt.Fprintf(&b, "%s%s%s\n", style(ansi.Faint, "      | "), strings.Repeat(" ", indent), style(mark, strings.Repeat("^", width)))
		if f.Hint != "" {
			fmt.Fprintf(&b, "        %s %s\n", style(ansi.Green, "hint:"), f.Hint)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxColumns limits what is shown of a source line: in a long one, what is around the finding.
const maxColumns = 160

// carets returns the line with tabs expanded, and where and how many carets go below it.
func carets(f Finding) (line string, indent, width int) {
	end := math.MaxInt
	if f.End.Line == f.Start.Line {
		end = f.End.Column
	}
	first := 0 // column of what is shown, from 0
	if f.Start.Column > maxColumns*3/4 {
		first = f.Start.Column - maxColumns/2
	}
	var b strings.Builder
	if first > 0 {
		b.WriteString("…")
		indent = 1
	}
	at := -1
	for _, r := range f.Line {
		if at++; at < first {
			continue
		}
		if at >= first+maxColumns {
			b.WriteString("…")
			break
		}
		s := string(r)
		if r == '\t' {
			s = "    "
		} else if !unicode.IsPrint(r) { // what could be harmful on a terminal, or invisible
			s = "·"
		}
		b.WriteString(s)
		w := ansi.Width(s)
		switch {
		case at+1 < f.Start.Column:
			indent += w
		case at+1 < end:
			width += w
		}
	}
	return b.String(), indent, max(width, 1)
}

// Short returns a finding on one line, without the place.
func (f Finding) Short() string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + " (" + f.Hint + ")"
}

// GitHub writes findings as workflow commands, which GitHub shows at the lines.
func GitHub(w io.Writer, fs []Finding) error {
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range fs {
		end := ""
		if f.End.Line == f.Start.Line {
			end = fmt.Sprintf(",endColumn=%d", f.End.Column)
		}
		kind := string(f.Severity)
		if f.Severity == Note {
			kind = "notice"
		}
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,endLine=%d,col=%d%s,title=%s::%s\n", kind, property.Replace(f.File),
			f.Start.Line, f.End.Line, f.Start.Column, end, property.Replace(string(f.Code)), escape.Replace(f.Short()))
		if err != nil {
			return err
		}
	}
	return nil
}
