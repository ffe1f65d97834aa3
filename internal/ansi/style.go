package ansi

import (
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Style is the parameters of SGR that set a style; the zero Style leaves text as it is.
type Style string

// The styles, which can be joined by [Style.With].
const (
	Bold    Style = "1"
	Faint   Style = "2"
	Red     Style = "31"
	Green   Style = "32"
	Yellow  Style = "33"
	Magenta Style = "35"
	Cyan    Style = "36"
)

// With returns the style that is both.
func (s Style) With(other Style) Style { return s + ";" + other }

// Styled returns text in the style.
func (s Style) Styled(text string) string {
	if s == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

// Sequences that move the cursor and erase.
const (
	EraseLineRight    = "\x1b[K"
	EraseScreenBelow  = "\x1b[J"
	EraseEntireScreen = "\x1b[2J"
	CursorHome        = "\x1b[H"
	// ReportCursor asks the terminal for the cursor's position.
	ReportCursor = "\x1b[6n"
	// BeginUpdate and EndUpdate enclose what the terminal should show at once (mode 2026); other terminals ignore them.
	BeginUpdate = "\x1b[?2026h"
	EndUpdate   = "\x1b[?2026l"
)

// CursorUp moves the cursor up by n lines.
func CursorUp(n int) string { return "\x1b[" + strconv.Itoa(n) + "A" }

var widths = displaywidth.Options{ControlSequences: true}

// Width returns how many columns of a terminal a line takes; escape sequences take none.
func Width(line string) int { return widths.String(line) }

// Truncate returns a line of at most that width. One that is wider is cut, and ends with tail if that has room; its escape
// sequences remain.
func Truncate(line string, width int, tail string) string {
	if Width(tail) > width {
		tail = ""
	}
	return widths.TruncateString(line, width, tail)
}

// Wrap breaks a line between words into lines of at most that width, where words are not longer.
func Wrap(line string, width int) []string {
	var out []string
	last := ""
	for word := range strings.SplitSeq(line, " ") {
		switch {
		case last == "":
			last = word
		case Width(last)+1+Width(word) > width:
			out = append(out, last)
			last = word
		default:
			last += " " + word
		}
	}
	return append(out, last)
}
