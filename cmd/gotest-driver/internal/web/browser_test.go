package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gotest-driver/gotest-driver/internal/browsertest"
	"github.com/gotest-driver/gotest-driver/report"
)

// visit opens the page.
func (o *opened) visit(t *testing.T, ctx context.Context) {
	t.Helper()
	browsertest.Do(t, ctx, "open", chromedp.Navigate("about:blank"), chromedp.Navigate(o.base+"/#"+o.token))
	browsertest.Until(t, ctx, `document.getElementById("link")?.textContent.match(/connected|watching/) !== null`)
}

// TestLog: the page's log is the report's, and grows.
func TestLog(t *testing.T) {
	o := open(t, "view")
	bg := t.Context()
	start := report.Event{Kind: report.RunStart, Text: "a test", Attrs: map[string]string{"seed": "7"}}
	o.log.Emit(bg, start)
	ctx := browsertest.Start(t)
	o.visit(t, ctx)
	if s := browsertest.Ask[string](t, ctx, "location.href"); s != o.base+"/" {
		t.Errorf("the address is %s", s)
	}
	inTest, test := o.log.Begin(bg, report.Entry{Action: report.ActionSubtest, Text: "a subtest"})
	_, entry := o.log.Begin(inTest, report.Entry{Action: report.ActionCommand, Machine: "server", Text: "must succeed: true"})
	browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes("must succeed: true")`)
	if s := browsertest.Ask[string](t, ctx, `document.querySelector("#list").innerText`); !strings.Contains(s, "not finished") {
		t.Errorf("the open entry is shown as\n%s", s)
	}
	shot := filepath.Join(t.TempDir(), "shot.png")
	if err := os.WriteFile(shot, picture1, 0o600); err != nil {
		t.Fatal(err)
	}
	o.log.Emit(inTest, report.Event{Kind: report.Screenshot, Machine: "server", Path: shot})
	entry.End(nil)
	test.End(nil)
	browsertest.Until(t, ctx, `document.querySelector("#list .row.shot img")?.naturalWidth === 1`)
	browsertest.Until(t, ctx, `!document.querySelector("#list").innerText.includes("not finished")`)

	t.Run("text of guests does nothing", func(t *testing.T) {
		for _, text := range []string{
			`<img src=x onerror="window.faults.push('ran')"><script>window.faults.push('ran')</script>`,
			"\x1b[31mred\x1b[0m \x1b]0;title\x07", "\u202egnp.exe", strings.Repeat("long ", 200_000),
		} {
			o.log.Emit(bg, report.Event{Kind: report.Serial, Machine: "<b>server</b>", Text: text})
			o.log.Logf(bg, report.Info, "%s", text)
		}
		o.log.Logf(bg, report.Info, "after the bad texts")
		browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes("after the bad texts")`)
		if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll("#list script, #list b, #list img:not([alt])").length`); n != 0 {
			t.Errorf("%d elements are a guest's", n)
		}
		if s := browsertest.Ask[string](t, ctx, `document.body.innerText`); strings.ContainsAny(s, "\x1b\u202e\a") {
			t.Error("control characters are in the page")
		}
	})
	t.Run("many lines", func(t *testing.T) {
		browsertest.Ask[bool](t, ctx, `(() => { window.long = []; new PerformanceObserver((l) => l.getEntries().forEach((e) => window.long.push(Math.round(e.duration)))).observe({ entryTypes: ["longtask"] }); return true; })()`)
		for n := range 25_000 {
			o.log.Logf(bg, report.Info, "line number %d", n)
		}
		browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes("line number 24999")`)
		if n := browsertest.Ask[int](t, ctx, `parseInt(document.querySelector("#count").textContent.replaceAll(",", ""))`); n < 15_000 || n > 23_000 {
			t.Errorf("%d rows are shown", n)
		}
		browsertest.Ask[bool](t, ctx, "(() => { window.long = []; return true; })()")
		for n := range 20 {
			o.log.Logf(bg, report.Info, "line afterwards %d", n)
			browsertest.Until(t, ctx, fmt.Sprintf(`document.querySelector("#list").innerText.includes("line afterwards %d")`, n))
		}
		t.Logf("tasks of more than 50 ms, in ms: %v", browsertest.Ask[[]int](t, ctx, "window.long"))
	})
	t.Run("the run ends", func(t *testing.T) {
		o.log.Emit(bg, report.Event{Kind: report.RunEnd, Status: report.Passed, Duration: 1e9})
		if err := o.log.Close(); err != nil {
			t.Error(err)
		}
		browsertest.Until(t, ctx, `document.getElementById("link").textContent === "the run is over" && document.getElementById("badge").textContent === "passed"`)
	})
	browsertest.Faultless(t, ctx)
}

// picture1 is a PNG of one pixel.
var picture1 = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82")

// TestWrongToken: the page says that it is refused.
func TestWrongToken(t *testing.T) {
	o := open(t, "view")
	ctx := browsertest.Start(t)
	browsertest.Do(t, ctx, "open", chromedp.Navigate(fmt.Sprintf("%s/#%s", o.base, strings.Repeat("A", 26))))
	browsertest.Until(t, ctx, `document.getElementById("link").textContent.startsWith("refused")`)
}
