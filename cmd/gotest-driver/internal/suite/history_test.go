package suite

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "history.jsonl")
	if h, err := ReadHistory(path); err != nil || len(h) != 0 {
		t.Fatalf("%v, %v", h, err)
	}
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	const kvm = "x86_64-kvm"
	for _, r := range []Record{
		{Test: "a", Date: day(1), Seconds: 10, Memory: 500, Status: report.Passed, Tries: 1, Machine: kvm},
		{Test: "a", Date: day(2), Seconds: 12, Memory: 700, Status: report.Passed, Tries: 2, Failures: 1, Message: "late", Machine: kvm},
		{Test: "a", Date: day(3), Seconds: 90, Status: report.Passed, Tries: 1, Machine: "other"},
		{Test: "a", Date: day(4), Seconds: 2, Memory: 900, Status: report.Failed, Tries: 2, Failures: 2, Message: "broken", Machine: kvm},
		{Test: "b", Date: day(4), Seconds: 3, Status: report.Failed, Tries: 1, Failures: 1, Machine: kvm},
		{Test: "c", Date: day(4), Status: report.Skipped, Machine: kvm},
		{Test: "d", Date: day(4), Status: report.Passed, Seconds: 4, Tries: 3, Failures: 2, Message: "m", Machine: kvm},
	} {
		if err := AddHistory(path, r); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"test": "torn`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := AddHistory(path, Record{Test: "e", Date: day(5), Seconds: 5, Status: report.Passed, Tries: 1, Machine: kvm}); err != nil {
		t.Fatal(err)
	}
	h, err := ReadHistory(path)
	if err != nil || len(h) != 8 {
		t.Fatalf("%d records, %v", len(h), err)
	}
	known := h.Of(kvm)
	if a := known["a"]; a.Duration != 12*time.Second || a.Memory != 700 || !a.Failed {
		t.Errorf("%+v", a)
	}
	if b, e := known["b"], known["e"]; b.Duration != 3*time.Second || !b.Failed || e.Failed || e.Duration != 5*time.Second {
		t.Errorf("%+v, %+v", b, e)
	}
	flaky := h.FlakyTests(time.Time{})
	if len(flaky) != 2 || flaky[0].Test != "d" || flaky[1].Test != "a" || flaky[1].Tries != 6 || flaky[1].Failures != 3 || flaky[1].Flaky != 1 || flaky[1].Message != "broken" || !flaky[1].First.Equal(day(2)) {
		t.Errorf("%+v", flaky)
	}
	if flaky := h.FlakyTests(day(5)); len(flaky) != 0 {
		t.Errorf("%+v", flaky)
	}
}

// TestHistoryOfManyRuns: runs at the same time lose no record, and old ones are dropped from a long history.
func TestHistoryOfManyRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if err := AddHistory(path, Record{Test: "a", Status: report.Passed}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if h, err := ReadHistory(path); err != nil || len(h) != 160 {
		t.Fatalf("%d records, %v", len(h), err)
	}
	for range 2 {
		if err := AddHistory(path, Record{Test: "b", Status: report.Passed, Message: strings.Repeat("x", maxHistory)}); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := ReadHistory(path); err != nil || len(h) != keptRecords+2 {
		t.Errorf("%d records, %v", len(h), err)
	}
}
