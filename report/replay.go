package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Outputs are the files that a run is written to. An empty name means that this one is not wanted.
type Outputs struct {
	JSONLines string
	XML       string
	JUnit     string
	HTML      string
	// IndexDir is the output directory, which gets an index of its files when the run does not pass.
	IndexDir string
	// HTMLOptions are those of the HTML report.
	HTMLOptions HTMLOptions
}

// Sinks creates the files' sinks, all of them or none. Directories that are missing are made.
func (o Outputs) Sinks() (sinks []Sink, err error) {
	if twice := o.twice(); twice != "" {
		return nil, fmt.Errorf("%s: two reports can't be written to the same file", twice)
	}
	add := func(path string, open func() (Sink, error)) {
		if path == "" || err != nil {
			return
		}
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return
		}
		var s Sink
		if s, err = open(); err == nil {
			sinks = append(sinks, s)
		}
	}
	add(o.JSONLines, func() (Sink, error) { return CreateJSONLines(o.JSONLines) })
	add(o.XML, func() (Sink, error) { return NewXML(o.XML) })
	add(o.JUnit, func() (Sink, error) { return NewJUnit(o.JUnit) })
	add(o.HTML, func() (Sink, error) { return NewHTML(o.HTML, o.HTMLOptions) })
	if o.IndexDir != "" && err == nil {
		sinks = append(sinks, NewIndex(o.IndexDir, o.HTML, o.JUnit, o.XML, o.JSONLines))
	}
	if err != nil {
		for _, s := range sinks {
			err = errors.Join(err, s.Close())
		}
		return nil, err
	}
	return sinks, nil
}

// twice is a file that two reports would be written to, empty when there is none. Devices, such as /dev/stderr, take
// several.
func (o Outputs) twice() string {
	seen := map[string]bool{}
	for _, path := range []string{o.JSONLines, o.XML, o.JUnit, o.HTML} {
		abs, err := filepath.Abs(path)
		if path == "" || err != nil || filepath.Dir(abs) == "/dev" {
			continue
		}
		if seen[abs] {
			return path
		}
		seen[abs] = true
	}
	return ""
}

// Replay reads the JSON log at path and writes the reports. A log that ends within a line is read up to there; the
// error is then a *TornError, and the reports are written all the same. Of a file that does not begin as a JSON log does
// there are none, and reports that are there already stay as they are.
func Replay(path string, o Outputs) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the JSON log: %w", err)
	}
	defer f.Close()
	for _, out := range []string{o.JSONLines, o.XML, o.JUnit, o.HTML} {
		if same(out, f) {
			return fmt.Errorf("%s is the JSON log itself: choose another name for the report", out)
		}
	}
	if o.HTMLOptions.Dir == "" {
		o.HTMLOptions.Dir = filepath.Dir(path)
	}
	l := &lateSinks{outputs: o}
	err = FromJSONL(f, l)
	switch {
	case l.err != nil:
		return l.err
	case !l.opened && (err == nil || errors.As(err, new(*TornError))):
		err = errors.New("the JSON log has no event: the run has ended before its first one")
	}
	if err = errors.Join(err, l.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// lateSinks makes the sinks of reports at the first event.
type lateSinks struct {
	outputs Outputs
	sinks   []Sink
	opened  bool
	err     error // of making them
}

// Handle hands an event on.
func (l *lateSinks) Handle(e Event) {
	if !l.opened {
		l.opened = true
		l.sinks, l.err = l.outputs.Sinks()
	}
	for _, s := range l.sinks {
		s.Handle(e)
	}
}

// Close closes the sinks.
func (l *lateSinks) Close() error {
	var err error
	for _, s := range l.sinks {
		err = errors.Join(err, s.Close())
	}
	return err
}

func same(path string, f *os.File) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	b, err := f.Stat()
	return err == nil && os.SameFile(a, b)
}
