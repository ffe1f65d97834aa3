// Package filewatch waits until the content of files differs from what it was.
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
	// settle is how long a file must stay the same to count as saved: editors write in several steps.
	settle = 40 * time.Millisecond
	// poll is how often files are looked at anyway: network file systems tell nothing, and a directory that is put in
	// the place of a watched one is another.
	poll = time.Second
)

// Content is what a file held; Missing when it could not be read.
type Content [sha256.Size]byte

// Missing is the content of a file that is not there.
var Missing Content

// Sum is the content of a file that holds b.
func Sum(b []byte) Content { return sha256.Sum256(b) }

// Watcher watches files. It belongs to one goroutine.
type Watcher struct {
	notify *fsnotify.Watcher
	files  map[string]Content
	names  map[string]bool // what events about the files are named
}

// New makes a watcher, which Close ends.
func New() (*Watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("files can't be watched: %w", err)
	}
	return &Watcher{notify: n, files: map[string]Content{}}, nil
}

// Close ends the watcher.
func (w *Watcher) Close() error { return w.notify.Close() }

// Set says which files are watched from now on, by path, and what they held when they were read.
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
			_ = w.notify.Remove(old) // that it is not watched any more is what is wanted
		}
	}
	// Directories are watched, not files: an editor that saves by renaming puts another file in the place. One that
	// can't be watched is looked at by the clock.
	for dir := range dirs {
		_ = w.notify.Add(dir)
	}
}

// Wait returns the files that differ from what Set was told, sorted, once they have settled. The error is the cause of
// the context's end.
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

// changed are the files that hold something else.
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

// settled waits until files that have changed stay the same. One that was there and is gone is between two steps of an
// editor, unless it stays away for long.
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
		// A file that was saved back as it was has not changed; another may have.
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
