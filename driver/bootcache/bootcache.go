// Package bootcache keeps booted machines for later runs: an entry is a directory with the files of a snapshot. It is never
// changed once it is there, and used by any number of runs at a time.
//
// What an entry has is checked before it is used: each file must have the size and the time that it was saved with. An entry is
// made in another directory, written to the disk, and renamed when it is whole.
package bootcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/filelock"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/owner"
)

const (
	// MetaFile is the name of the file that describes an entry.
	MetaFile = "meta.json"
	// Unused is how long an entry stays after its last use.
	Unused = 14 * 24 * time.Hour
	// DefaultLimit is how many bytes the cache takes at most, unless $GOTEST_SNAPSHOT_CACHE says otherwise.
	DefaultLimit = 5 << 30
	newSuffix    = ".new"
	lockSuffix   = ".lock"
)

// Meta describes an entry.
type Meta struct {
	Key     string    `json:"key"`
	Machine string    `json:"machine"` // what it was saved as, for people
	Saved   time.Time `json:"saved"`
	Files   []File    `json:"files"`
	Inputs  []Input   `json:"inputs,omitempty"`
}

// File is a file of an entry.
type File struct {
	Name string    `json:"name"`
	Size int64     `json:"size"`
	Time time.Time `json:"time"`
}

// Input is a file or a directory of the host that the preparation of a machine has copied.
type Input struct {
	Path string `json:"path"`
	Sum  string `json:"sum"` // see Sum
}

// Cache is a directory of entries.
type Cache struct {
	dir   string
	limit int64 // in bytes
}

// Open returns the cache in a directory, which it makes. A limit of 0 is that of $GOTEST_SNAPSHOT_CACHE, a number of bytes that may
// end in K, M, G or T, else DefaultLimit.
func Open(dir string, limit int64) (*Cache, error) {
	if limit == 0 {
		var err error
		if limit, err = parseSize(os.Getenv("GOTEST_SNAPSHOT_CACHE")); err != nil {
			return nil, fmt.Errorf("$GOTEST_SNAPSHOT_CACHE: %w", err)
		}
	}
	if err := owner.MakeDir(dir); err != nil {
		return nil, err
	}
	return &Cache{dir, limit}, nil
}

// Limit returns how many bytes the cache takes at most.
func (c *Cache) Limit() int64 { return c.limit }

// parseSize reads a number of bytes; the empty text is DefaultLimit.
func parseSize(s string) (int64, error) {
	if s == "" {
		return DefaultLimit, nil
	}
	number, shift := s, 0
	if at := strings.IndexByte("KMGT", s[len(s)-1]&^0x20); at >= 0 {
		number, shift = s[:len(s)-1], 10*(at+1)
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<62>>shift {
		return 0, fmt.Errorf("%q is no size: want bytes, such as 500M or 5G", s)
	}
	return n << shift, nil
}

// keyPattern matches a key: the SHA-256 of all that decides what a boot leads to.
var keyPattern = lazyre.Compile(`^[0-9a-f]{64}$`)

// Entry is an entry in use: it stays as it is until Close.
type Entry struct {
	Dir  string
	Meta Meta
	lock *os.File
}

// Close ends the use.
func (e *Entry) Close() error { return e.lock.Close() }

// BrokenError says why an entry can't be used.
type BrokenError struct {
	Dir string
	Err error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s: %v", e.Dir, e.Err) }

func (e *BrokenError) Unwrap() error { return e.Err }

// Find returns the entry of a key, nil if there is none. The error is a *BrokenError for one that can't be used.
func (c *Cache) Find(key string) (*Entry, error) {
	e, err := c.open(key)
	if e == nil || err != nil {
		return nil, err
	}
	if err := e.check(); err != nil {
		return nil, errors.Join(&BrokenError{e.Dir, err}, e.Close())
	}
	now := time.Now()
	_ = os.Chtimes(filepath.Join(e.Dir, MetaFile), now, now) // the cache may be another user's
	return e, nil
}

// open returns an entry that is not checked, nil if there is none.
func (c *Cache) open(key string) (*Entry, error) {
	dir := filepath.Join(c.dir, key)
	f, ok, err := filelock.Share(filepath.Join(dir, MetaFile))
	if !ok || err != nil {
		return nil, err
	}
	e := &Entry{Dir: dir, lock: f}
	if e.Meta, err = readMeta(f); err == nil && e.Meta.Key != key {
		err = errors.New("it is the entry of another key")
	}
	if err != nil {
		return nil, errors.Join(&BrokenError{dir, err}, f.Close())
	}
	return e, nil
}

// maxMeta is the largest size of a description, in bytes.
const maxMeta = 1 << 20

func readMeta(f *os.File) (m Meta, err error) {
	st, err := f.Stat()
	if err != nil {
		return m, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxMeta {
		return m, fmt.Errorf("%s is no description of %d bytes", MetaFile, st.Size())
	}
	text := make([]byte, st.Size())
	if _, err := f.ReadAt(text, 0); err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", MetaFile, err)
	}
	for _, file := range m.Files {
		if filepath.Base(file.Name) != file.Name || !filepath.IsLocal(file.Name) {
			return m, fmt.Errorf("%s names the file %q", MetaFile, file.Name)
		}
	}
	return m, nil
}

// check compares the files and the inputs with what they were.
func (e *Entry) check() error {
	if len(e.Meta.Files) == 0 {
		return errors.New("it has no files")
	}
	for _, f := range e.Meta.Files {
		st, err := os.Lstat(filepath.Join(e.Dir, f.Name))
		switch {
		case err != nil:
			return err
		case !st.Mode().IsRegular() || st.Size() != f.Size:
			return fmt.Errorf("%s has %d bytes, not %d", f.Name, st.Size(), f.Size)
		case !st.ModTime().Equal(f.Time):
			return fmt.Errorf("%s was changed at %s", f.Name, st.ModTime().Format(time.DateTime))
		}
	}
	for _, i := range e.Meta.Inputs {
		if sum, err := Sum(i.Path); err != nil || sum != i.Sum {
			return fmt.Errorf("%s has changed, which the preparation copies", i.Path)
		}
	}
	return nil
}

// Sum returns a text that differs for files, and for directories with all below them, that have another content or mode. A link is
// what it leads to.
func Sum(path string) (string, error) {
	sum := sha256.New()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	err = filepath.WalkDir(real, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := os.Stat(at)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %v %d\n", strings.TrimPrefix(at, real), st.Mode(), st.Size())
		if !st.Mode().IsRegular() {
			return nil
		}
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(sum, f)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Lock waits until nobody else makes the entry of a key, and calls wait once if somebody does.
func (c *Cache) Lock(ctx context.Context, key string, wait func()) (unlock func(), err error) {
	return filelock.Lock(ctx, filepath.Join(c.dir, key+lockSuffix), wait)
}

// New returns a directory for the files of a new entry. The caller has the lock of the key, and calls Keep or Drop.
func (c *Cache) New(key string) (string, error) {
	dir := filepath.Join(c.dir, key+newSuffix)
	if err := os.RemoveAll(dir); err != nil { // of a process that was killed
		return "", err
	}
	return dir, os.Mkdir(dir, 0o700)
}

// Drop removes a directory that New has returned.
func (c *Cache) Drop(dir string) error { return os.RemoveAll(dir) }

// Keep makes a directory that New has returned an entry, instead of the present one of that key. Then it removes what has not been
// used for long, or is too much.
func (c *Cache) Keep(dir string, m Meta) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	m.Files = nil
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if err := syncFile(path); err != nil {
			return err
		}
		st, err := os.Lstat(path)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, File{e.Name(), st.Size(), st.ModTime()})
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, MetaFile)
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return err
	}
	if err := errors.Join(syncFile(path), syncFile(dir)); err != nil {
		return err
	}
	to := filepath.Join(c.dir, m.Key)
	if err := c.Remove(m.Key); err != nil {
		return err
	}
	if err := os.Rename(dir, to); err != nil {
		return err
	}
	_, err = c.Prune(Unused, c.limit, m.Key)
	return err
}

// syncFile waits until a file or the names in a directory are on the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Remove takes an entry, which may be in use or broken, out of the cache: runs that use it go on with its files while these are
// open.
func (c *Cache) Remove(key string) error {
	dir := filepath.Join(c.dir, key)
	away, err := os.MkdirTemp(c.dir, "removed-*"+newSuffix)
	if err != nil {
		return err
	}
	err = os.Rename(dir, filepath.Join(away, "entry"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(away))
}
