package bootcache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/filelock"
)

// Info is an entry in a list.
type Info struct {
	Key     string    `json:"key"`
	Machine string    `json:"machine"`
	Saved   time.Time `json:"saved,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	Bytes   int64     `json:"bytes"`            // on the disk
	Broken  string    `json:"broken,omitempty"` // why it can't be used
	InUse   bool      `json:"inUse"`
}

// List returns the entries, the one that was used last first.
func (c *Cache) List() ([]Info, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	var list []Info
	for _, d := range entries {
		if !keyPattern().MatchString(d.Name()) {
			continue
		}
		i := Info{Key: d.Name(), Bytes: diskUse(filepath.Join(c.dir, d.Name()))}
		meta := filepath.Join(c.dir, d.Name(), MetaFile)
		if st, err := os.Stat(meta); err == nil {
			i.Used = st.ModTime()
		}
		if e, err := c.open(d.Name()); err != nil {
			i.Broken = err.Error()
		} else if e == nil {
			i.Broken = MetaFile + " is missing"
		} else {
			i.Machine, i.Saved = e.Meta.Machine, e.Meta.Saved
			if err := e.check(); err != nil {
				i.Broken = err.Error()
			}
			if err := e.Close(); err != nil {
				return nil, err
			}
		}
		if f, alone, err := filelock.Alone(meta); err == nil && alone {
			_ = f.Close()
		} else if i.Broken == "" {
			i.InUse = true
		}
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.Key, b.Key)) })
	return list, nil
}

// Prune removes the entries that have not been used for so long, those that are broken, and then those that were used longest ago
// until the rest takes at most so many bytes. Entries in use, and that of the key keep, stay. It returns those that it has removed.
func (c *Cache) Prune(unused time.Duration, limit int64, keep string) ([]Info, error) {
	list, err := c.List()
	if err != nil {
		return nil, err
	}
	var removed []Info
	total := int64(0)
	stays := func(i Info) bool { return i.Key == keep || i.InUse }
	for _, i := range list {
		if stays(i) {
			total += i.Bytes
		}
	}
	for _, i := range list { // those of the last use come first
		if stays(i) {
			continue
		}
		if i.Broken == "" && time.Since(i.Used) < unused && total+i.Bytes <= limit {
			total += i.Bytes
			continue
		}
		if err := c.Remove(i.Key); err != nil {
			return removed, err
		}
		removed = append(removed, i)
	}
	return removed, c.removeLeft(keep)
}

// removeLeft removes what processes that were killed have left, and the locks of entries that are gone.
func (c *Cache) removeLeft(keep string) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range entries {
		path := filepath.Join(c.dir, d.Name())
		key, isNew := strings.CutSuffix(d.Name(), newSuffix)
		if !isNew {
			var isLock bool
			if key, isLock = strings.CutSuffix(d.Name(), lockSuffix); !isLock {
				continue
			}
			if _, err := os.Stat(filepath.Join(c.dir, key)); err == nil {
				continue
			}
		}
		if key == keep {
			continue
		}
		if !keyPattern().MatchString(key) { // what Remove was taking away
			if st, err := d.Info(); err == nil && time.Since(st.ModTime()) > time.Hour {
				errs = append(errs, os.RemoveAll(path))
			}
			continue
		}
		lock := filepath.Join(c.dir, key+lockSuffix)
		f, alone, err := filelock.Alone(lock)
		if err != nil || !alone { // somebody makes it, or there is no lock
			if _, serr := os.Stat(lock); !errors.Is(serr, os.ErrNotExist) {
				continue
			}
		}
		if isNew {
			errs = append(errs, os.RemoveAll(path))
		}
		if alone {
			if _, err := os.Stat(filepath.Join(c.dir, key)); err != nil {
				errs = append(errs, os.Remove(lock))
			}
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// diskUse returns how many bytes the files in a directory take on the disk.
func diskUse(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // the number is for information
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				bytes += st.Blocks * 512
			}
		}
		return nil
	})
	return bytes
}
