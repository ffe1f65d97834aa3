package suite

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/report"
)

// Try is one run of a test.
type Try struct {
	Began    time.Time     `json:"began"`
	Seconds  float64       `json:"seconds"`
	Status   report.Status `json:"status"`
	Exit     int           `json:"exit"`
	Message  string        `json:"message,omitempty"` // why it did not pass
	Class    string        `json:"class,omitempty"`   // of the failure, as in report.FailureInfo
	Detail   string        `json:"detail,omitempty"`  // the end of the log of a try that did not pass
	Place    string        `json:"place,omitempty"`   // file:line of the failure
	Dir      string        `json:"dir"`               // its output directory, below the suite's
	Machines []string      `json:"machines,omitempty"`
	Screens  []string      `json:"screens,omitempty"` // pictures of a failure, below the suite's directory
	Memory   int64         `json:"memory,omitempty"`  // the most that its processes used, in bytes
	Free     bool          `json:"free,omitempty"`    // a machine could not start beside other tests, or the node was lost: the try does not count
}

// Result is a test that has ended.
type Result struct {
	Test   Test          `json:"test"`
	Status report.Status `json:"status"`
	Tries  []Try         `json:"tries,omitempty"`
	Shard  string        `json:"shard,omitempty"`  // the partition that ran it
	Digest string        `json:"digest,omitempty"` // of the script
	Root   string        `json:"-"`                // the suite's directory that the paths of Tries are below
}

// Failures returns how many tries failed that count.
func (r *Result) Failures() int {
	n := 0
	for _, t := range r.Tries {
		if t.Status == report.Failed && !t.Free {
			n++
		}
	}
	return n
}

// Flaky reports whether the test passed after it had failed.
func (r *Result) Flaky() bool { return r.Status == report.Passed && r.Failures() > 0 }

// Last returns the last try; one without content if there was none.
func (r *Result) Last() Try {
	if len(r.Tries) == 0 {
		return Try{Status: r.Status}
	}
	return r.Tries[len(r.Tries)-1]
}

// Seconds returns how long all tries took together.
func (r *Result) Seconds() float64 {
	s := 0.0
	for _, t := range r.Tries {
		s += t.Seconds
	}
	return s
}

// Counts are the numbers of a suite's results.
type Counts struct{ Tests, Passed, Failed, Flaky, Skipped, Interrupted int }

// Count counts results. A flaky test has passed, too.
func Count(results []Result) Counts {
	c := Counts{Tests: len(results)}
	for i := range results {
		switch r := &results[i]; r.Status {
		case report.Passed:
			c.Passed++
			if r.Flaky() {
				c.Flaky++
			}
		case report.Skipped:
			c.Skipped++
		case report.Interrupted:
			c.Interrupted++
		default:
			c.Failed++
		}
	}
	return c
}

// String returns the numbers that are not 0.
func (c Counts) String() string {
	text := plural(c.Tests, "test") + ":"
	sep := " "
	add := func(n int, what string) {
		if n > 0 {
			text += fmt.Sprintf("%s%d %s", sep, n, what)
			sep = ", "
		}
	}
	if c.Passed == c.Tests && c.Flaky == 0 {
		return text + " all passed"
	}
	add(c.Passed-c.Flaky, "passed")
	add(c.Flaky, "flaky (failed, then passed)")
	add(c.Failed, "failed")
	add(c.Skipped, "skipped")
	add(c.Interrupted, "interrupted")
	return text
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// LogName is the file in the output directory of a suite that has its results.
const LogName = "suite.jsonl"

// Head is the first line of a suite's log.
type Head struct {
	Suite     string    `json:"suite"` // the name
	Began     time.Time `json:"began"`
	Partition string    `json:"partition,omitempty"` // which part of the suite: "2/4"
	All       []string  `json:"all"`                 // the identities of the tests of all parts
	Ended     bool      `json:"ended,omitempty"`     // of the last line: the run came to its end
}

// logLine is a line of a suite's log.
type logLine struct {
	Head   *Head   `json:"head,omitempty"`
	Result *Result `json:"result,omitempty"`
	Ended  bool    `json:"ended,omitempty"`
}

// log is the file of a suite's results, complete after each line.
type log struct{ f *os.File }

func createLog(path string, h Head) (*log, error) {
	f, err := wholefile.Create(filepath.Dir(path), path)
	if err != nil {
		return nil, fmt.Errorf("the log of the suite can't be made: %w", err)
	}
	l := &log{f}
	if err := l.write(logLine{Head: &h}); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

func (l *log) write(line logLine) error {
	b, err := json.Marshal(line)
	if err == nil {
		_, err = l.f.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("the log of the suite can't be written: %w", err)
	}
	return nil
}

func (l *log) close() error { return l.f.Close() }

// noLogError says that a directory is not one of a suite.
type noLogError struct{ dir string }

func (e *noLogError) Error() string {
	return fmt.Sprintf("%s is no output directory of a suite: it has no %s", e.dir, LogName)
}

// ReadLog reads the log of a suite in its output directory. Of a killed run it has what was finished.
func ReadLog(dir string) (Head, []Result, error) {
	path := filepath.Join(dir, LogName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, nil, &noLogError{dir}
	}
	if err != nil {
		return Head{}, nil, fmt.Errorf("the log of the suite can't be read: %w", err)
	}
	defer f.Close()
	var h Head
	var results []Result
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		b, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return h, results, fmt.Errorf("the log of the suite can't be read: %w", err)
		}
		var line logLine
		jerr := json.Unmarshal(b, &line)
		switch {
		case jerr != nil && err == nil || n == 1 && line.Head == nil:
			return h, nil, fmt.Errorf("%s:%d is no line of a suite's log", path, n)
		case jerr != nil: // the end, or a line that was not finished
		case line.Head != nil:
			h = *line.Head
		case line.Result != nil:
			line.Result.Root, line.Result.Shard = dir, h.Partition
			results = append(results, *line.Result)
		case line.Ended:
			h.Ended = true
		}
		if err != nil {
			return h, results, nil
		}
	}
}

// watcher follows the JSON log of a test that runs.
type watcher struct {
	path string
	off  int64
	rest []byte

	began    bool
	ended    *report.Event
	failure  *report.FailureInfo
	open     []report.Event // entries, in the order in which they began
	machines []string
	states   map[string]string
	screens  []string
}

// read takes what the log has got since the last call.
func (w *watcher) read() {
	f, err := os.Open(w.path)
	if err != nil {
		return // it is not there yet
	}
	defer f.Close()
	if _, err := f.Seek(w.off, io.SeekStart); err != nil {
		return
	}
	b, _ := io.ReadAll(f) // the rest comes with the next call
	w.off += int64(len(b))
	w.rest = append(w.rest, b...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte{'\n'})
		if !ok {
			return
		}
		w.rest = rest
		if bytes.Contains(line[:min(len(line), 200)], []byte(`"kind":"serial"`)) {
			continue // most of a log
		}
		var e report.Event
		if json.Unmarshal(line, &e) == nil {
			w.handle(e)
		}
	}
}

func (w *watcher) handle(e report.Event) {
	switch e.Kind {
	case report.RunStart:
		w.began = true
	case report.RunEnd:
		w.ended = &e
	case report.Begin:
		w.open = append(w.open, e)
	case report.Progress:
		for i := range w.open {
			if w.open[i].Entry == e.Entry {
				w.open[i].Error = e.Text // what it is doing now
			}
		}
	case report.End:
		for i := range w.open {
			if w.open[i].Entry == e.Entry {
				w.open = append(w.open[:i], w.open[i+1:]...)
				break
			}
		}
	case report.State:
		if w.states == nil {
			w.states = map[string]string{}
		}
		if _, ok := w.states[e.Machine]; !ok {
			w.machines = append(w.machines, e.Machine)
		}
		w.states[e.Machine] = e.Text
	case report.Failure:
		if w.failure == nil {
			w.failure = e.Failure
		}
	case report.Screenshot:
		if w.failure != nil && len(w.screens) < 20 {
			w.screens = append(w.screens, e.Path)
		}
	}
}

// now says what the test is doing.
func (w *watcher) now() string {
	if len(w.open) == 0 {
		if w.began {
			return ""
		}
		return "starts"
	}
	e := w.open[len(w.open)-1]
	text := e.Text
	if e.Action == report.ActionSubtest {
		text = "subtest: " + text
	}
	if e.Machine != "" {
		text = e.Machine + ": " + text
	}
	if e.Error != "" {
		text += " (" + e.Error + ")"
	}
	return report.Clean(text)
}

// Finished returns the results that an earlier run has left in its output directory, by the identity of their tests. There are
// none in a new directory.
func Finished(dir string) (map[string]Result, error) {
	_, results, err := ReadLog(dir)
	if errors.As(err, new(*noLogError)) {
		return nil, nil
	}
	out := map[string]Result{}
	for _, r := range results {
		out[r.Test.ID] = r
	}
	return out, err
}
