package report

import (
	"fmt"
	"io"
	"os"
)

// growing is a file that is complete after every write: each write puts the new content over the old ending
// and a new ending after it. A run that is killed at any moment so leaves a whole document. What is not a
// regular file (a pipe, /dev/stderr) gets its ending when it is closed.
type growing struct {
	f       *os.File
	regular bool
	off     int64 // where the ending stands
	size    int64
	ending  string
	err     error
}

// createGrowing creates or empties the file.
func createGrowing(path string) (*growing, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	g := &growing{f: f}
	if st, err := f.Stat(); err == nil {
		g.regular = st.Mode().IsRegular()
	}
	return g, nil
}

// write appends content; ending is what makes the document whole until the next write.
func (g *growing) write(content, ending string) {
	if g.err != nil {
		return
	}
	g.ending = ending
	if !g.regular {
		_, g.err = io.WriteString(g.f, content)
		return
	}
	buf := append([]byte(content), ending...)
	// A shorter document than before is filled up with line breaks, which may follow a root element: cutting the
	// file off in a second step would leave it broken when the process is killed in between.
	for g.off+int64(len(buf)) < g.size {
		buf = append(buf, '\n')
	}
	n, err := g.f.WriteAt(buf, g.off)
	g.size = max(g.size, g.off+int64(n))
	g.off += int64(len(content))
	g.err = err
}

// patch overwrites part of what has been written.
func (g *growing) patch(at int64, content string) {
	if g.err == nil && g.regular {
		_, g.err = g.f.WriteAt([]byte(content), at)
	}
}

// close ends the document.
func (g *growing) close() error {
	if !g.regular && g.err == nil {
		_, g.err = io.WriteString(g.f, g.ending)
	}
	if g.regular && g.err == nil {
		g.err = g.f.Truncate(g.off + int64(len(g.ending)))
	}
	if err := g.f.Close(); g.err == nil {
		g.err = err
	}
	if g.err != nil {
		return fmt.Errorf("writing %s: %w", g.f.Name(), g.err)
	}
	return nil
}
