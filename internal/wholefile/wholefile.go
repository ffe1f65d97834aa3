// Package wholefile writes files atomically.
package wholefile

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write replaces a file by the output of write, or changes nothing if write fails. The file gets the mode, whatever the
// umask. If path is a link, Write replaces its target. A file that is not regular, such as a terminal or a pipe, is
// written to directly. Errors name path.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if st, err := os.Stat(path); OfProcess(path) || err == nil && !st.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return named(err, filepath.Dir(path), path)
	}
	defer root.Close()
	return WriteIn(root, filepath.Base(path), mode, func(f *os.File) error { return write(f) })
}

// WriteIn replaces the file or link of a name in and below root, as Write does. It does not follow a link.
func WriteIn(root *os.Root, name string, mode fs.FileMode, write func(*os.File) error) error {
	path := filepath.Join(root.Name(), name)
	part := filepath.Join(filepath.Dir(name), ".gotest-"+rand.Text()) // as long for each name
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return named(err, part, path)
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(mode)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = root.Rename(part, name)
	}
	if err != nil {
		_ = root.Remove(part)
	}
	return named(err, f.Name(), path)
}

// WriteBelow replaces the file or link of a name in and below dir, as Write does, and makes the directories between them. It
// follows no link out of dir: what a copy has put there does not decide where other files go.
func WriteBelow(dir, name string, mode fs.FileMode, write func(io.Writer) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return named(err, filepath.Dir(name), filepath.Join(dir, name))
	}
	return WriteIn(root, name, mode, func(f *os.File) error { return write(f) })
}

// WriteTo is WriteBelow for a path in or below dir, and Write for another one. It makes the file's directory.
func WriteTo(dir, path string, mode fs.FileMode, write func(io.Writer) error) error {
	if name, ok := Below(dir, path); ok {
		return WriteBelow(dir, name, mode, write)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return Write(path, mode, write)
}

// Create makes an empty file, in the place of an old one, for what is written while it grows, and its directory. If the path is
// in or below dir, it follows no link out of dir, as WriteBelow does.
func Create(dir, path string) (*os.File, error) {
	name, ok := Below(dir, path)
	if !ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.Create(path)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, named(err, filepath.Dir(name), path)
	}
	if st, err := root.Lstat(name); err == nil && st.Mode()&os.ModeSymlink != 0 {
		if err := root.Remove(name); err != nil {
			return nil, named(err, name, path)
		}
	}
	f, err := root.Create(name)
	return f, named(err, name, path)
}

// Below returns the name of a path in and below dir, and whether it is there. dir may be empty: then nothing is.
func Below(dir, path string) (name string, ok bool) {
	abs, err := filepath.Abs(path)
	if dir == "" || err != nil {
		return "", false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", false
	}
	name, err = filepath.Rel(dir, abs)
	return name, err == nil && filepath.IsLocal(name)
}

// OfProcess reports whether a path names an open file of a process, as /dev/stderr does. This may be a regular file, which
// must not be replaced.
func OfProcess(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && (strings.HasPrefix(abs, "/dev/fd/") || strings.HasPrefix(abs, "/dev/std") || strings.HasPrefix(abs, "/proc/"))
}

// WriteBytes is like Write, with the content as an argument.
func WriteBytes(path string, mode fs.FileMode, content []byte) error {
	return Write(path, mode, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// named has an error name the file instead of what was there for it, which nobody knows.
func named(err error, instead, path string) error {
	var e *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &e) && e.Path == instead:
		return &fs.PathError{Op: strings.TrimSuffix(e.Op, "at"), Path: path, Err: e.Err}
	case errors.As(err, &l):
		return &fs.PathError{Op: strings.TrimSuffix(l.Op, "at"), Path: path, Err: l.Err}
	}
	return err
}
