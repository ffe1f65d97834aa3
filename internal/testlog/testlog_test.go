package testlog

import (
	"fmt"
	"strings"
	"testing"
)

func TestBrief(t *testing.T) {
	var log strings.Builder
	for n := range 200 {
		fmt.Fprintf(&log, "machine: step %d %s\n  machine # a line of its console\n", n, strings.Repeat("x", 300))
	}
	log.WriteString("!!! test failed: the reason\n")
	for range 200 {
		log.WriteString("!!!   more\n  files\n")
	}
	got := Brief(log.String())
	if !strings.HasPrefix(got, "!!! test failed: the reason\n") {
		t.Errorf("it does not begin with the reason:\n%s", got)
	}
	if strings.Contains(got, "console") || !strings.Contains(got, "machine: step 199 ") {
		t.Errorf("it has a guest's lines, or not the last step:\n%s", got)
	}
	if lines := strings.Count(got, "\n"); lines > 100 || len(got) > 8<<10 {
		t.Errorf("it has %d lines, %d bytes", lines, len(got))
	}
}
