package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkKeystroke measures the time from a keystroke in a file of 1,000 lines until the built program has answered
// the editor's completion request, and until it has published the diagnostics: an editor sends the change
// and the request at the same time.
func BenchmarkKeystroke(b *testing.B) {
	var s strings.Builder
	s.WriteString("server: Machine\n\n")
	for i := range 125 {
		fmt.Fprintf(&s, "def test_%d():\n    \"\"\"part %d\"\"\"\n    server.wait_for_unit(\"unit%d.service\")\n    status, out = server.execute(\"echo %d\")\n"+
			"    t.assertEqual(status, 0)\n    for line in out.splitlines():\n        log.info(\"%%s: %%d\" %% (line, %d))\n\n", i, i, i, i, i)
	}
	s.WriteString("server.\n")
	lines := strings.Count(s.String(), "\n") - 1
	_, uri, _ := project(b)
	c := start(b)
	c.open(uri, s.String())
	version := 1
	var completion, diagnostics, worst time.Duration
	cpu := c.cpu()
	n := 0
	for b.Loop() {
		version++
		n++
		began := time.Now()
		c.edit(uri, version, lines, 7, lines, 7, "w")
		answer := text(c.call("textDocument/completion", at(uri, lines, 8)))
		completion += time.Since(began)
		if !strings.Contains(answer, "wait_for_unit") {
			b.Fatal("no completion")
		}
		for v := 0; v != version; {
			_, v = c.published(uri)
		}
		took := time.Since(began)
		diagnostics += took
		worst = max(worst, took)
		version++
		c.change(uri, version, lines, 7, lines, 8, "")
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	b.ReportMetric(ms(completion)/float64(n), "ms-completion")
	b.ReportMetric(ms(diagnostics)/float64(n), "ms-diagnostics")
	b.ReportMetric(ms(worst), "ms-worst")
	b.ReportMetric(ms(c.cpu()-cpu)/float64(2*n), "ms-cpu/change")
	b.ReportMetric(float64(lines), "lines")
	b.ReportMetric(0, "ns/op") // has the second change in it, which makes the text as it was
}

// cpu returns the processor time that the server's threads have used so far.
func (c *client) cpu() (d time.Duration) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, path := range threads {
		var ns int64
		if stat, err := os.ReadFile(path); err == nil {
			_, _ = fmt.Sscan(string(stat), &ns)
		}
		d += time.Duration(ns)
	}
	return d
}
