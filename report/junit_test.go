package report

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
)

func ingest(t *testing.T, run func(*testing.T, Sink)) []junit.Suite {
	t.Helper()
	path := filepath.Join(t.TempDir(), "junit.xml")
	j, err := NewJUnit(path)
	if err != nil {
		t.Fatal(err)
	}
	run(t, j)
	suites, err := junit.IngestFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return suites
}

func TestJUnitReadByConsumer(t *testing.T) {
	s := ingest(t, func(t *testing.T, s Sink) { failingRun(t, s) })
	if len(s) != 1 || s[0].Name != "NixOS integration test" || s[0].Totals.Tests != 2 || s[0].Totals.Failed != 2 {
		t.Fatalf("suites: %+v", s)
	}
	inner, outer := s[0].Tests[0], s[0].Tests[1]
	if inner.Name != "serves pages / over TLS" || outer.Name != "serves pages" || inner.Classname != "web" || inner.Duration != 120*time.Millisecond {
		t.Errorf("cases: %+v, %+v", inner, outer)
	}
	if inner.Message != "command `curl -f https://localhost` failed (exit status 7)" {
		t.Errorf("message: %q", inner.Message)
	}
	for _, want := range []string{"web.star:6:23", `server.succeed("curl -f https://localhost")`, "curl: (7) refused", "<html>]]>&amp;"} {
		if !strings.Contains(inner.Error.Error(), want) {
			t.Errorf("%q is missing in the failure:\n%s", want, inner.Error)
		}
	}
	if !strings.Contains(outer.Error.Error(), "web.star:6") || strings.Contains(outer.Error.Error(), "<html>") {
		t.Errorf("the outer failure should point at the inner one:\n%s", outer.Error)
	}
	if !strings.Contains(inner.SystemOut, "server: must succeed: curl") {
		t.Errorf("log of the case: %q", inner.SystemOut)
	}
}

func TestJUnitOutcomes(t *testing.T) {
	s := ingest(t, func(t *testing.T, s Sink) { outcomesRun(t, Event{Status: Passed}, s) })
	got := map[string]string{}
	for _, c := range s[0].Tests {
		got[c.Name] = string(c.Status) + ": " + c.Message
	}
	want := map[string]string{"fine": "passed: ", "absent": "skipped: no disk", "broken": "skipped: expected to fail (bug 7): status 1"}
	if !maps.Equal(got, want) || s[0].Totals.Skipped != 2 || s[0].Totals.Tests != 3 {
		t.Errorf("cases %q (%+v), want %q", got, s[0].Totals, want)
	}
	s = ingest(t, func(t *testing.T, s Sink) { outcomesRun(t, Event{Status: Skipped, Error: "no KVM"}, s) })
	if c := s[0].Tests[len(s[0].Tests)-1]; c.Name != "main" || c.Status != junit.StatusSkipped || c.Message != "no KVM" {
		t.Errorf("the run as a whole: %+v", c)
	}
}

// TestJUnitNames: cases have names of their own and the place of their subtest, as CI systems want.
func TestJUnitNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	j, err := NewJUnit(path)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(newClock().now, j)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
	for i, name := range []string{"try", "try (2)", "try", "try", "other"} {
		ctx := WithSource(t.Context(), func() *Source { return &Source{File: "x.star", Line: i + 1} })
		_, s := l.Begin(ctx, Entry{Action: ActionSubtest, Text: name})
		s.End(map[bool]error{true: errors.New("on purpose")}[i == 3])
	}
	l.Emit(t.Context(), Event{Kind: RunEnd, Status: Failed})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	suites, err := junit.IngestFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range suites[0].Tests {
		got = append(got, c.Name+" at "+c.Properties["file"]+":"+c.Properties["line"])
	}
	slices.Sort(got)
	want := []string{"other at x.star:5", "try (2) at x.star:2", "try (3) at x.star:3", "try (4) at x.star:4", "try at x.star:1"}
	if !slices.Equal(got, want) {
		t.Errorf("cases %q, want %q", got, want)
	}
}

// TestJUnitSuiteLog: what is logged outside of all subtests is in the log of the suite.
func TestJUnitSuiteLog(t *testing.T) {
	suites := ingest(t, func(t *testing.T, s Sink) {
		l := NewLog(newClock().now, s)
		l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
		l.Logf(t.Context(), Info, "before <all>")
		ctx, sub := l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: "a"})
		l.Logf(ctx, Info, "within")
		sub.End(nil)
		l.Logf(t.Context(), Info, "after all")
		l.Emit(t.Context(), Event{Kind: RunEnd, Status: Passed})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if s := suites[0]; s.SystemOut != "before <all>\nafter all\n" || len(s.Tests) != 1 || !strings.Contains(s.Tests[0].SystemOut, "within") {
		t.Errorf("the suite's log is %q, the cases are %+v", s.SystemOut, s.Tests)
	}
}

func TestJUnitMain(t *testing.T) {
	simple := func(f func(*Log)) func(*testing.T, Sink) {
		return func(t *testing.T, s Sink) {
			l := NewLog(newClock().now, s)
			l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
			f(l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sub := func(l *Log, name string, err error) {
		_, s := l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: name})
		s.End(err)
	}
	end := func(l *Log, s Status) { l.Emit(t.Context(), Event{Kind: RunEnd, Status: s, Error: "why"}) }
	for _, c := range []struct {
		name string
		run  func(*Log)
		want string
	}{
		{"no subtests", func(l *Log) { end(l, Passed) }, "main passed"},
		{"no subtests, failed", func(l *Log) { end(l, Failed) }, "main failed"},
		{"subtests", func(l *Log) { sub(l, "a", nil); end(l, Passed) }, "a passed"},
		{"failure after subtests", func(l *Log) {
			sub(l, "a", nil)
			l.Emit(t.Context(), Event{Kind: Failure, Failure: &FailureInfo{Class: "test", Message: "m"}})
			end(l, Failed)
		}, "a passed, main failed"},
		{"machine error", func(l *Log) {
			sub(l, "a", errors.New("e"))
			l.Emit(t.Context(), Event{Kind: Failure, Failure: &FailureInfo{Class: "machine", Message: "m", Subtest: "a"}})
			end(l, Failed)
		}, "a error"},
		{"killed", func(l *Log) {
			sub(l, "a", nil)
			l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: "b"})
		}, "a passed, b error"},
		{"two runs", func(l *Log) {
			end(l, Passed)
			l.Emit(t.Context(), Event{Kind: RunStart, Text: "y"})
			sub(l, "a", nil)
			end(l, Passed)
		}, "main passed, a passed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range ingest(t, simple(c.run)) {
				for _, k := range s.Tests {
					got = append(got, k.Name+" "+string(k.Status))
				}
			}
			if g := strings.Join(got, ", "); g != c.want {
				t.Errorf("got %s, want %s", g, c.want)
			}
		})
	}
}

// A guest that prints for ever grows neither the report nor the driver.
func TestJUnitBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	j, err := NewJUnit(path)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(newClock().now, j)
	ctx, s := l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: "loud"})
	line := strings.Repeat("x", 1000)
	for range 10000 {
		l.Logf(ctx, Info, "%s", line)
	}
	l.Logf(ctx, Info, "the end")
	s.End(nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() > 3*junitLog {
		t.Errorf("%d bytes", st.Size())
	}
	if text := wellFormed(t, path); !strings.Contains(text, "left out") || !strings.Contains(text, "the end") {
		t.Error("the end of the log, or the size of the part that was left out, is missing")
	}
}

// A case's log is bounded also when it is a single message.
func TestJUnitBoundsOneMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	j, err := NewJUnit(path)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(newClock().now, j)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
	l.Emit(t.Context(), Event{Kind: Message, Text: strings.Repeat("x", 10<<20)})
	l.Emit(t.Context(), Event{Kind: RunEnd, Status: Passed})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Size() > 2*junitLog {
		t.Errorf("%d bytes, %v", st.Size(), err)
	}
}
