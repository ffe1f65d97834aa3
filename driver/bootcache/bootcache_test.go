package bootcache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func key(digit string) string { return strings.Repeat(digit, 64) }

func open(t *testing.T, limit int64) *Cache {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "snapshots"), limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keep makes an entry with a file of that size.
func keep(t *testing.T, c *Cache, key string, size int, inputs ...Input) string {
	t.Helper()
	dir, err := c.New(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "memory"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(dir, Meta{Key: key, Machine: "server", Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(c.dir, key)
}

// found returns whether there is a good entry.
func found(t *testing.T, c *Cache, key string) bool {
	t.Helper()
	e, err := c.Find(key)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return false
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	return true
}

// TestBrokenEntries: an entry that is not what was saved is not used, and says why.
func TestBrokenEntries(t *testing.T) {
	input := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(input, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum, err := Sum(input)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) }
	}
	for want, spoil := range map[string]func(dir string) error{
		"":                            func(string) error { return nil },
		"memory has 99 bytes":         func(dir string) error { return os.Truncate(filepath.Join(dir, "memory"), 99) },
		"memory: no such file":        func(dir string) error { return os.Remove(filepath.Join(dir, "memory")) },
		"memory was changed":          func(dir string) error { return os.Chtimes(filepath.Join(dir, "memory"), time.Time{}, time.Unix(1, 0)) },
		"unexpected end of JSON":      write(MetaFile, `{"key": "`),
		"unexpected end of JSON in":   write(MetaFile, ""),
		"of another key":              write(MetaFile, `{"key": "`+key("b")+`"}`),
		"it has no files":             write(MetaFile, `{"key": "`+key("a")+`"}`),
		"names the file \"../other\"": write(MetaFile, `{"key": "`+key("a")+`", "files": [{"name": "../other"}]}`),
		"names the file \"\"":         write(MetaFile, `{"key": "`+key("a")+`", "files": [{"name": ""}]}`),
		"input has changed":           func(string) error { return os.WriteFile(input, []byte("two"), 0o600) },
	} {
		c := open(t, 0)
		if err := spoil(keep(t, c, key("a"), 100, Input{input, sum})); err != nil {
			t.Fatal(err)
		}
		e, err := c.Find(key("a"))
		var broken *BrokenError
		switch {
		case want == "" && (err != nil || e == nil):
			t.Errorf("a good entry: %v", err)
		case want != "" && (!errors.As(err, &broken) || !strings.Contains(err.Error(), strings.TrimSuffix(want, " in"))):
			t.Errorf("got %v, want %q", err, want)
		}
		if e != nil {
			e.Close()
		}
		if err := os.WriteFile(input, []byte("one"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.Remove(key("a")); err != nil {
			t.Error(err)
		}
		if found(t, c, key("a")) {
			t.Errorf("%q: it is still there", want)
		}
	}
}

// TestPrune: what is in use stays; the rest goes when it is old, broken or too much.
func TestPrune(t *testing.T) {
	c := open(t, 350<<10)
	old := func(key string, ago time.Duration) {
		at := time.Now().Add(-ago)
		if err := os.Chtimes(filepath.Join(c.dir, key, MetaFile), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []string{"1", "2", "3"} {
		keep(t, c, key(k), 100<<10)
	}
	old(key("1"), 3*time.Hour)
	old(key("2"), 2*time.Hour)
	used, err := c.Find(key("1"))
	if err != nil || used == nil {
		t.Fatal(err)
	}
	old(key("1"), 3*time.Hour)
	old(key("3"), 1*time.Hour)
	keep(t, c, key("4"), 100<<10)
	for k, want := range map[string]bool{"1": true, "2": false, "3": true, "4": true} {
		// The oldest is in use; the next one is too much.
		if _, err := os.Stat(filepath.Join(c.dir, key(k))); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", k, err, want)
		}
	}
	if err := used.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Prune(time.Hour, 1<<40, ""); err != nil {
		t.Fatal(err)
	}
	if list, err := c.List(); err != nil || len(list) != 1 || list[0].Key != key("4") || list[0].Broken != "" || list[0].InUse {
		t.Errorf("left are %+v, %v", list, err)
	}
}

// TestLeftBehind: what a process has left that was killed while it saved is never an entry, and goes.
func TestLeftBehind(t *testing.T) {
	c := open(t, 0)
	unlock, err := c.Lock(t.Context(), key("a"), func() { t.Error("nobody has the lock") })
	if err != nil {
		t.Fatal(err)
	}
	dir, err := c.New(key("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "memory"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Prune(Unused, c.Limit(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("what is being made is gone: %v", err)
	}
	unlock() // as the end of the process does
	if found(t, c, key("a")) {
		t.Error("half an entry is used")
	}
	if _, err := c.Prune(Unused, c.Limit(), ""); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(c.dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestOneMakes: of several that want an entry, one makes it while the others wait.
func TestOneMakes(t *testing.T) {
	c := open(t, 0)
	var made atomic.Int64
	done := make(chan error)
	const n = 5
	for range n {
		go func() {
			unlock, err := c.Lock(context.Background(), key("a"), func() {})
			if err != nil {
				done <- err
				return
			}
			defer unlock()
			e, err := c.Find(key("a"))
			if e == nil && err == nil {
				made.Add(1)
				var dir string
				if dir, err = c.New(key("a")); err == nil {
					err = errors.Join(os.WriteFile(filepath.Join(dir, "memory"), nil, 0o600), c.Keep(dir, Meta{Key: key("a")}))
				}
			} else if e != nil {
				err = e.Close()
			}
			done <- err
		}()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if made.Load() != 1 {
		t.Errorf("it was made %d times", made.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := c.Lock(ctx, key("b"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := c.Lock(ctx, key("b"), cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestSum: content, names and modes count; the place does not.
func TestSum(t *testing.T) {
	make := func(name, text string, mode os.FileMode) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		sum, err := Sum(dir)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	one := make("a", "text", 0o600)
	if one != make("a", "text", 0o600) {
		t.Error("equal directories differ")
	}
	for _, other := range []string{make("b", "text", 0o600), make("a", "test", 0o600), make("a", "text", 0o700)} {
		if one == other {
			t.Error("different directories are equal")
		}
	}
	if _, err := Sum(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("what is not there has a sum")
	}
}

// TestParseSize: sizes as people write them, and others refused.
func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"": DefaultLimit, "0": 0, "17": 17, "500M": 500 << 20, "5g": 5 << 30, "2T": 2 << 40, "x": -1, "-1": -1, "M": -1, "5GB": -1, "99999999999T": -1} {
		if got, err := parseSize(text); (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
}

// FuzzMeta: whatever a description has, no file outside of the entry is looked at, and nothing is used that is not as described.
func FuzzMeta(f *testing.F) {
	for _, text := range []string{"", "{}", `{"key": "` + key("a") + `", "files": [{"name": "memory", "size": 3}]}`, `{"files": [{"name": "../x"}]}`, `[]`, `{"inputs": [{"path": "/etc/passwd", "sum": ""}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := open(t, 0)
		dir := filepath.Join(c.dir, key("a"))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, MetaFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := c.Find(key("a"))
		if err == nil && e == nil {
			t.Fatal("it is neither good nor bad")
		}
		if e != nil {
			defer e.Close()
			for _, file := range e.Meta.Files {
				if filepath.Dir(filepath.Join(dir, file.Name)) != dir {
					t.Errorf("it has the file %q", file.Name)
				}
			}
		}
		if _, err := c.List(); err != nil {
			t.Error(err)
		}
		if _, err := c.Prune(Unused, 0, ""); err != nil {
			t.Error(err)
		}
	})
}
