package suite

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"

	"github.com/gotest-driver/gotest-driver/report"
)

// sampleResults has a test of each kind.
func sampleResults(root string) []Result {
	bad := Try{Status: report.Failed, Seconds: 2, Message: "it is <wrong>\nbadly", Class: "test", Place: "b.star:7", Detail: "the \x1b[31mlog]]>\n", Dir: "b"}
	broken := Try{Status: report.Failed, Seconds: 1, Message: "qemu ended", Class: "machine", Dir: "b/try-2"}
	good := Try{Status: report.Passed, Seconds: 3, Machines: []string{"client", "server"}, Memory: 300 << 20, Dir: "d"}
	out := []Result{
		{Test: Test{ID: "a.star", Script: "a.star", Tags: []string{"quick", "net"}}, Status: report.Passed, Tries: []Try{good}},
		{Test: Test{ID: "net/deep/b.star[image=x,n=1]", Script: "s/net/deep/b.star", Matrix: map[string]string{"image": "x", "n": "1"}}, Status: report.Failed, Tries: []Try{bad, broken}},
		{Test: Test{ID: "net/c.star::login", Script: "net/c.star"}, Status: report.Passed, Tries: []Try{bad, broken, good}},
		{Test: Test{ID: "e.py", Script: "e.py", Skip: "hangs"}, Status: report.Skipped},
		{Test: Test{ID: "f.py", Script: "f.py"}, Status: report.Interrupted},
		{Test: Test{ID: "g.star", Script: "g.star"}, Status: report.Failed, Tries: []Try{broken}},
		{Test: Test{ID: "h.star", Script: "h.star"}, Status: report.Passed, Tries: []Try{{Status: report.Failed, Free: true, Class: "setup"}, good}},
	}
	for i := range out {
		out[i].Root = root
	}
	return out
}

func TestJUnit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "junit.xml")
	head := Head{Suite: "mine", Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if err := WriteJUnit(file, head, sampleResults("")); err != nil {
		t.Fatal(err)
	}
	suites, err := junit.IngestFile(file)
	if err != nil || len(suites) != 1 {
		t.Fatalf("%v, %d suites", err, len(suites))
	}
	s := suites[0]
	if s.Totals.Tests != 7 || s.Totals.Passed != 3 || s.Totals.Failed != 1 || s.Totals.Error != 2 || s.Totals.Skipped != 1 || s.Name != "mine" {
		t.Errorf("%+v", s.Totals)
	}
	for i, want := range []struct {
		name, class string
		status      junit.Status
	}{
		{"a.star", "a.star", junit.StatusPassed}, {"b.star[image=x,n=1]", "net.deep", junit.StatusFailed}, {"c.star::login", "net", junit.StatusPassed},
		{"e.py", "e.py", junit.StatusSkipped}, {"f.py", "f.py", junit.StatusError}, {"g.star", "g.star", junit.StatusError}, {"h.star", "h.star", junit.StatusPassed},
	} {
		if c := s.Tests[i]; c.Name != want.name || c.Classname != want.class || c.Status != want.status {
			t.Errorf("%s, %s, %s; want %+v", c.Name, c.Classname, c.Status, want)
		}
	}
	if e, ok := s.Tests[1].Error.(junit.Error); !ok || e.Message != "it is <wrong>" || !strings.Contains(e.Body, "badly\n  at b.star:7\n\nthe log]]>") {
		t.Errorf("%#v", s.Tests[1].Error)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<rerunError message="qemu ended" type="machine">`, `<flakyFailure message="it is &lt;wrong&gt;" type="test">`, `<flakyError message="qemu ended"`,
		`<skipped message="hangs">`, `<property name="tags" value="quick net">`, `<property name="matrix.image" value="x">`, `<property name="memory" value="314572800">`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is not in\n%s", want, b)
		}
	}
}

// TestPage: the page has a row for each test, loads nothing, its policy allows its script, and a thousand tests stay small.
func TestPage(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\n"
	root := tree(t, map[string]string{"b/log.txt": "", "b/report.html": "", "b/failure/s.png": png, "d/log.txt": "", "b/failure/no.png": "text"})
	results := sampleResults(root)
	results[1].Tries[0].Screens = []string{"b/failure/s.png", "b/failure/no.png", "b/failure/missing.png"}
	file := filepath.Join(root, "pages", "index.html")
	comparison := []Comparison{{Test: "x<y", Passed: 2, Failed: 1, Text: "they part here"}}
	if err := WritePage(file, Head{Suite: "mine"}, results, comparison); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, want := range []string{
		`<td class="flaky">flaky</td>`, `<td class="failed">failed</td>`, `<td class="skipped">skipped</td>`, "it is &lt;wrong&gt;", `<a href="./../b/report.html">report</a>`,
		`<a href="./../d/log.txt">log</a>`, "300 MB", "client, server", "quick net", "hangs", "2s + 1s", "x&lt;y: 2 passed, 1 failed", "they part here",
		base64.StdEncoding.EncodeToString([]byte(png)),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if n := strings.Count(page, "<img "); n != 1 {
		t.Errorf("%d pictures", n)
	}
	if found := regexp.MustCompile(`(?:src|href)="[^"]*"`).FindAllString(page, -1); len(found) == 0 {
		t.Error("no links")
	} else {
		for _, x := range found {
			if !strings.HasPrefix(x, `src="data:`) && !strings.HasPrefix(x, `href="./`) {
				t.Errorf("the page loads %s", x)
			}
		}
	}
	script := regexp.MustCompile(`(?s)<script>(.*)</script>`).FindStringSubmatch(page)
	sum := sha256.Sum256([]byte(script[1]))
	if !strings.Contains(page, "sha256-"+strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;")) {
		t.Error("the policy does not allow the script")
	}

	var many []Result
	for i := range 1000 {
		r := results[i%len(results)]
		r.Test.ID = fmt.Sprintf("t%d", i)
		many = append(many, r)
	}
	if err := WritePage(file, Head{Suite: "mine"}, many, nil); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(file)
	if err != nil || st.Size() > 3<<20 {
		t.Errorf("%v, %d bytes", err, st.Size())
	}
}

func TestCompare(t *testing.T) {
	line := func(kind, rest string) string {
		return `{"seq":1,"time":"2026-01-01T00:00:02Z","kind":"` + kind + `",` + rest + "}\n"
	}
	start := `{"seq":1,"time":"2026-01-01T00:00:00Z","kind":"run-start","text":"t"}` + "\n"
	begin := line("begin", `"entry":1,"machine":"m","text":"waiting for port 80"`)
	passed := start + begin + line("end", `"entry":1,"machine":"m","status":"passed"`) + line("serial", `"machine":"m","text":"[    1.5] eth0 up"`)
	failed := start + strings.ReplaceAll(begin, "80", "8123") + line("serial", `"machine":"m","text":"[    1.7] eth0 up"`) + line("serial", `"machine":"m","text":"oops"`) +
		line("end", `"entry":1,"machine":"m","status":"failed","error":"too late\nsecond"`)
	root := tree(t, map[string]string{"1/events.jsonl": passed, "2/events.jsonl": failed, "3/events.jsonl": passed})
	results := []Result{
		{Test: Test{ID: "a#1"}, Root: root, Tries: []Try{{Status: report.Passed, Dir: "1"}}},
		{Test: Test{ID: "a#2"}, Root: root, Tries: []Try{{Status: report.Failed, Dir: "2"}, {Status: report.Passed, Dir: "3"}}},
		{Test: Test{ID: "b"}, Root: root, Tries: []Try{{Status: report.Failed, Dir: "nowhere"}}},
	}
	got, err := Compare(t.Context(), results)
	if err != nil || len(got) != 1 || got[0].Test != "a" || got[0].Passed != 2 || got[0].Failed != 1 {
		t.Fatalf("%v, %+v", err, got)
	}
	want := "a#2: 1 event as in runs that passed, then\n  a#2 at 2.00 s: failed: m: waiting for port 8123: too late …\n  a#1 at 2.00 s: passed: m: waiting for port 80\n  the first line of m's console that no run which passed has: oops\n"
	if got[0].Text != want {
		t.Errorf("%q, want %q", got[0].Text, want)
	}
}
