package filewatch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// watcher watches files, each with the content "old".
func watcher(t *testing.T, files ...string) *Watcher {
	t.Helper()
	w, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	set := map[string]Content{}
	for _, f := range files {
		put(t, f, "old")
		set[f] = Sum([]byte("old"))
	}
	w.Set(set)
	return w
}

func put(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// wait returns the result of Wait.
func wait(t *testing.T, w *Watcher) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	files, err := w.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSaves saves a file in the ways that editors do.
func TestSaves(t *testing.T) {
	for name, save := range map[string]func(t *testing.T, file string){
		"in place": func(t *testing.T, file string) { put(t, file, "new") },
		"rename": func(t *testing.T, file string) {
			put(t, file+".tmp", "new")
			must(t, os.Rename(file+".tmp", file))
		},
		"backup and anew": func(t *testing.T, file string) {
			must(t, os.Rename(file, file+"~"))
			time.Sleep(3 * settle)
			put(t, file, "new")
		},
		"in pieces": func(t *testing.T, file string) {
			f, err := os.Create(file)
			must(t, err)
			for _, c := range "new" {
				time.Sleep(settle / 4)
				_, err := f.WriteString(string(c))
				must(t, err)
			}
			must(t, f.Close())
		},
		"directory exchanged": func(t *testing.T, file string) {
			dir := filepath.Dir(file)
			must(t, os.Rename(dir, dir+".old"))
			must(t, os.Mkdir(dir, 0o755))
			put(t, file, "new")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "dir")
			must(t, os.Mkdir(dir, 0o755))
			file := filepath.Join(dir, "test.star")
			w := watcher(t, file)
			saved := make(chan struct{})
			go func() {
				defer close(saved)
				time.Sleep(50 * time.Millisecond)
				save(t, file)
			}()
			if got := wait(t, w); !slices.Equal(got, []string{file}) {
				t.Errorf("%q have changed", got)
			}
			<-saved
			if b, _ := os.ReadFile(file); string(b) != "new" {
				t.Errorf("told when the file held %q", b)
			}
		})
	}
}

func TestSymlink(t *testing.T) {
	dir, real := t.TempDir(), filepath.Join(t.TempDir(), "real.star")
	put(t, real, "old")
	link := filepath.Join(dir, "test.star")
	must(t, os.Symlink(real, link))
	w := watcher(t, link)
	put(t, real, "new")
	if got := wait(t, w); !slices.Equal(got, []string{link}) {
		t.Errorf("%q have changed", got)
	}
}

func TestDeletedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "test.star")
	w := watcher(t, file)
	must(t, os.Remove(file))
	if got := wait(t, w); !slices.Equal(got, []string{file}) {
		t.Errorf("%q have changed", got)
	}
}

func TestMissingFileThatComesUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "test.star")
	w := watcher(t)
	w.Set(map[string]Content{file: Missing})
	put(t, file, "")
	if got := wait(t, w); !slices.Equal(got, []string{file}) {
		t.Errorf("%q have changed", got)
	}
}

// A file that is touched or saved unchanged, and other files, cause no result.
func TestNoChange(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "test.star")
	w := watcher(t, file)
	put(t, file, "old")
	must(t, os.Chtimes(file, time.Now(), time.Now()))
	put(t, filepath.Join(dir, "other"), "new")
	ctx, cancel := context.WithTimeout(t.Context(), 3*poll/2)
	defer cancel()
	if files, err := w.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q have changed (%v)", files, err)
	}
}
