package suite

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/report"
)

// Record is what a history keeps of a test that has ended.
type Record struct {
	Test     string        `json:"test"`
	Date     time.Time     `json:"date"`
	Seconds  float64       `json:"seconds"`          // of its last try
	Memory   int64         `json:"memory,omitempty"` // the most that its processes used, in bytes; 0: not known
	Status   report.Status `json:"status"`
	Tries    int           `json:"tries"`
	Failures int           `json:"failures,omitempty"` // how many of the tries failed
	Message  string        `json:"message,omitempty"`  // of the last failure
	Machine  string        `json:"machine,omitempty"`  // the kind of machine: records of another kind say nothing about durations
}

// Class returns the kind of machine that this one is, for histories.
func (h Host) Class() string {
	if len(h.Names) == 0 {
		return ""
	}
	if h.KVM {
		return h.Names[0] + "-kvm"
	}
	return h.Names[0] + "-emulated"
}

// History is what is known of earlier runs, the newest records last.
type History []Record

// HistoryVariable names the history in the environment.
const HistoryVariable = "GOTEST_TEST_HISTORY"

// DefaultHistory returns the path of the user's history; empty: there is none.
func DefaultHistory() string {
	if path, ok := os.LookupEnv(HistoryVariable); ok {
		return path
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "gotest-driver", "history.jsonl")
}

// How much a history keeps.
const (
	maxHistory  = 4 << 20 // bytes of the file, after which old records are dropped
	keptRecords = 50      // of each test, then
)

// ReadHistory reads a history. A missing file is an empty one; a line that is no record, such as one that a killed run has
// not finished, is passed over.
func ReadHistory(path string) (History, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the history of tests can't be read: %w", err)
	}
	defer f.Close()
	var h History
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadBytes('\n')
		var x Record
		if json.Unmarshal(line, &x) == nil && x.Test != "" {
			h = append(h, x)
		}
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			return h, fmt.Errorf("the history of tests can't be read: %w", err)
		}
	}
}

// AddHistory adds records to a history, whatever other runs do meanwhile.
func AddHistory(path string, records ...Record) error {
	if path == "" || len(records) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, x := range records {
		line, err := json.Marshal(x)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	if err := appendHistory(path, b.Bytes()); err != nil {
		return fmt.Errorf("the history of tests can't be written: %w", err)
	}
	return nil
}

func appendHistory(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644) // the file itself is replaced
	if err != nil {
		return err
	}
	defer lock.Close()
	_ = unix.Flock(int(lock.Fd()), unix.LOCK_EX) // a file system without locks has none
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	last := []byte{'\n'}
	if err == nil && st.Size() > 0 {
		_, err = f.ReadAt(last, st.Size()-1)
	}
	if last[0] != '\n' { // a full disk has cut the last record
		b = append([]byte{'\n'}, b...)
	}
	if err == nil {
		_, err = f.Write(b)
	}
	if err = errors.Join(err, f.Close()); err != nil || st.Size() < maxHistory {
		return err
	}
	return shorten(path)
}

// shorten drops the oldest records of each test.
func shorten(path string) error {
	h, err := ReadHistory(path)
	if err != nil {
		return err
	}
	left := map[string]int{}
	var kept History
	for _, x := range slices.Backward(h) {
		if left[x.Test]++; left[x.Test] <= keptRecords {
			kept = append(kept, x)
		}
	}
	slices.Reverse(kept)
	return wholefile.Write(path, 0o644, func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, x := range kept {
			if err := e.Encode(x); err != nil {
				return err
			}
		}
		return nil
	})
}

// Known is what a history says of a test.
type Known struct {
	Duration time.Duration // of the last run that passed on this kind of machine, else the last one; 0: not known
	Memory   int64         // the most of its last runs that passed, in bytes; 0: not known
	Failed   bool          // its last run did not pass
}

// recent is how many of a test's last runs say what it needs.
const recent = 10

// Of returns what the history says of each test for a kind of machine.
func (h History) Of(class string) map[string]Known {
	out, seen := map[string]Known{}, map[string]int{}
	passed := map[string]bool{}
	for _, x := range slices.Backward(h) {
		if x.Status != report.Passed && x.Status != report.Failed {
			continue
		}
		k := out[x.Test]
		if seen[x.Test]++; seen[x.Test] == 1 {
			k.Failed = x.Status == report.Failed
		}
		if x.Machine == class && seen[x.Test] <= recent {
			if ok := x.Status == report.Passed; ok && !passed[x.Test] || k.Duration == 0 {
				k.Duration, passed[x.Test] = time.Duration(x.Seconds*float64(time.Second)), ok
			}
			if x.Status == report.Passed { // one that failed may not have come to what takes memory
				k.Memory = max(k.Memory, x.Memory)
			}
		}
		out[x.Test] = k
	}
	return out
}

// Flaky is a test with tries that failed.
type Flaky struct {
	Test     string    `json:"test"`
	Runs     int       `json:"runs"`
	Tries    int       `json:"tries"`
	Failures int       `json:"failures"`
	Flaky    int       `json:"flaky"` // runs that passed after a failed try
	First    time.Time `json:"first"` // the first run with a failed try
	Last     time.Time `json:"last"`
	Message  string    `json:"message,omitempty"` // of the last failure
}

// FlakyTests returns the tests that have failed and passed since a time, those with the highest rate of failures first.
func (h History) FlakyTests(since time.Time) []Flaky {
	all := map[string]*Flaky{}
	passes := map[string]bool{}
	for _, x := range h {
		if x.Date.Before(since) || x.Status != report.Passed && x.Status != report.Failed {
			continue
		}
		f := all[x.Test]
		if f == nil {
			f = &Flaky{Test: x.Test}
			all[x.Test] = f
		}
		f.Runs++
		f.Tries += max(x.Tries, 1)
		f.Failures += x.Failures
		if x.Status == report.Passed {
			passes[x.Test] = true
			if x.Failures > 0 {
				f.Flaky++
			}
		}
		if x.Failures > 0 {
			if f.First.IsZero() {
				f.First = x.Date
			}
			f.Last, f.Message = x.Date, x.Message
		}
	}
	out := []Flaky{}
	for _, f := range all {
		if f.Failures > 0 && passes[f.Test] {
			out = append(out, *f)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return cmp.Or(cmp.Compare(b.Failures*a.Tries, a.Failures*b.Tries), cmp.Compare(a.Test, b.Test)) < 0
	})
	return out
}
