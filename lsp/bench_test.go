package lsp

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkKeystroke is the time from a keystroke in a file of 1,000 lines until the built program has
// published its diagnostics and answered a completion.
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
	b.ReportMetric(float64(lines), "lines")
	b.ResetTimer()
	for b.Loop() {
		version++
		c.change(uri, version, lines, 7, lines, 7, "w")
		if !strings.Contains(text(c.call("textDocument/completion", at(uri, lines, 8))), "wait_for_unit") {
			b.Fatal("no completion")
		}
		b.StopTimer()
		version++
		c.change(uri, version, lines, 7, lines, 8, "")
		b.StartTimer()
	}
}
