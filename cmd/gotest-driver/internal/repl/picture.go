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

// shownPictures is the number of pictures per call that are shown; of the others only the path is shown.
const shownPictures = 3

// pictures are the screenshots that have not been shown yet. It is a report.Sink.
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

// Pictures returns a sink that shows the screenshots of a call after it, or their paths if the terminal can't show
// pictures. Without a terminal it does nothing.
func (c *Console) Pictures() report.Sink { return &c.pictures }

// showPictures shows the pictures of a call.
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

// showPicture shows a picture with its path; it returns false if the terminal can't.
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

// protocol returns how the terminal shows pictures. It asks the terminal once.
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

// ask asks the terminal. It passes input that the user has typed to the editor.
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

// window returns the size of the terminal's window.
func window() termimage.Size {
	columns, rows := size()
	s := termimage.Size{Columns: columns, Rows: rows}
	if w, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ); err == nil && term.IsTerminal(os.Stdout.Fd()) {
		s.Width, s.Height = int(w.Xpixel), int(w.Ypixel)
	}
	return s
}
