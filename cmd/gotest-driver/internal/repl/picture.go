package repl

import (
	"bytes"
	"fmt"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/internal/termimage"
	"github.com/gotest-driver/gotest-driver/report"
)

// shownPictures is how many pictures of one call are shown; of the others the path is.
const shownPictures = 3

// pictures are the screenshots that were made since they were shown last. It is a report.Sink.
type pictures struct {
	mu    sync.Mutex
	paths []string
}

// Handle notes a screenshot.
func (p *pictures) Handle(e report.Event) {
	if e.Kind == report.Screenshot {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.paths = append(p.paths, e.Path)
	}
}

// Close does nothing.
func (p *pictures) Close() error { return nil }

func (p *pictures) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.paths
	p.paths = nil
	return out
}

// Pictures is a sink that has the screenshots that are made during a call shown after it, in a terminal that can, else
// their paths. Without a terminal it does nothing.
func (c *Console) Pictures() report.Sink { return &c.pictures }

// showPictures shows what has come up during a call.
func (c *Console) showPictures() {
	paths := c.pictures.take()
	if len(paths) == 0 || !c.Interactive {
		return
	}
	for i, path := range paths {
		if i < len(paths)-shownPictures || !c.showPicture(path) {
			c.Println(path)
		}
	}
}

// showPicture shows a picture with its path; false when the terminal can't.
func (c *Console) showPicture(path string) bool {
	protocol := c.protocol()
	if protocol == termimage.None {
		return false
	}
	png, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var b bytes.Buffer
	if err := termimage.Write(&b, protocol, png, window()); err != nil {
		return false
	}
	text := report.CleanLines(path)
	if c.Color {
		text = dim(text)
	}
	fmt.Fprintln(&b, text)
	_, err = c.Out.Write(b.Bytes())
	return err == nil
}

// protocol is how the terminal shows pictures. It is found out once.
func (c *Console) protocol() termimage.Protocol {
	c.once.Do(func() {
		p, unknown := termimage.FromEnvironment(os.Getenv)
		if unknown {
			p = c.ask()
		}
		c.shows = p
	})
	return c.shows
}

// ask asks the terminal. What the user types meanwhile is given to the editor.
func (c *Console) ask() (p termimage.Protocol) {
	typed, _ := query(c.Out, termimage.Query, func(input string) (rest string, done bool) {
		p, rest, done = termimage.Answer(input)
		return rest, done
	})
	if t, ok := c.Editor.(interface{ Feed(string) }); ok && typed != "" {
		t.Feed(typed)
	}
	return p
}

// window is the size of the terminal's window.
func window() termimage.Size {
	columns, rows := size()
	s := termimage.Size{Columns: columns, Rows: rows}
	if w, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil && term.IsTerminal(os.Stdout.Fd()) {
		s.Width, s.Height = int(w.Xpixel), int(w.Ypixel)
	}
	return s
}
