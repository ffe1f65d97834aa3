// Package filetree carries files and directories between the host and a guest that is not trusted. Symbolic links stay
// links, permission bits are kept, and what a file has holes for is not written.
package filetree

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// reader stops with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// errNoDirectory says that something which is no directory stands in a path. A symbolic link is none: a guest may have
// made it.
var errNoDirectory = errors.New("not a directory")

// OpenDir opens the directory at a path below root, and makes it if need be. It follows no symbolic link. The caller
// closes it.
func OpenDir(root *os.Root, name string) (*os.Root, error) {
	dir, err := root.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	for _, part := range strings.Split(filepath.Clean(name), "/") {
		var next *os.Root
		st, err := dir.Lstat(part)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = dir.Mkdir(part, 0o755)
		case err == nil && !st.IsDir():
			err = &fs.PathError{Op: "open", Path: part, Err: errNoDirectory}
		}
		if err == nil {
			next, err = dir.OpenRoot(part)
		}
		dir.Close()
		if err != nil {
			return nil, named(err, path.Join(dir.Name(), part))
		}
		dir = next
	}
	return dir, nil
}

// named has an error name a file by its whole path.
func named(err error, path string) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return &fs.PathError{Op: strings.TrimSuffix(p.Op, "at"), Path: path, Err: p.Err}
	case errors.As(err, &l):
		return &fs.PathError{Op: strings.TrimSuffix(l.Op, "at"), Path: path, Err: l.Err}
	}
	return err
}
