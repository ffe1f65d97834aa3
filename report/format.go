package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Format is a kind of report that a run is written to.
type Format struct {
	Name string // as messages call it
	Help string // what it is, after the word "write"

	// Flag names its file on the command lines of Commands, without dashes. A format without a flag is written whenever
	// its Default can be.
	Flag     string
	Commands []string
	Variable string // the environment variable that names its file where a run has no flag for it
	InOutDir bool   // a relative path starts at the output directory of the run
	// Default is the file in the output directory that a run which does not pass is written to when no file is named.
	Default string

	// Create makes the sink.
	Create func(Output) (Sink, error)
}

// Formats returns all formats, in the order in which their sinks are made, get the events and are closed.
func Formats() []Format {
	return []Format{
		{
			Name: "HTML report", Help: "an HTML report", Flag: "html", Commands: []string{"run", "report"}, Default: "report.html",
			Create: func(o Output) (Sink, error) {
				return NewHTML(o.Path, HTMLOptions{Dir: o.ImageDir, OnlyFailed: o.OnlyFailed, ReplaceLink: o.OutDir != ""})
			},
		},
		{
			Name: "JUnit report", Help: "a JUnit report", Flag: "junit-xml", Commands: []string{"run", "report", "nixos-test-driver"}, InOutDir: true,
			Create: func(o Output) (Sink, error) { return NewJUnit(o.Path) },
		},
		{
			Name: "JSON log", Help: "every event as a line of JSON", Flag: "log-json", Commands: []string{"run"},
			Create: func(o Output) (Sink, error) {
				j, err := CreateJSONLines(o.Path)
				if err == nil {
					j.LimitSerial(o.MaxSerial)
				}
				return j, err
			},
		},
		{
			Name: "XML log", Help: "an XML log", Flag: "xml", Commands: []string{"report"}, Variable: "LOGFILE",
			Create: func(o Output) (Sink, error) {
				x, err := NewXML(o.Path)
				if err == nil {
					x.LimitSerial(o.MaxSerial)
				}
				return x, err
			},
		},
		// The last one, so that the files that it lists are there.
		{
			Name: "index", Default: "index.html",
			Create: func(o Output) (Sink, error) { return NewIndex(filepath.Dir(o.Path), o.Reports...), nil },
		},
	}
}

// Output is a report that is wanted.
type Output struct {
	Format     Format
	Path       string
	OutDir     string   // the output directory of the run if the path is below it, as a guest's files are, too: a link at the path is replaced, and none that leads out of the directory is followed
	OnlyFailed bool     // it is kept only of a run that did not pass
	ImageDir   string   // where relative paths of screenshots start; empty means the report's directory
	Reports    []string // the paths of the run's reports, for an index
	MaxSerial  int64    // the most bytes of a machine's serial lines in a JSON or XML log; 0: no limit
}

// Reports returns the absolute paths of the outputs that summaries and indexes list: those whose format has a flag.
func Reports(outputs []Output) []string {
	var paths []string
	for _, o := range outputs {
		if o.Format.Flag == "" {
			continue
		}
		if abs, err := filepath.Abs(o.Path); err == nil {
			o.Path = abs
		}
		paths = append(paths, o.Path)
	}
	return paths
}

// Open creates the sinks of all outputs or of none. Directories that are missing are made.
func Open(outputs []Output) (sinks []Sink, err error) {
	if twice := twice(outputs); twice != "" {
		return nil, fmt.Errorf("%s: two reports can't be written to the same file", twice)
	}
	for _, o := range outputs {
		o.Reports = Reports(outputs)
		var s Sink
		if err = o.makeDir(); err == nil {
			s, err = o.Format.Create(o)
		}
		if err != nil {
			return nil, errors.Join(err, closeAll(sinks))
		}
		sinks = append(sinks, s)
	}
	return sinks, nil
}

// makeDir makes the directory of the report, and makes sure that it is where it seems to be: no guest runs yet.
func (o Output) makeDir() error {
	if o.OutDir == "" {
		return os.MkdirAll(filepath.Dir(o.Path), 0o777)
	}
	name, err := filepath.Rel(o.OutDir, o.Path)
	if err == nil {
		err = os.MkdirAll(o.OutDir, 0o777)
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(o.OutDir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("the directory of the %s %s can't be made: %w", o.Format.Name, o.Path, nameless(err))
	}
	if st, err := root.Lstat(name); err != nil || st.Mode()&os.ModeSymlink == 0 {
		return nil
	}
	return root.Remove(name)
}

// closeAll closes sinks.
func closeAll(sinks []Sink) error {
	var err error
	for _, s := range sinks {
		err = errors.Join(err, s.Close())
	}
	return err
}

// twice is a file that two reports would be written to, empty when there is none. Devices, such as /dev/stderr, take
// several.
func twice(outputs []Output) string {
	seen := map[string]bool{}
	for _, o := range outputs {
		abs, err := filepath.Abs(o.Path)
		if err != nil || filepath.Dir(abs) == "/dev" {
			continue
		}
		if seen[abs] {
			return o.Path
		}
		seen[abs] = true
	}
	return ""
}
