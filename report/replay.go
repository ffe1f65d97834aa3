package report

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Replay reads the JSON log at path and writes the reports. A log that ends within a line is read up to
// there; the reports are then written too, and the error is a *TornError. A file that does not begin as a JSON log is
// refused, and existing reports stay as they are. When ctx ends, the reports have what was read until then.
func Replay(ctx context.Context, path string, outputs []Output) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the JSON log: %w", err)
	}
	defer f.Close()
	l := &lateSinks{outputs: slices.Clone(outputs)}
	for i, o := range l.outputs {
		if same(o.Path, f) {
			return fmt.Errorf("%s is the JSON log itself: choose another name for the report", o.Path)
		}
		if o.ImageDir == "" {
			l.outputs[i].ImageDir = filepath.Dir(path)
		}
	}
	err = FromJSONL(ctx, f, l)
	switch {
	case l.err != nil:
		return l.err
	case !l.opened && (err == nil || errors.As(err, new(*TornError))):
		err = errors.New("the JSON log is empty: the run ended before its first event")
	}
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// lateSinks makes the sinks of reports at the first event.
type lateSinks struct {
	outputs []Output
	sinks   []Sink
	opened  bool
	err     error // of making them
}

// Handle passes an event to the sinks.
func (l *lateSinks) Handle(e Event) {
	if !l.opened {
		l.opened = true
		l.sinks, l.err = Open(l.outputs)
	}
	for _, s := range l.sinks {
		s.Handle(e)
	}
}

// Close closes the sinks.
func (l *lateSinks) Close() error { return closeAll(l.sinks) }

func same(path string, f *os.File) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	b, err := f.Stat()
	return err == nil && os.SameFile(a, b)
}
