package suite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gotest-driver/gotest-driver/internal/browsertest"
	"github.com/gotest-driver/gotest-driver/report"
)

// thousand writes the page of a suite of 1,000 tests, each hundredth of which has failed with a long log.
func thousand(t testing.TB) string {
	t.Helper()
	var results []Result
	for i := range 1000 {
		r := Result{Test: Test{ID: fmt.Sprintf("tests/t%03d.star", i)}, Status: report.Passed, Tries: []Try{{Status: report.Passed, Seconds: float64(i%97) + 1, Memory: int64(i) << 20}}}
		if i%100 == 50 {
			r.Status = report.Failed
			r.Tries[0].Status, r.Tries[0].Message = report.Failed, "it is <b>wrong</b><script>window.faults.push('ran')</script>"
			r.Tries[0].Detail = strings.Repeat("a line of the log\n", 2000) + strings.Repeat("x", 1<<20)
		}
		results = append(results, r)
	}
	file := filepath.Join(t.TempDir(), "index.html")
	if err := WritePage(file, Head{Suite: "many"}, results, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

func openPage(t testing.TB, ctx context.Context, file string) {
	t.Helper()
	browsertest.Do(t, ctx, "open", chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file))
	browsertest.Until(t, ctx, `document.readyState === "complete" && !document.getElementById("search").hidden`)
}

// TestPageInBrowser: a person finds the failed tests among a thousand, and the slowest one, with the keyboard too.
func TestPageInBrowser(t *testing.T) {
	ctx := browsertest.Start(t)
	openPage(t, ctx, thousand(t))
	shown := func(want int) {
		t.Helper()
		if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll("tbody tr:not([hidden])").length`); n != want {
			t.Errorf("%d rows are shown, want %d", n, want)
		}
	}
	first := func(want string) {
		t.Helper()
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("tbody tr .id").innerText`); !strings.Contains(got, want) {
			t.Errorf("the first row is %q, want %s", got, want)
		}
	}
	shown(1000)
	browsertest.Do(t, ctx, "only failed ones", chromedp.Click(`#kinds input[value=passed]`))
	shown(10)
	browsertest.Enter(t, ctx, "search", "T350", "input")
	shown(1)
	browsertest.Do(t, ctx, "look at the log", chromedp.Click(`tr:not([hidden]) summary`))
	if got := browsertest.Ask[string](t, ctx, `document.querySelector("tr:not([hidden]) details[open]").innerText`); !strings.Contains(got, "<b>wrong</b>") || !strings.Contains(got, "a line of the log") {
		t.Errorf("the failure shows %.200q", got)
	}
	browsertest.Enter(t, ctx, "search", "", "input")
	browsertest.Do(t, ctx, "all again", chromedp.Click(`#kinds input[value=passed]`))
	shown(1000)
	browsertest.Do(t, ctx, "by memory", chromedp.Click(`th[data-by=memory] button`))
	first("t999")
	browsertest.Do(t, ctx, "by memory, with the keyboard", chromedp.KeyEvent(kb.Enter))
	first("t000")
	browsertest.Do(t, ctx, "by result", chromedp.Click(`th[data-by=kind] button`))
	first("t050")
	if got := browsertest.Ask[string](t, ctx, `[...document.querySelectorAll("th[aria-sort]")].map((h) => h.dataset.by + " " + h.ariaSort).join()`); got != "kind ascending" {
		t.Errorf("sorted by %s", got)
	}
	browsertest.Faultless(t, ctx)
}

// BenchmarkPage measures how long the browser takes to show the page of 1,000 tests.
func BenchmarkPage(b *testing.B) {
	ctx := browsertest.Start(b)
	file := thousand(b)
	for b.Loop() {
		openPage(b, ctx, file)
	}
	b.ReportMetric(browsertest.Ask[float64](b, ctx, `performance.getEntriesByType("navigation")[0].loadEventEnd`), "ms/load")
}
