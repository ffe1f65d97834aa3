package dialect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/userfile"
)

// Files are the files that scripts may load: those in a directory and below. A link that leads out of the directory is
// not one of them.
type Files struct {
	Root string // the directory; empty when nothing can be loaded
}

// Resolve returns the file that a load statement names: its path below the root, which is the same for all names of the
// file, and its path for display, which is relative if that of the loading file is. Names that begin with // start at
// the root, others at dir, the directory of the loading file.
func (f Files) Resolve(dir, module string) (rel, name string, err error) {
	rest, fromRoot := strings.CutPrefix(module, "//")
	switch {
	case f.Root == "":
		return "", "", errors.New("a script that is not a file can't load others")
	case module == "" || path.IsAbs(module) && !fromRoot:
		return "", "", errors.New("the path must be relative to the file that loads it, or to the test's root (//helpers.star)")
	}
	name = filepath.Join(dir, filepath.FromSlash(module))
	if fromRoot {
		name = filepath.Join(f.Root, filepath.FromSlash(rest))
	}
	root, err := filepath.Abs(f.Root)
	if err != nil {
		return "", "", err
	}
	full, err := filepath.Abs(name)
	if err != nil {
		return "", "", err
	}
	if rel, err = filepath.Rel(root, full); err != nil || !filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("%s is outside of the test's root %s", name, root)
	}
	return rel, name, nil
}

// Read reads a file by the path below the root that Resolve returned.
func (f Files) Read(rel string) ([]byte, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	src, err := userfile.ReadIn(root, rel, filepath.Join(f.Root, rel))
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", filepath.Join(f.Root, rel))
	case errors.As(err, &at):
		return nil, fmt.Errorf("%s, in the test's root %s: %w", rel, f.Root, at.Err)
	}
	return src, err
}
