package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// PlainOptions are the options of [NewPlain].
type PlainOptions struct {
	// Level is the least important level that is shown; empty means Info. Warning and Error also hide
	// entries.
	Level Level
	// Serial shows the machines' serial lines.
	Serial bool
	// Output gets what the script prints; nil means that it is among the other lines.
	Output io.Writer
	// Color styles the text with escape sequences (see ColorWanted).
	Color bool
	// CI adds the annotations and the folding of a CI system (see DetectCI).
	CI CI
	// Reports are the paths of reports that are written at the end of the run; the summary of a failed run names them.
	Reports []string
}

// Plain writes the run as lines, in the wording of the NixOS test driver, and explains the failures at the end.
type Plain struct {
	mu     sync.Mutex
	w      *bufio.Writer
	opts   PlainOptions
	pal    palette
	open   entries
	sum    summary
	folder folder
	done   bool
	err    error
}

// NewPlain returns a sink that writes lines to w. Every event is written at once.
func NewPlain(w io.Writer, opts PlainOptions) *Plain {
	if opts.Level == "" {
		opts.Level = Info
	}
	p := &Plain{w: bufio.NewWriter(w), opts: opts, pal: newPalette(opts.Color), open: entries{}, sum: summary{reports: opts.Reports}}
	p.folder = newFolder(opts.CI, p.raw)
	p.folder.start()
	return p
}

// SetSerial shows or hides the serial lines from now on.
func (p *Plain) SetSerial(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opts.Serial = on
}

// Handle writes an event.
func (p *Plain) Handle(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sum.handle(e)
	switch e.Kind {
	case RunStart:
		if p.shows(Info) {
			p.line(p.pal.bold, runHeading(e))
		}
	case Begin:
		p.open.begin(e)
		if p.shows(Info) {
			p.folder.begin(e)
			p.line(p.pal.head, heading(e))
		}
	case End:
		p.end(e)
	case Message:
		switch {
		case e.Printed && p.opts.Output != nil:
			p.flush()
			if err := writePrinted(p.opts.Output, p.opts.CI, e); err != nil && p.err == nil {
				p.err = err
			}
		case e.Printed || p.shows(e.Level):
			p.message(e)
		}
	case Serial:
		if p.opts.Serial {
			p.line(p.pal.dim, Clean(e.Machine)+" # "+Clean(e.Text))
		}
	case Artifact:
		if p.shows(Info) {
			p.line(p.pal.dim, "wrote "+e.Path+" ("+e.Text+")")
		}
	case Failure:
		if e.Failure != nil {
			p.line(p.pal.fail, "!!! "+failureTitle(e.Failure)+": "+e.Failure.Message)
			p.folder.failure(e.Failure)
		}
	case RunEnd:
		p.finish()
	case Progress, Screenshot, State, Fault:
	}
	p.flush()
}

// writePrinted writes what a script has printed, which often is a guest's text.
func writePrinted(w io.Writer, ci CI, e Event) error {
	if _, err := io.WriteString(w, ci.Safe(CleanLines(e.Text))+"\n"); err != nil {
		return fmt.Errorf("writing the script's output: %w", err)
	}
	return nil
}

func runHeading(e Event) string {
	t := "test: " + e.Text
	var extra []string
	for _, k := range []string{"version", "seed"} {
		if v := e.Attrs[k]; v != "" {
			extra = append(extra, k+" "+v)
		}
	}
	if len(extra) > 0 {
		t += " (" + strings.Join(extra, ", ") + ")"
	}
	return t
}

func (p *Plain) shows(l Level) bool { return rank(l) >= rank(p.opts.Level) }

func rank(l Level) int {
	switch l {
	case Debug:
		return 0
	case Warning:
		return 2
	case Error:
		return 3
	}
	return 1
}

func (p *Plain) end(e Event) {
	b := p.open.end(e)
	if b == nil || !p.shows(Info) {
		return
	}
	// The machine is before the bracket, as in the NixOS test driver.
	prefix, text := "", b.Text
	if b.Action == ActionSubtest {
		text = "subtest: " + text
	}
	if b.Machine != "" {
		prefix = b.Machine + ": "
	}
	style := ansi.Style("")
	switch e.Status {
	case Failed:
		style = p.pal.fail
	case Interrupted:
		style = p.pal.warn
	}
	line := fmt.Sprintf("%s(%s: %s, in %.2f seconds)", prefix, ended(e.Status), text, e.Duration.Seconds())
	if reasoned(e.Status) && b.Action == ActionSubtest {
		line += ": " + e.Error
	}
	p.line(style, line)
	p.folder.end(*b, e)
}

func (p *Plain) message(e Event) {
	text, style := e.Text, ansi.Style("")
	if e.Machine != "" {
		text = e.Machine + ": " + text
	}
	switch e.Level {
	case Error:
		text, style = "!!! "+text, p.pal.fail
	case Warning:
		text, style = "warning: "+text, p.pal.warn
	case Debug:
		style = p.pal.dim
	}
	p.line(style, text)
	p.folder.message(e)
}

// finish writes the summary, once.
func (p *Plain) finish() {
	if p.done {
		return
	}
	p.done = true
	for _, l := range p.sum.lines(p.pal) {
		p.text(l)
	}
	if len(p.sum.failures) > 0 {
		p.raw("")
	}
	text, style := runEnding(&p.sum, p.pal)
	if text != "" && (p.shows(Info) || p.sum.run.Status != Passed) {
		p.line(style, text)
	}
	p.folder.stop()
}

// Close writes the summary if there was no RunEnd event.
func (p *Plain) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sum.failures) > 0 {
		p.finish()
	}
	p.folder.stop()
	p.flush()
	return p.err
}

// line writes text of one or more lines. It indents all lines but the first, so that text of a guest can't
// look like a line of the driver.
func (p *Plain) line(style interface{ Styled(string) string }, text string) {
	text = CleanLines(shorten(text, 64<<10))
	for i, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			l = "    " + l
		}
		p.text(style.Styled(l))
	}
}

// text writes a line that is no command of a CI system.
func (p *Plain) text(l string) { p.raw(p.opts.CI.Safe(l)) }

func (p *Plain) raw(l string) {
	if _, err := p.w.WriteString(l + "\n"); err != nil && p.err == nil {
		p.err = fmt.Errorf("writing the log to the terminal: %w", err)
	}
}

func (p *Plain) flush() {
	if err := p.w.Flush(); err != nil && p.err == nil {
		p.err = fmt.Errorf("writing the log to the terminal: %w", err)
	}
}
