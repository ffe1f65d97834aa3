package suite

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/report"
)

// ViewOptions are the options of a view.
type ViewOptions struct {
	Color bool
	// All shows the logs of tests that passed, too.
	All bool
	// Safe makes text harmless for the log of a CI system.
	Safe func(string) string
}

// lines makes the lines about tests that have ended.
type lines struct{ o ViewOptions }

func (l lines) style(s ansi.Style, text string) string {
	if !l.o.Color {
		return text
	}
	return s.Styled(text)
}

// ended returns the line of a try that has ended, and what explains it.
func (l lines) ended(r *Result, again bool) []string {
	t := r.Last()
	word, style := string(r.Status), ansi.Green
	switch {
	case again && t.Free && t.Class == "machine":
		word, style = "lost", ansi.Yellow
	case again && t.Free:
		word, style = "not started", ansi.Yellow
	case again:
		word, style = "failed", ansi.Yellow
	case r.Flaky():
		word, style = "flaky", ansi.Yellow
	case r.Status == report.Failed:
		style = ansi.Bold.With(ansi.Red)
	case r.Status == report.Skipped || r.Status == report.Interrupted:
		style = ansi.Yellow
	}
	text := fmt.Sprintf("%s %7.1f s  %s", l.style(style, fmt.Sprintf("%-11s", word)), t.Seconds, report.Clean(r.Test.ID))
	if n := len(r.Tries); n > 1 {
		text += fmt.Sprintf("  (try %d)", n)
	}
	switch {
	case r.Status == report.Skipped && r.Test.Skip != "":
		text += ": " + report.Clean(r.Test.Skip)
	case t.Message != "":
		line, _, _ := strings.Cut(t.Message, "\n")
		text += ": " + report.Clean(line)
	}
	if again {
		text += l.style(ansi.Faint, "  – it is tried again")
	}
	return []string{text}
}

// plain writes a line for each test, and the logs of those that failed.
type plain struct {
	lines
	w   io.Writer
	err error
}

// NewPlain returns a view for logs: a line for each test that has ended, and the whole log of one that failed.
func NewPlain(w io.Writer, o ViewOptions) View { return &plain{lines: lines{o}, w: w} }

func (p *plain) Tick(State) {}

func (p *plain) Note(text string) { p.say(report.CleanLines(text)) }

func (p *plain) say(text string) {
	if _, err := io.WriteString(p.w, p.o.Safe(text+"\n")); p.err == nil {
		p.err = err
	}
}

func (p *plain) Ended(r *Result, again bool) {
	failed := r.Last().Status == report.Failed
	if len(r.Tries) > 0 && (failed || p.o.All) {
		p.log(r)
	}
	for _, line := range p.ended(r, again) {
		p.say(line)
	}
}

// log copies the log of the last try, which the test's process has made safe.
func (p *plain) log(r *Result) {
	path := filepath.Join(r.Root, filepath.FromSlash(r.Last().Dir), textName)
	f, err := os.Open(path)
	if err != nil {
		p.Note(fmt.Sprintf("the log of %s can't be read: %v", r.Test.ID, err))
		return
	}
	defer f.Close()
	p.say(fmt.Sprintf("--- the log of %s (%s)", report.Clean(r.Test.ID), report.Clean(path)))
	end := &lastByte{w: p.w}
	if _, err := io.Copy(end, f); p.err == nil {
		p.err = err
	}
	if end.b != '\n' && end.b != 0 {
		p.say("")
	}
	p.say("--- end of the log")
}

// lastByte remembers the last byte that was written.
type lastByte struct {
	w io.Writer
	b byte
}

func (l *lastByte) Write(b []byte) (int, error) {
	if len(b) > 0 {
		l.b = b[len(b)-1]
	}
	return l.w.Write(b)
}

func (p *plain) Close() error {
	if p.err != nil {
		return fmt.Errorf("writing what the tests did: %w", p.err)
	}
	return nil
}

// live shows what happens now in the last rows of a terminal.
type live struct {
	lines
	w     io.Writer
	size  func() (columns, rows int)
	frame ansi.Frame
	queue []string
	state State
	err   error
}

// NewLive returns a view for a terminal. Its lines scroll away above what happens now. It does not read from the terminal.
func NewLive(w *os.File, o ViewOptions) View {
	return &live{lines: lines{o}, w: w, size: func() (int, int) {
		if c, r, err := term.GetSize(w.Fd()); err == nil && c > 0 && r > 0 {
			return c, r
		}
		return 80, 24
	}}
}

func (l *live) Tick(s State) {
	l.state = s
	columns, rows := l.size()
	l.paint(columns, l.rows(columns-1, rows-1))
}

func (l *live) paint(columns int, rows []string) {
	if _, err := io.WriteString(l.w, l.frame.Paint(columns, l.queue, rows)); l.err == nil {
		l.err = err
	}
	l.queue = nil
}

// rows returns the bar and a row for each running test, as many as have room.
func (l *live) rows(width, height int) []string {
	s := l.state
	const cells = 20
	done := 0
	if s.Total > 0 {
		done = cells * s.Results / s.Total
	}
	bar := strings.Repeat("█", done) + strings.Repeat("░", cells-done)
	head := fmt.Sprintf("%s %d of %d", bar, s.Results, s.Total)
	if s.Failed > 0 {
		head += l.style(ansi.Red, fmt.Sprintf("  %d failed", s.Failed))
	}
	if s.Flaky > 0 {
		head += l.style(ansi.Yellow, fmt.Sprintf("  %d flaky", s.Flaky))
	}
	if s.MemoryOf < math.MaxInt64 {
		head += fmt.Sprintf("  %s of %s", bytesText(s.Memory), bytesText(s.MemoryOf))
	}
	if s.Left > 0 {
		head += "  about " + s.Left.Round(time.Second).String() + " left"
	}
	rows := []string{ansi.Truncate(head, width, "…")}
	for i, x := range s.Running {
		if len(rows) == height-1 && i < len(s.Running)-1 {
			rows = append(rows, fmt.Sprintf("  … and %d more", len(s.Running)-i))
			break
		}
		text := fmt.Sprintf("  %5s  %s", x.Since.Round(time.Second), report.Clean(x.ID))
		if x.Try > 1 {
			text += fmt.Sprintf(" (try %d)", x.Try)
		}
		if len(x.Machines) > 0 {
			text += l.style(ansi.Cyan, "  ["+strings.Join(x.Machines, ", ")+"]")
		}
		if x.Now != "" {
			text += "  " + l.style(ansi.Faint, x.Now)
		}
		rows = append(rows, ansi.Truncate(text, width, "…"))
	}
	return rows
}

func (l *live) Note(text string) {
	l.queue = append(l.queue, strings.Split(l.style(ansi.Yellow, report.CleanLines(text)), "\n")...)
}

func (l *live) Ended(r *Result, again bool) {
	l.queue = append(l.queue, l.ended(r, again)...)
	if t := r.Last(); t.Status == report.Failed {
		if t.Place != "" {
			l.queue = append(l.queue, "            at "+report.Clean(t.Place))
		}
		l.queue = append(l.queue, "            log: "+report.Clean(filepath.Join(r.Root, filepath.FromSlash(t.Dir), textName)))
	}
}

func (l *live) Close() error {
	columns, _ := l.size()
	l.paint(columns, nil)
	if l.err != nil {
		return fmt.Errorf("writing the live view to the terminal: %w", l.err)
	}
	return nil
}
