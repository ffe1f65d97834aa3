package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// keptLog is a file that keeps the beginning and the end of what is written to it, with a line about what is left out
// between them. Offsets are those of what was written.
type keptLog struct {
	file *os.File
	path string
	most int64 // the largest size of the file
	size int64 // bytes that were written
	left int64 // of these, the bytes that are left out, behind the first half
	err  error // of a write; later ones are not tried
}

// leftOut is the line about what is left out; it always has the same length.
func leftOut(bytes int64) string {
	return fmt.Sprintf("\n[… %15d bytes are left out here …]\n", bytes)
}

// newKeptLog makes a file. Another one of that path, which may be that of a running test, stays as it is without its name.
func newKeptLog(path string, most int64) (*keptLog, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".console-*")
	if err != nil {
		return nil, err
	}
	if err = errors.Join(f.Chmod(0o644), os.Rename(f.Name(), path)); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &keptLog{file: f, path: path, most: most}, nil
}

// kept returns the size of the first part, and where the last one begins.
func (l *keptLog) kept() (head, tail int64) {
	head = l.most / 2
	return head, head + l.left
}

// at returns where a byte of the first or the last part is in the file.
func (l *keptLog) at(off int64) int64 {
	if head, tail := l.kept(); l.left > 0 && off >= tail {
		return off - tail + head + int64(len(leftOut(0)))
	}
	return off
}

// write adds to the file.
func (l *keptLog) write(p []byte) {
	for len(p) > 0 && l.err == nil {
		n := min(int64(len(p)), l.most/4)
		if l.at(l.size)+n > l.most {
			if l.err = l.shorten(); l.err != nil {
				return
			}
		}
		var written int
		written, l.err = l.file.WriteAt(p[:n], l.at(l.size))
		l.size += int64(written)
		p = p[n:]
	}
}

// shorten leaves out the beginning of the last part, so that a quarter of the file is free.
func (l *keptLog) shorten() error {
	head, _ := l.kept()
	from := l.size - l.most/4 + int64(len(leftOut(0)))
	part := io.NewSectionReader(l.file, l.at(from), l.size-from)
	left := from - head
	line := leftOut(left)
	if _, err := l.file.WriteAt([]byte(line), head); err != nil {
		return err
	}
	end, err := io.Copy(io.NewOffsetWriter(l.file, head+int64(len(line))), part)
	if err != nil {
		return err
	}
	l.left = left
	return l.file.Truncate(head + int64(len(line)) + end)
}

// read returns up to most bytes from an offset on, or from the first byte behind it that is kept, and the offset of the
// first one. They are all of one part.
func (l *keptLog) read(from, most int64) (text []byte, at int64, err error) {
	head, tail := l.kept()
	if l.left > 0 && from >= head {
		from = max(from, tail)
	}
	to := min(from+most, l.size)
	if l.left > 0 && from < head {
		to = min(to, head)
	}
	text = make([]byte, max(0, to-from))
	n, err := l.file.ReadAt(text, l.at(from))
	if errors.Is(err, io.EOF) && n == len(text) {
		err = nil
	}
	return text[:n], from, err
}

// all writes everything from an offset on, with the line about what is left out.
func (l *keptLog) all(w io.Writer, from int64) (int64, error) {
	head, tail := l.kept()
	if l.left > 0 && from >= head {
		from = max(from, tail)
	}
	return io.Copy(w, io.NewSectionReader(l.file, l.at(from), l.at(l.size)-l.at(from)))
}

// close closes the file and removes it, unless its path is that of another one now.
func (l *keptLog) close() error {
	mine, err := l.file.Stat()
	now, nerr := os.Stat(l.path)
	if err == nil && nerr == nil && os.SameFile(mine, now) {
		err = os.Remove(l.path)
	}
	return errors.Join(err, l.file.Close())
}

// consoleFile returns the path of a machine's console log in a directory.
func consoleFile(dir, name string) string {
	return filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+"-console.log")
}
