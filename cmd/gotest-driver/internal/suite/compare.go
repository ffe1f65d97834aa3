package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/report"
)

// Comparison says where the runs of a test that failed part from those that passed.
type Comparison struct {
	Test           string
	Passed, Failed int
	Text           string
}

// Limits of a comparison.
const (
	comparedFailures = 5
	comparedPasses   = 20
	comparedEvents   = 200_000 // of a run
)

// Compare compares the runs of each test that has both failed and passed.
func Compare(ctx context.Context, results []Result) ([]Comparison, error) {
	type runs struct{ passed, failed []named }
	all := map[string]*runs{}
	var order []string
	for i := range results {
		r := &results[i]
		id := Base(r.Test.ID)
		if all[id] == nil {
			all[id] = &runs{}
			order = append(order, id)
		}
		for n, t := range r.Tries {
			x := named{r.Test.ID, filepath.Join(r.Root, filepath.FromSlash(t.Dir), EventsName)}
			if n > 0 {
				x.name += fmt.Sprintf(" (try %d)", n+1)
			}
			switch _, err := os.Stat(x.path); {
			case t.Free || errors.Is(err, os.ErrNotExist): // what is at fault is not the test, or it did not begin
			case t.Status == report.Passed:
				all[id].passed = append(all[id].passed, x)
			case t.Status == report.Failed:
				all[id].failed = append(all[id].failed, x)
			}
		}
	}
	var out []Comparison
	var errs error
	for _, id := range order {
		x := all[id]
		if len(x.passed) == 0 || len(x.failed) == 0 {
			continue
		}
		text, err := compare(ctx, x.passed, x.failed)
		if errs = errors.Join(errs, err); err == nil {
			out = append(out, Comparison{Test: id, Passed: len(x.passed), Failed: len(x.failed), Text: text})
		}
	}
	return out, errs
}

// named is the log of a run.
type named struct{ name, path string }

// trace is what a run did, without what differs from run to run.
type trace struct {
	name    string
	start   time.Time
	steps   []step
	console map[string][]string // of each machine
	open    map[uint64]string   // entries
}

type step struct {
	key  string // equal for equal steps
	text string
	at   time.Duration
}

// Handle takes an event.
func (t *trace) Handle(e report.Event) {
	if t.start.IsZero() {
		t.start = e.Time
	}
	if len(t.steps) >= comparedEvents {
		return
	}
	at := e.Time.Sub(t.start)
	who := ""
	if e.Machine != "" {
		who = e.Machine + ": "
	}
	switch e.Kind {
	case report.Begin:
		t.open[e.Entry] = who + e.Text
		t.add(at, "begins: "+t.open[e.Entry])
	case report.End:
		text := string(e.Status) + ": " + t.open[e.Entry]
		delete(t.open, e.Entry)
		if e.Command != nil {
			text += fmt.Sprintf(" (status %d)", e.Command.Status)
		}
		if e.Error != "" {
			text += ": " + e.Error
		}
		t.add(at, text)
	case report.Message:
		if e.Printed || e.Level == report.Warning || e.Level == report.Error {
			t.add(at, "says: "+who+e.Text)
		}
	case report.Serial:
		if len(t.console[e.Machine]) < comparedEvents {
			t.console[e.Machine] = append(t.console[e.Machine], e.Text)
		}
	}
}

// Close does nothing.
func (t *trace) Close() error { return nil }

func (t *trace) add(at time.Duration, text string) {
	t.steps = append(t.steps, step{same(text), text, at})
}

var numbers = lazyre.Compile(`0x[0-9a-fA-F]+|\d+(\.\d+)*`)

// same returns a text without its numbers: times, ports and processes differ in each run.
func same(text string) string { return numbers().ReplaceAllString(text, "N") }

func readTrace(ctx context.Context, n named) (*trace, error) {
	f, err := os.Open(n.path)
	if err != nil {
		return nil, fmt.Errorf("comparing runs: %w", err)
	}
	defer f.Close()
	t := &trace{name: n.name, console: map[string][]string{}, open: map[uint64]string{}}
	err = report.FromJSONL(ctx, f, t)
	if err != nil && !errors.As(err, new(*report.TornError)) {
		return nil, fmt.Errorf("comparing runs: %s: %w", n.path, err)
	}
	return t, nil
}

// compare explains where each failed run parts from all that passed.
func compare(ctx context.Context, passed, failed []named) (string, error) {
	var good []*trace
	for _, n := range passed[:min(len(passed), comparedPasses)] {
		t, err := readTrace(ctx, n)
		if err != nil {
			return "", err
		}
		good = append(good, t)
	}
	var b strings.Builder
	for _, n := range failed[:min(len(failed), comparedFailures)] {
		bad, err := readTrace(ctx, n)
		if err != nil {
			return "", err
		}
		part(&b, bad, good)
	}
	if n := len(failed) - comparedFailures; n > 0 {
		fmt.Fprintf(&b, "… and %d more failed runs\n", n)
	}
	return b.String(), nil
}

// part writes the first event of a failed run that no passed run has at this place, and what those have there.
func part(b *strings.Builder, bad *trace, good []*trace) {
	alike := good
	n := 0
	for ; n < len(bad.steps); n++ {
		var left []*trace
		for _, g := range alike {
			if n < len(g.steps) && g.steps[n].key == bad.steps[n].key {
				left = append(left, g)
			}
		}
		if len(left) == 0 {
			break
		}
		alike = left
	}
	fmt.Fprintf(b, "%s: %s as in runs that passed, then\n", bad.name, plural(n, "event"))
	describe := func(t *trace) {
		if n < len(t.steps) {
			fmt.Fprintf(b, "  %s at %.2f s: %s\n", t.name, t.steps[n].at.Seconds(), oneLine(t.steps[n].text))
		} else {
			fmt.Fprintf(b, "  %s: nothing more\n", t.name)
		}
	}
	describe(bad)
	describe(alike[0])
	for _, machine := range slices.Sorted(maps.Keys(bad.console)) {
		known := map[string]bool{}
		for _, g := range good {
			for _, line := range g.console[machine] {
				known[same(line)] = true
			}
		}
		for _, line := range bad.console[machine] {
			if !known[same(line)] {
				fmt.Fprintf(b, "  the first line of %s's console that no run which passed has: %s\n", machine, oneLine(line))
				break
			}
		}
	}
}

func oneLine(text string) string {
	text, more, cut := strings.Cut(text, "\n")
	if cut && more != "" {
		text += " …"
	}
	return report.Clean(text)
}
