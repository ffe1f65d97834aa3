package bridge

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gotest-driver/gotest-driver/driver/guest"
)

// all: includes files whose names begin with an underscore.
//
//go:embed all:gotest all:test_driver
var packages embed.FS

// library returns the directory of the packages gotest and test_driver in the cache, where Python can keep its bytecode, and type checkers, editors
// and debuggers find it. The name of the directory is a hash of the text.
var library = sync.OnceValues(func() (string, error) {
	files, name, err := embedded()
	if err != nil {
		return "", err
	}
	cache, err := guest.DefaultCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, name)
	return dir, write(dir, files)
})

// Library returns the directory of package gotest in the cache.
func Library() (string, error) { return library() }

// embedded returns the files of package gotest, and a name that is a hash of their text.
func embedded() (files map[string][]byte, name string, err error) {
	hash := sha256.New()
	files = map[string][]byte{}
	err = fs.WalkDir(packages, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := packages.ReadFile(path)
		files[path] = text
		hash.Write([]byte(path))
		hash.Write(text)
		return err
	})
	return files, "python-" + hex.EncodeToString(hash.Sum(nil))[:16], err
}

// write creates the directory, unless it exists.
func write(dir string, files map[string][]byte) error {
	whole := true
	for path, text := range files {
		have, err := os.ReadFile(filepath.Join(dir, path))
		whole = whole && err == nil && bytes.Equal(have, text)
	}
	if whole {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".python-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for path, text := range files {
		to := filepath.Join(tmp, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, 0o644)); err != nil {
			return err
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil { // it is incomplete
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) { // another driver may have been faster
		return err
	}
	return nil
}
