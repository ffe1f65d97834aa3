package ansi

import "strings"

// Frame is the last rows of a terminal, which are painted again below the lines that scroll away.
type Frame struct{ painted []int } // the widths of its rows on the terminal

// Paint returns what writes lines above the frame and replaces its rows, on a terminal with that many columns. It is empty if
// nothing changes.
func (f *Frame) Paint(columns int, lines, rows []string) string {
	if len(lines) == 0 && len(rows) == 0 && len(f.painted) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(BeginUpdate + "\r")
	if up := f.height(columns) - 1; up > 0 {
		b.WriteString(CursorUp(up))
	}
	for _, s := range lines {
		b.WriteString(s + EraseLineRight + "\r\n")
	}
	f.painted = f.painted[:0]
	for i, s := range rows {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(s + EraseLineRight)
		f.painted = append(f.painted, Width(s))
	}
	b.WriteString(EraseScreenBelow + EndUpdate)
	return b.String()
}

// height returns the number of rows of the frame, also on a terminal that is now narrower and wraps its lines.
func (f *Frame) height(columns int) int {
	n := 0
	for _, w := range f.painted {
		n += max(1, (w+columns-1)/max(columns, 1))
	}
	return n
}
