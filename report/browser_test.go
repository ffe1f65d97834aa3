package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gotest-driver/gotest-driver/internal/browsertest"
)

// axeVersion is the version of axe-core (on npm) that looks for accessibility faults.
const axeVersion = "4.14.1"

// open opens a report and waits until it has been read to its end.
func open(t testing.TB, ctx context.Context, path, hash string) {
	t.Helper()
	browsertest.Do(t, ctx, "open", chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+path+hash))
	browsertest.Until(t, ctx, "document.documentElement.dataset.complete !== undefined")
}

// texts are the rows that are on the screen.
const texts = `[...document.querySelectorAll("#list .row")].map((r) => [+r.style.top.replace("px", ""), r.innerText]).sort((a, b) => a[0] - b[0]).map((r) => r[1]).join("\n")`

func search(t testing.TB, ctx context.Context, what string) {
	t.Helper()
	browsertest.Enter(t, ctx, "q", what, "input")
	browsertest.Later(t, ctx)
}

func chip(t testing.TB, ctx context.Context, box, name string) {
	t.Helper()
	if !browsertest.Ask[bool](t, ctx, fmt.Sprintf(`(() => { const b = [...document.querySelectorAll("#%s button")].find((b) => b.textContent.startsWith(%q)); b?.click(); return !!b; })()`, box, name)) {
		t.Fatalf("there is no filter %s", name)
	}
}

func TestHTMLInBrowser(t *testing.T) {
	ctx := browsertest.Start(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	h, err := NewHTML(path, HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	twoMachines(t, dir, 3000, h)
	open(t, ctx, path, "")

	t.Run("the failure stands first", func(t *testing.T) {
		text := browsertest.Ask[string](t, ctx, `document.querySelector("#failures").innerText`)
		for _, want := range []string{"a cut network heals / client notices", "web.star:11", "curl: (7) no route", "gotest-driver run web.star"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
		if d := browsertest.Ask[string](t, ctx, `document.querySelector("#detail").innerText`); !strings.Contains(d, "failed") || !strings.Contains(d, "client.succeed") {
			t.Errorf("the step that failed is not selected:\n%s", d)
		}
	})
	t.Run("search", func(t *testing.T) {
		search(t, ctx, "http://server/13")
		if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "must succeed: curl http://server/13") || strings.Contains(got, "server/12") || !strings.Contains(got, "pages are served") {
			t.Errorf("rows:\n%s", got)
		}
		if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll("#list mark").length`); n != 1 {
			t.Errorf("%d marks", n)
		}
		search(t, ctx, `/number (41|43) of/`)
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#count").textContent`); got != "0 matches, 2 more are filtered out" {
			t.Errorf("count: %s", got)
		}
		chip(t, ctx, "kinds", "serial")
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#count").textContent`); got != "2 matches" {
			t.Errorf("count: %s", got)
		}
		search(t, ctx, "/(/")
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#count").textContent`); got != "not a regular expression" {
			t.Errorf("count: %s", got)
		}
		search(t, ctx, "no route") // in a command's output
		if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "must succeed: curl http://server/") {
			t.Errorf("rows:\n%s", got)
		}
		search(t, ctx, "")
		chip(t, ctx, "kinds", "serial")
	})
	t.Run("filters", func(t *testing.T) {
		chip(t, ctx, "machines", "client")
		if got := browsertest.Ask[string](t, ctx, texts); strings.Contains(got, "curl http") || !strings.Contains(got, "cutting the cable") {
			t.Errorf("rows without client:\n%s", got)
		}
		chip(t, ctx, "machines", "client")
		chip(t, ctx, "kinds", "failed only")
		browsertest.Do(t, ctx, "scroll", chromedp.Evaluate[chromedp.Void](`document.querySelector("#list").scrollTop = 0`))
		browsertest.Later(t, ctx)
		if got := browsertest.Ask[string](t, ctx, texts); strings.Contains(got, "pages are served") || !strings.Contains(got, "client notices") {
			t.Errorf("failed rows:\n%s", got)
		}
		chip(t, ctx, "kinds", "failed only")
		browsertest.Enter(t, ctx, "to", "0.05", "change")
		if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "starting vm") || strings.Contains(got, "subtest") {
			t.Errorf("rows of the first 50 ms:\n%s", got)
		}
		browsertest.Do(t, ctx, "all of the time", chromedp.Click("#zoomout"))
	})
	t.Run("fold", func(t *testing.T) {
		browsertest.Do(t, ctx, "fold", chromedp.Click("#fold"))
		folded := browsertest.Ask[string](t, ctx, texts)
		if strings.Contains(folded, "client notices") || !strings.Contains(folded, "a cut network heals") {
			t.Errorf("folded:\n%s", folded)
		}
		browsertest.Do(t, ctx, "keys", chromedp.Evaluate[chromedp.Void](`document.querySelector("#list .row.failed").click()`), chromedp.Focus("#list"), chromedp.KeyEvent(kb.ArrowRight))
		if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "client notices") && !strings.Contains(got, "curl http://server/0") {
			t.Errorf("unfolded with the keyboard:\n%s", got)
		}
		browsertest.Do(t, ctx, "unfold", chromedp.Click("#unfold"))
	})
	t.Run("screenshot", func(t *testing.T) {
		browsertest.Do(t, ctx, "files", chromedp.Click("#tab-files"), chromedp.Click(".gallery figure:last-child button"))
		browsertest.Until(t, ctx, `document.querySelector("#shot").open && document.querySelector("#shot img").naturalWidth === 320`)
		browsertest.Do(t, ctx, "close", chromedp.KeyEvent(kb.Escape))
		browsertest.Until(t, ctx, `!document.querySelector("#shot").open`)
		browsertest.Do(t, ctx, "log", chromedp.Click("#tab-log"))
		chip(t, ctx, "kinds", "screens") // off and on again: the list shows them inline
		chip(t, ctx, "kinds", "screens")
		browsertest.Do(t, ctx, "f", chromedp.Focus("#list"), chromedp.KeyEvent("f"))
		browsertest.Until(t, ctx, `[...document.querySelectorAll("#list .row.shot img")].some((i) => i.naturalWidth === 320)`)
		browsertest.Do(t, ctx, "enlarge", chromedp.Evaluate[chromedp.Void](`document.querySelector("#list .row.shot img").click()`))
		browsertest.Until(t, ctx, `document.querySelector("#shot").open`)
		browsertest.Do(t, ctx, "close", chromedp.KeyEvent(kb.Escape))
	})
	t.Run("consoles", func(t *testing.T) {
		browsertest.Do(t, ctx, "consoles", chromedp.KeyEvent("2"))
		browsertest.Until(t, ctx, `document.querySelectorAll("#cons .crow").length > 5`)
		// Each row has lines of both machines, from the same moment.
		if got := browsertest.Ask[string](t, ctx, `(() => { const r = [...document.querySelectorAll("#cons .crow:not(.head)")].find((r) => r.children[2].innerText && r.children[3].innerText); return r ? r.children[2].innerText + "|" + r.children[3].innerText : "" })()`); !strings.Contains(got, "of client.|") || !strings.Contains(got, "of server.") {
			t.Errorf("row: %q", got)
		}
		browsertest.Do(t, ctx, "log", chromedp.KeyEvent("1"))
	})
	t.Run("link to a line", func(t *testing.T) {
		href := browsertest.Ask[string](t, ctx, `(() => { const a = [...document.querySelectorAll("#list .row")].find((r) => r.innerText.includes("client notices")).querySelector(".ln"); a.click(); return location.href; })()`)
		i := strings.Index(href, "#L")
		if i < 0 {
			t.Fatalf("address: %s", href)
		}
		open(t, ctx, path, href[i:])
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#list .row.sel").innerText`); !strings.Contains(got, "client notices") {
			t.Errorf("selected: %q", got)
		}
		// A line of a console is found although these are hidden at first.
		open(t, ctx, path, "#L40")
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#list .row.sel").innerText`); !strings.Contains(got, "Started unit number") {
			t.Errorf("selected: %q", got)
		}
	})
	t.Run("pictures and accessibility", func(t *testing.T) {
		axe := axeSource(t)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1400, 390} {
				browsertest.Do(t, ctx, theme, chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
					_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
					return err
				}))
				open(t, ctx, path, "")
				if got := browsertest.Ask[string](t, ctx, "document.documentElement.dataset.theme"); got != theme {
					t.Errorf("theme %s, want %s", got, theme)
				}
				if w := browsertest.Ask[int64](t, ctx, "document.documentElement.scrollWidth"); w > width {
					t.Errorf("the page is %d wide on a screen of %d", w, width)
				}
				for _, view := range []string{"log", "consoles", "files"} {
					browsertest.Do(t, ctx, view, chromedp.Click("#tab-"+view))
					browsertest.Later(t, ctx)
					png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					keepPicture(t, fmt.Sprintf("%s-%d-%s.png", theme, width, view), png)
					if axe == "" {
						continue
					}
					for _, v := range runAxe(t, ctx, axe) {
						if v.Impact == "serious" || v.Impact == "critical" {
							t.Errorf("%s, %d, %s: %s: %s: %v", theme, width, view, v.ID, v.Help, v.Nodes)
						}
					}
				}
			}
		}
		if axe == "" {
			t.Skip("needs npm to fetch axe-core")
		}
	})
	browsertest.Faultless(t, ctx)
}

// keepPicture writes a picture to $REPORT_PICTURES, for people to look at.
func keepPicture(t testing.TB, name string, png []byte) {
	dir := os.Getenv("REPORT_PICTURES")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

type axeViolation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML string `json:"html"`
	} `json:"nodes"`
}

func runAxe(t testing.TB, ctx context.Context, source string) []axeViolation {
	t.Helper()
	browsertest.Do(t, ctx, "axe", chromedp.Evaluate[chromedp.Void](source+";0"))
	out := browsertest.Ask[string](t, ctx, `axe.run().then((r) => JSON.stringify(r.violations))`)
	var v []axeViolation
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// axeSource is axe-core's program, fetched with npm once and kept in the user's cache; empty without npm.
func axeSource(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "gotest-driver", "axe-core-"+axeVersion)
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			return ""
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@"+axeVersion).CombinedOutput(); err != nil {
			t.Fatalf("npm install axe-core: %v\n%s", err, out)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Nothing that a guest prints runs or leaves its place in the page.
func TestHTMLHostileInBrowser(t *testing.T) {
	ctx := browsertest.Start(t)
	path := filepath.Join(t.TempDir(), "report.html")
	h, err := NewHTML(path, HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hostileRun(t, h)
	open(t, ctx, path, "")
	chip(t, ctx, "kinds", "serial")
	browsertest.Do(t, ctx, "unfold", chromedp.Click("#unfold"))
	for _, view := range []string{"consoles", "files", "log"} {
		browsertest.Do(t, ctx, view, chromedp.Click("#tab-"+view))
		browsertest.Later(t, ctx)
	}
	if !browsertest.Ask[bool](t, ctx, `document.body.innerText.includes("<script>window.owned=1</script>")`) {
		t.Error("the guest's text is not shown as text")
	}
	if browsertest.Ask[bool](t, ctx, `window.owned === 1 || document.querySelectorAll("img[src=x], evil").length > 0`) {
		t.Error("the guest's text became part of the page")
	}
	browsertest.Faultless(t, ctx)
	// And if it had, the page's policy would not let it run.
	browsertest.Do(t, ctx, "inject", chromedp.Evaluate[chromedp.Void](`(() => { const s = document.createElement("script"); s.textContent = "window.owned=1"; document.body.append(s); })()`))
	if browsertest.Ask[bool](t, ctx, `window.owned === 1`) {
		t.Error("a foreign script ran")
	}
}

// TestHTMLLongLinesInBrowser: a guest that puts 1 MB of markup, scripts and bidi into one line of each field that it controls
// has nothing run, and leaves a page that can be used: it opens, searches, folds and changes views.
func TestHTMLLongLinesInBrowser(t *testing.T) {
	ctx := browsertest.Start(t)
	path := filepath.Join(t.TempDir(), "report.html")
	h, err := NewHTML(path, HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	longRun(t, h)
	open(t, ctx, path, "")
	if n := browsertest.Ask[int](t, ctx, `document.getElementById("failures").textContent.length`); n > 1<<18 {
		t.Errorf("the failure is shown in %d characters", n)
	}
	chip(t, ctx, "kinds", "serial")
	browsertest.Do(t, ctx, "unfold", chromedp.Click("#unfold"))
	search(t, ctx, "needle-in-the-hay")
	browsertest.Until(t, ctx, `document.querySelector("#list .row") !== null`)
	search(t, ctx, "")
	for _, view := range []string{"consoles", "files", "log"} {
		browsertest.Do(t, ctx, view, chromedp.Click("#tab-"+view))
		browsertest.Later(t, ctx)
	}
	for range 20 {
		browsertest.Do(t, ctx, "scroll", chromedp.KeyEvent(kb.PageDown))
	}
	browsertest.Later(t, ctx)
	if browsertest.Ask[bool](t, ctx, `window.owned === 1 || document.querySelectorAll("img[src=x], evil").length > 0`) {
		t.Error("the guest's text became part of the page")
	}
	browsertest.Faultless(t, ctx)
}

// longRun is a run in which each field that a guest controls has one line of 1 MB.
func longRun(t testing.TB, sinks ...Sink) {
	t.Helper()
	unit := strings.Join([]string{"<script>window.owned=1</script><img src=x onerror=window.owned=1>", "\u202e\u2066rtl", "<evil/>&amp;", "\x1b[31m", strings.Repeat("x", 200)}, " ")
	line := func(field string) string {
		return field + " needle-in-the-hay " + strings.Repeat(unit, 1<<20/len(unit)+1)
	}
	l := NewLog(newClock().now, sinks...)
	ctx := t.Context()
	l.Emit(ctx, Event{Kind: RunStart, Text: "long lines"})
	sctx, subtest := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "long lines"})
	for range 3 {
		l.Emit(sctx, Event{Kind: Serial, Machine: "m", Text: line("console")})
	}
	cctx, command := l.Begin(sctx, Entry{Action: ActionCommand, Machine: "m", Text: "must succeed: true"})
	cmd := &Command{Line: "true", Status: 1, Output: line("output"), Stderr: line("stderr")}
	command.Progress("%s", line("progress"))
	command.SetCommand(cmd)
	l.Logf(cctx, Warning, "%s", line("window title"))
	l.Logf(cctx, Info, "%s", line("OCR"))
	failure := errors.New(line("error"))
	command.End(failure)
	l.Emit(sctx, Event{Kind: Artifact, Machine: "m", Path: line("file"), Text: line("path in the guest")})
	l.Emit(sctx, Event{Kind: Screenshot, Machine: "m", Path: line("screenshot"), Text: line("screenshot's name")})
	l.Emit(sctx, Event{Kind: Fault, Machine: line("machine"), Text: line("fault")})
	subtest.End(failure)
	l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{
		Class: "test", Message: line("message"), Subtest: "long lines", Machine: "m", Command: cmd, Traceback: line("traceback"), Paths: []string{line("path")},
		Console: map[string][]string{"m": {line("last console line")}},
	}})
	l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: line("end")})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// A log of 200,000 lines opens, scrolls and is searched; the benchmark measures how fast.
func TestHTMLLargeInBrowser(t *testing.T) {
	ctx := browsertest.Start(t)
	path := large(t)
	open(t, ctx, path, "")
	chip(t, ctx, "kinds", "serial")
	browsertest.Do(t, ctx, "unfold", chromedp.Click("#unfold"))
	browsertest.Do(t, ctx, "scroll to the end", chromedp.Evaluate[chromedp.Void](`document.querySelector("#list").scrollTop = 1e9`))
	browsertest.Until(t, ctx, `[...document.querySelectorAll("#list .row")].some((r) => r.innerText.includes("server is dead") || r.innerText.includes("is dead"))`)
	if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll("#list .row").length`); n > 200 {
		t.Errorf("%d rows are in the page at once", n)
	}
	search(t, ctx, "number 123456 of")
	if got := browsertest.Ask[string](t, ctx, `document.querySelector("#count").textContent`); got != "1 match" {
		t.Errorf("count: %s", got)
	}
	browsertest.Faultless(t, ctx)
}

func large(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	h, err := NewHTML(path, HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	twoMachines(t, dir, 200_000, h)
	return path
}

// BenchmarkHTMLOpen measures how long a log of 200,000 lines takes in Chromium until it can be read and used, until
// the lines of the consoles are in it too, and how long a search takes.
func BenchmarkHTMLOpen(b *testing.B) {
	ctx := browsertest.Start(b)
	path := large(b)
	var ready, complete, find float64
	for b.Loop() {
		open(b, ctx, path, "")
		ready += browsertest.Ask[float64](b, ctx, "+document.documentElement.dataset.ready")
		complete += browsertest.Ask[float64](b, ctx, "+document.documentElement.dataset.complete")
		chip(b, ctx, "kinds", "serial")
		browsertest.Do(b, ctx, "unfold", chromedp.Click("#unfold"))
		browsertest.Enter(b, ctx, "q", "number 123456 of", "none")
		find += browsertest.Ask[float64](b, ctx, `(() => { const t = performance.now(); const q = document.querySelector("#q"); q.dispatchEvent(new Event("input")); return new Promise((ok) => { const f = () => document.querySelector("#count").textContent === "1 match" ? ok(performance.now() - t) : setTimeout(f, 1); f(); }); })()`)
	}
	b.ReportMetric(ready/float64(b.N), "open-ms")
	b.ReportMetric(complete/float64(b.N), "complete-ms")
	b.ReportMetric(find/float64(b.N), "search-ms")
}
