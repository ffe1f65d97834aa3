package report

import (
	"fmt"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// palette styles the parts of a terminal's text. The zero palette leaves text as it is.
type palette struct {
	head, pass, fail, warn, dim, bold, machine ansi.Style
}

func newPalette(color bool) palette {
	if !color {
		return palette{}
	}
	return palette{
		head:    ansi.Bold.With(ansi.Green),
		pass:    ansi.Green,
		fail:    ansi.Bold.With(ansi.Red),
		warn:    ansi.Yellow,
		dim:     ansi.Faint,
		bold:    ansi.Bold,
		machine: ansi.Cyan,
	}
}

// runEnding returns the last line of a run; empty when there was no RunEnd event.
func runEnding(s *summary, p palette) (string, ansi.Style) {
	if !s.ended {
		return "", ansi.Style("")
	}
	text, style := "test script finished", p.pass
	switch s.run.Status {
	case Passed:
	case Interrupted:
		text, style = "test interrupted", p.warn
	case Skipped:
		text, style = "test skipped", p.warn
	default:
		text, style = "test failed", p.fail
	}
	if s.run.Status == Passed || s.run.Status == Skipped {
		text += fmt.Sprintf(" in %.2fs", s.run.Duration.Seconds())
	} else {
		text += fmt.Sprintf(" after %.2fs", s.run.Duration.Seconds())
	}
	if c := s.counts(); c != "" {
		text += " (" + c + ")"
	}
	if len(s.failures) == 0 && s.run.Error != "" {
		text += ": " + s.run.Error
	}
	return text, style
}
