package machine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// maxConsoleLine bounds the memory for a line that does not end; a longer one is reported in pieces.
const maxConsoleLine = 64 << 10

// consoleTail is how many lines the console keeps in memory for error messages.
const consoleTail = 200

// Console takes the bytes of a serial console: it writes them to a file, hands out lines, and answers
// searches. Carriage returns and invalid UTF-8 are dropped.
type Console struct {
	onLine func(string)

	mu      sync.Mutex
	log     *keptLog
	boot    int64 // where the output of this boot starts in the log
	mark    int64 // where the next search starts
	partial []byte
	tail    []string
	changed chan struct{} // closed and replaced whenever something came
	failed  bool          // the log can't be written, which has been said; lines are still handed out
	cut     bool          // the log leaves something out, which has been said
	taps    []*io.Writer
}

// newConsole returns a console that keeps at most that many bytes of its output in the file at path, and calls onLine for
// every line.
func newConsole(path string, most int64, onLine func(string)) (*Console, error) {
	l, err := newKeptLog(path, most)
	if err != nil {
		return nil, err
	}
	return &Console{onLine: onLine, log: l, changed: make(chan struct{})}, nil
}

// Path returns the path of the file that has the console's output of all boots, until the machine is closed.
func (c *Console) Path() string { return c.log.path }

// WriteTo writes the console's output of all boots.
func (c *Console) WriteTo(w io.Writer) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.all(w, 0)
}

// newBoot marks the output that follows as that of a new boot.
func (c *Console) newBoot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boot, c.mark, c.tail = c.log.size, c.log.size, nil
}

// preload puts what an earlier run has seen of this boot before all other output. Nobody is told of its lines.
func (c *Console) preload(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log.write(text)
	lines := strings.Split(strings.TrimSuffix(strings.ToValidUTF8(string(text), ""), "\n"), "\n")
	c.tail = append(c.tail, lines[max(0, len(lines)-consoleTail):]...)
}

// raw returns the output of this boot.
func (c *Console) raw() ([]byte, error) {
	var b bytes.Buffer
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.log.all(&b, c.boot)
	return b.Bytes(), err
}

// Write receives bytes from the machine.
func (c *Console) Write(p []byte) (int, error) {
	n := len(p)
	c.mu.Lock()
	for _, w := range c.taps {
		_, _ = (*w).Write(p) // a terminal that no longer reads must not stop the console's log
	}
	p = bytes.ReplaceAll(p, []byte{'\r'}, nil)
	searched := len(c.partial) // it has no end of a line
	c.partial = append(c.partial, p...)
	data := c.partial
	var lines []string
	for {
		i := bytes.IndexByte(data[searched:], '\n')
		if i >= 0 {
			i += searched
		}
		searched = 0
		if i < 0 && len(data) <= maxConsoleLine {
			break
		}
		next := i + 1
		if i < 0 || i > maxConsoleLine {
			i, next = maxConsoleLine, maxConsoleLine
			for i > maxConsoleLine-utf8.UTFMax && !utf8.RuneStart(data[i]) {
				i, next = i-1, next-1
			}
		}
		lines = append(lines, strings.ToValidUTF8(string(data[:i]), ""))
		data = data[next:]
	}
	c.partial = append(c.partial[:0], data...)
	c.log.write(p)
	if c.log.err != nil && !c.failed {
		c.failed = true
		lines = append(lines, fmt.Sprintf("[%s can't be written: %v]", c.log.path, c.log.err))
	}
	if c.log.left > 0 && !c.cut {
		c.cut = true
		lines = append(lines, fmt.Sprintf("[%s has its largest size, %d bytes: from now on it leaves out its middle]", c.log.path, c.log.most))
	}
	c.tail = append(c.tail, lines...)
	if k := len(c.tail); k > consoleTail {
		c.tail = append([]string(nil), c.tail[k-consoleTail:]...)
	}
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	for _, l := range lines {
		c.onLine(l)
	}
	return n, nil
}

// tap also writes the console's bytes to w, until stop is called.
func (c *Console) tap(w io.Writer) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taps = append(c.taps, &w)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.taps = slices.DeleteFunc(c.taps, func(x *io.Writer) bool { return x == &w })
	}
}

// flush hands out the last line although it has no end: the machine has ended.
func (c *Console) flush() {
	c.mu.Lock()
	last := strings.ToValidUTF8(string(c.partial), "")
	c.partial = nil
	if last != "" {
		c.tail = append(c.tail, last)
	}
	c.mu.Unlock()
	if last != "" {
		c.onLine(last)
	}
}

// Tail returns the last n lines of this boot.
func (c *Console) Tail(n int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tail
	if len(c.partial) > 0 {
		t = append(t[:len(t):len(t)], strings.ToValidUTF8(string(c.partial), ""))
	}
	return append([]string(nil), t[max(0, len(t)-n):]...)
}

// Size returns how many bytes the console has received so far.
func (c *Console) Size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.size
}

// settle waits until nothing has come for the time quiet, but not longer than most.
func (c *Console) settle(ctx context.Context, quiet, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(quiet):
			return
		case <-ctx.Done():
			return
		}
	}
}

// Since returns the output after the first from bytes, at most its last most bytes.
func (c *Console) Since(from, most int64) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, _, _ := c.log.read(max(from, c.log.size-most), most) // what can't be read is only missing in a message
	return strings.ToValidUTF8(string(b), "")
}

// Log returns the output of this boot, without the control sequences of terminals.
func (c *Console) Log() (string, error) {
	var b strings.Builder
	c.mu.Lock()
	_, err := c.log.all(&b, c.boot)
	c.mu.Unlock()
	return strings.ToValidUTF8(ansi.Strip(b.String()).Plain, ""), err
}

// searchOverlap is how far before new output a match may start; searchStep bounds how much is searched at once.
const (
	searchOverlap = 64 << 10
	searchStep    = 1 << 20
)

// escapeInPattern finds the escape character in a pattern.
var escapeInPattern = lazyre.Compile("\x1b|" + `\\(x1[bB]|x\{1[bB]\}|u001[bB]|U0000001[bB]|033)`)

// search waits until the output since the last match matches, and moves on past the match. The control sequences of
// terminals are not searched, unless the pattern has the escape character itself. When ctx has ended, search still
// searches the output that came before. tick is called at least every second while it waits. With an error it returns
// the text that was searched last.
func (c *Console) search(ctx context.Context, re Pattern, tick func() error) (seen string, err error) {
	c.mu.Lock()
	start := c.mark
	c.mu.Unlock()
	scanned := start
	raw := escapeInPattern().MatchString(re.String())
	timer := time.NewTicker(time.Second)
	defer timer.Stop()
	for first := true; ; first = false {
		ended := ctx.Err() != nil // output that came earlier is still searched
		c.mu.Lock()
		size, changed := c.log.size, c.changed
		c.mu.Unlock()
		for first || size > scanned {
			first = false
			text, at, err := c.part(max(start, scanned-searchOverlap), scanned+searchStep)
			if err != nil {
				return "", fmt.Errorf("reading %s: %w", c.log.path, err)
			}
			if at+int64(len(text)) <= scanned && size > scanned { // behind it, something is left out
				start = scanned
				continue
			}
			plain := ansi.Text{Plain: string(text)}
			if !raw {
				plain = ansi.Strip(plain.Plain)
			}
			seen = plain.Plain
			found, err := searchAll(re, seen, 1)
			if err != nil {
				return seen, err
			}
			if len(found) > 0 {
				c.mu.Lock()
				c.mark = at + int64(plain.End(found[0][1]))
				c.mu.Unlock()
				return seen, nil
			}
			scanned = max(scanned, at+int64(len(text)))
		}
		if ended {
			return seen, context.Cause(ctx)
		}
		select {
		case <-changed:
		case <-timer.C:
			if err := tick(); err != nil {
				return seen, err
			}
		case <-ctx.Done():
		}
	}
}

// part returns the output between two offsets, or the first part of it that the log has, and where that begins.
func (c *Console) part(from, to int64) ([]byte, int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.read(from, to-from)
}

// close removes the log.
func (c *Console) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.close()
}
