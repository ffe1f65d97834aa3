// Package userfile reads files that a user names, which may be anything: a named pipe that nobody writes to, a device
// without an end.
package userfile

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Max is the size in bytes of the largest file that is read. Scripts and descriptions are much smaller.
const Max = 64 << 20

// Read returns what is in a regular file, or comes from a file descriptor that the caller has opened (/dev/stdin,
// /dev/fd/63), until ctx ends. The error names the file; it is an *fs.PathError where the file can't be read. What checks say of
// the open file is returned as it is.
func Read(ctx context.Context, path string, checks ...func(fs.FileInfo) error) ([]byte, error) {
	// Neither a pipe that nobody has open nor a terminal's line keeps this waiting.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return read(ctx, f, path, checks...)
}

// ReadIn returns what is in a regular file below root. It is called name in errors.
func ReadIn(root *os.Root, path, name string) ([]byte, error) {
	f, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return read(context.Background(), f, name)
}

func read(ctx context.Context, f *os.File, path string, checks ...func(fs.FileInfo) error) ([]byte, error) {
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(st); err != nil {
			return nil, err
		}
	}
	if kind := kindOf(st.Mode()); kind != "" && path != os.DevNull && !inherited(path) {
		return nil, fmt.Errorf("%s is %s, not a file", path, kind)
	}
	return All(ctx, f, path)
}

// All returns what comes from r, which is called name in errors, until ctx ends.
func All(ctx context.Context, r io.Reader, name string) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() { // it ends with the program when r never does
		b, err := io.ReadAll(io.LimitReader(r, Max+1))
		done <- result{b, err}
	}()
	select {
	case x := <-done:
		switch {
		case x.err != nil:
			return nil, x.err
		case len(x.b) > Max:
			return nil, fmt.Errorf("%s is larger than %d MB", name, Max>>20)
		}
		return x.b, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("reading %s: %w", name, context.Cause(ctx))
	}
}

// kindOf says what is no regular file; it is empty for one.
func kindOf(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return ""
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// inherited reports whether a path names a file descriptor of this process.
func inherited(path string) bool {
	switch clean := filepath.Clean(path); {
	case clean == "/dev/stdin", strings.HasPrefix(clean, "/dev/fd/"), strings.HasPrefix(clean, "/proc/self/fd/"):
		return true
	}
	return false
}
