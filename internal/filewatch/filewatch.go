// Package filewatch waits until the content of files changes.
package filewatch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is the time for which a file must stay unchanged to count as saved: editors write in several steps.
	settle = 40 * time.Millisecond
	// poll is the interval for comparing files without an event: network file systems send no events, and a directory that
	// replaces a watched one is not watched.
	poll = time.Second
)

// Content identifies the content of a file; Missing if the file could not be read.
type Content [sha256.Size]byte

// Missing is the content of a file that does not exist.
var Missing Content

// Sum returns the content of a file with the bytes b.
func Sum(b []byte) Content { return sha256.Sum256(b) }

// Watcher watches files. It belongs to one goroutine.
type Watcher struct {
	notify *fsnotify.Watcher
	files  map[string]Content
	names  map[string]bool // the names of the files in events
}

// New returns a watcher. The caller must close it.
func New() (*Watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("can't watch files: %w", err)
	}
	return &Watcher{notify: n, files: map[string]Content{}}, nil
}

// Close ends the watcher.
func (w *Watcher) Close() error { return w.notify.Close() }

// Set sets the files to watch, by path, with their content when they were read.
func (w *Watcher) Set(files map[string]Content) {
	w.files = maps.Clone(files)
	w.names = map[string]bool{}
	dirs := map[string]bool{}
	for path := range files {
		w.names[filepath.Clean(path)] = true
		if target, err := filepath.EvalSymlinks(path); err == nil {
			w.names[target] = true
		}
	}
	for path := range w.names {
		dirs[filepath.Dir(path)] = true
	}
	for _, old := range w.notify.WatchList() {
		if !dirs[old] {
			_ = w.notify.Remove(old) // an error means that it is no longer watched
		}
	}
	// Directories are watched, not files, because an editor may save by renaming another file. Files in a directory that
	// can't be watched are compared periodically.
	for dir := range dirs {
		_ = w.notify.Add(dir)
	}
}

// Wait returns the files whose content differs from that in Set, sorted, as soon as they have settled. The error is the
// cause of the context's end.
func (w *Watcher) Wait(ctx context.Context) ([]string, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if changed := w.changed(); len(changed) > 0 {
			return w.settled(ctx, changed)
		}
		if err := w.event(ctx, tick.C); err != nil {
			return nil, err
		}
	}
}

// event waits until a file may have changed.
func (w *Watcher) event(ctx context.Context, tick <-chan time.Time) error {
	for {
		select {
		case e := <-w.notify.Events:
			if w.names[filepath.Clean(e.Name)] {
				return nil
			}
		case <-w.notify.Errors: // events were lost
			return nil
		case <-tick:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// changed returns the files whose content has changed.
func (w *Watcher) changed() []string {
	var out []string
	for path, was := range w.files {
		if read(path) != was {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// settled waits until changed files stay the same. A file that has disappeared is between two steps of an editor, unless
// it stays away for long.
func (w *Watcher) settled(ctx context.Context, changed []string) ([]string, error) {
	before := map[string]Content{}
	for began := time.Now(); ; {
		now, gone := map[string]Content{}, false
		for _, path := range changed {
			now[path] = read(path)
			gone = gone || now[path] == Missing && w.files[path] != Missing
		}
		if maps.Equal(now, before) && (!gone || time.Since(began) > poll) {
			return changed, nil
		}
		before = now
		select {
		case <-time.After(settle):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		// A file that was saved with its old content has not changed; another file may have.
		if changed = w.changed(); len(changed) == 0 {
			return w.Wait(ctx)
		}
	}
}

func read(path string) Content {
	b, err := os.ReadFile(path)
	if err != nil {
		return Missing
	}
	return Sum(b)
}
