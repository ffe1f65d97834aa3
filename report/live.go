package report

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// LiveOptions are the options of [NewLive].
type LiveOptions struct {
	// Level is the least important level of messages that are shown; empty means Info.
	Level Level
	// Serial shows all serial lines; without it, only the last ones of machines that the test waits for.
	Serial bool
	// Output gets what the script prints, if it is no terminal; nil means that it is among the other lines.
	Output io.Writer
	// Color styles the text (see ColorWanted).
	Color bool
	// Reports are the same as in PlainOptions.
	Reports []string
	// Size gives the terminal's columns and rows; nil asks the terminal.
	Size func() (columns, rows int)
	// Now gives the time; nil means time.Now.
	Now func() time.Time
	// Interval is the time between two paints; 0 means 100 ms.
	Interval time.Duration
}

// LiveWanted reports whether w is a terminal for a live view: not a dumb terminal, and not the job log of a
// CI system. environ has the form of os.Environ().
func LiveWanted(w io.Writer, environ []string) bool {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return false
	}
	get := lookup(environ)
	// Nix gives its builders a terminal, but turns their output into lines of a log.
	nixBuild := get("NIX_BUILD_TOP") != "" && get("IN_NIX_SHELL") == ""
	return get("TERM") != "" && get("TERM") != "dumb" && get("CI") == "" && DetectCI(get) == CINone && !nixBuild
}

// Live shows what happens now in the last rows of a terminal: the open subtests, what each machine does and for how
// long, the last lines of consoles that matter. Finished entries scroll away above it. It never reads from the terminal
// or changes its modes, so that Ctrl-C stays a signal.
type Live struct {
	w    io.Writer
	opts LiveOptions
	pal  palette
	stop chan struct{}
	done chan struct{}

	mu     sync.Mutex // guards the state, never held while the terminal is written to
	st     liveState
	queue  []string // finished lines that are not written yet
	lost   int      // lines that did not fit into the queue
	paused bool
	outErr error // of the script's output

	paintMu sync.Mutex // guards the terminal
	frame   ansi.Frame
	err     error
}

// liveQueue limits the lines that wait for a slow or stopped terminal.
const liveQueue = 5000

// NewLive starts a live view on w, which paints until it is closed.
func NewLive(w io.Writer, opts LiveOptions) *Live {
	l := newLive(w, opts)
	go l.run()
	return l
}

func newLive(w io.Writer, opts LiveOptions) *Live {
	if opts.Level == "" {
		opts.Level = Info
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Interval <= 0 {
		opts.Interval = 100 * time.Millisecond
	}
	if opts.Size == nil {
		opts.Size = func() (int, int) {
			if f, ok := w.(*os.File); ok {
				if c, r, err := term.GetSize(f.Fd()); err == nil && c > 0 && r > 0 {
					return c, r
				}
			}
			return 80, 24
		}
	}
	l := &Live{w: w, opts: opts, pal: newPalette(opts.Color), stop: make(chan struct{}), done: make(chan struct{}), st: newLiveState()}
	l.st.sum.reports = opts.Reports
	return l
}

func (l *Live) run() {
	defer close(l.done)
	t := time.NewTicker(l.opts.Interval)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
			l.paint(true)
		}
	}
}

// Handle notes an event; the next paint shows it.
func (l *Live) Handle(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Printed && l.opts.Output != nil {
		if err := writePrinted(l.opts.Output, CINone, e); err != nil && l.outErr == nil {
			l.outErr = err
		}
	}
	for _, line := range l.st.handle(e, l.pal, l.opts) {
		l.say(line)
	}
}

// SetSerial shows or hides the serial lines from now on.
func (l *Live) SetSerial(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opts.Serial = on
}

// say queues text that stays on the terminal.
func (l *Live) say(text string) {
	for i, s := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			s = "    " + s
		}
		if len(l.queue) >= liveQueue {
			l.lost++
			continue
		}
		l.queue = append(l.queue, s)
	}
}

// Pause removes the view from the terminal, for a prompt or a debugger. New lines wait for Resume.
func (l *Live) Pause() {
	l.paintMu.Lock()
	defer l.paintMu.Unlock()
	l.paintLocked(false)
	l.mu.Lock()
	l.paused = true
	l.mu.Unlock()
}

// Resume shows the view again.
func (l *Live) Resume() {
	l.paintMu.Lock()
	defer l.paintMu.Unlock()
	l.mu.Lock()
	l.paused = false
	l.mu.Unlock()
	l.frame = ansi.Frame{}
	l.paintLocked(true)
}

// Close removes the view from the terminal, and explains the failures.
func (l *Live) Close() error {
	close(l.stop)
	<-l.done
	l.mu.Lock()
	l.paused = false
	for _, line := range l.st.finish(l.pal) {
		l.say(line)
	}
	l.queue = append(l.queue, l.st.sum.lines(l.pal)...)
	if text, style := runEnding(&l.st.sum, l.pal); text != "" {
		if len(l.st.sum.failures) > 0 {
			l.queue = append(l.queue, "")
		}
		l.say(style.Styled(CleanLines(text)))
	}
	l.mu.Unlock()
	l.paint(false)
	if l.err != nil {
		return fmt.Errorf("writing the live view to the terminal: %w", l.err)
	}
	return l.outErr
}

// paint writes the finished lines, and below them the view if show is true.
func (l *Live) paint(show bool) {
	l.paintMu.Lock()
	defer l.paintMu.Unlock()
	l.paintLocked(show)
}

func (l *Live) paintLocked(show bool) {
	columns, rows := l.opts.Size()

	l.mu.Lock()
	if l.paused {
		l.mu.Unlock()
		return
	}
	queue := l.queue
	l.queue = nil
	if l.lost > 0 {
		queue = append(queue, l.pal.dim.Styled(fmt.Sprintf("… %d lines left out: the terminal was too slow", l.lost)))
		l.lost = 0
	}
	var frame []string
	if show {
		frame = l.st.frame(columns-1, rows-1, l.opts, l.pal)
	}
	l.mu.Unlock()

	text := l.frame.Paint(columns, queue, frame)
	if _, err := io.WriteString(l.w, text); err != nil && l.err == nil {
		l.err = err
	}
}
