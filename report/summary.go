package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Limits of the summary: how much of a failure it shows, and how many failures it keeps.
const (
	summaryFailures  = 20
	summaryFiles     = 50
	summaryOutput    = 40 // lines
	summaryConsole   = 20 // lines per machine
	summaryTraceback = 60 // lines
	summaryLine      = 2000
)

// summary collects the failures of a run, and the files that explain them, for the end of the run.
type summary struct {
	failures []*FailureInfo
	left     int
	files    []string
	reports  []string // paths of reports that are written when the run ends
	run      Event    // the run's end
	ended    bool
	passed   int
	failed   []string // names of failed subtests
	skipped  int
	expected int // failures
	open     entries
}

func (s *summary) handle(e Event) {
	switch e.Kind {
	case Begin:
		if s.open == nil {
			s.open = entries{}
		}
		s.open.begin(e)
	case End:
		names := s.open.subtests(e.Entry)
		if b := s.open.end(e); b != nil && b.Action == ActionSubtest {
			s.count(e.Status, subtestPath(names))
		}
	case Failure:
		if e.Failure == nil {
			return
		}
		if len(s.failures) == summaryFailures {
			s.left++
			return
		}
		s.failures = append(s.failures, e.Failure)
	case Screenshot, Artifact:
		if len(s.files) < summaryFiles && len(s.failures) > 0 {
			s.files = append(s.files, e.Path)
		}
	case RunEnd:
		s.run, s.ended = e, true
	}
}

func (s *summary) count(st Status, name string) {
	switch st {
	case Passed:
		s.passed++
	case Skipped:
		s.skipped++
	case ExpectedFailure:
		s.expected++
	default:
		if len(s.failed) < 1000 {
			s.failed = append(s.failed, name)
		}
	}
}

// counts returns a text such as "3 subtests passed, 1 failed", empty when there were no subtests.
func (s *summary) counts() string {
	if s.passed+len(s.failed)+s.skipped+s.expected == 0 {
		return ""
	}
	t := count(s.passed, "subtest") + " passed"
	if n := len(s.failed); n > 0 {
		t += fmt.Sprintf(", %d failed", n)
	}
	if s.expected > 0 {
		t += fmt.Sprintf(", %d failed as expected", s.expected)
	}
	if s.skipped > 0 {
		t += fmt.Sprintf(", %d skipped", s.skipped)
	}
	return t
}

// lines returns the summary for a terminal, which is empty when nothing failed.
func (s *summary) lines(p palette) []string {
	var out []string
	for i, f := range s.failures {
		files := f.Paths
		if i == len(s.failures)-1 {
			for _, x := range s.files {
				if !slices.Contains(files, x) {
					files = append(files[:len(files):len(files)], x)
				}
			}
		}
		out = append(out, "")
		out = append(out, failureLines(f, files, p)...)
	}
	if len(s.failures) > 0 && len(s.reports) > 0 {
		out = append(out, "", p.bold.Styled("  reports"))
		for _, x := range s.reports {
			out = append(out, "    "+Clean(x))
		}
	}
	if s.left > 0 {
		out = append(out, "", p.fail.Styled(fmt.Sprintf("!!! %d more failures are only in the reports", s.left)))
	}
	return out
}

// covers reports whether a message already includes the command and its output.
func covers(message string, c *Command) bool {
	for _, text := range []string{c.Line, c.Output, c.Stderr} {
		for _, l := range strings.Split(text, "\n") {
			if !strings.Contains(message, strings.TrimSpace(l)) {
				return false
			}
		}
	}
	return true
}

// failureTitle returns one line with the kind of the failure, and its subtest.
func failureTitle(f *FailureInfo) string {
	t := map[string]string{
		"test":        "test failed",
		"machine":     "machine error (not the test's fault)",
		"setup":       "error in the test's set-up",
		"script":      "error in the test script",
		"timeout":     "time limit of the whole test reached",
		"interrupted": "interrupted",
	}[f.Class]
	if t == "" {
		t = "test failed"
	}
	if f.Subtest != "" {
		t += fmt.Sprintf(" in subtest %q", Clean(f.Subtest))
	}
	return t
}

// failureLines returns one failure for a terminal. Text of the guest is behind a bar, so that it can't look like
// text of the driver.
func failureLines(f *FailureInfo, files []string, p palette) []string {
	out := []string{p.fail.Styled("!!! " + failureTitle(f))}
	msg, left := lastLines(CleanLines(shorten(f.Message, 8*summaryLine)), 100)
	for _, l := range msg {
		out = append(out, p.fail.Styled("!!!")+"   "+l)
	}
	if left > 0 {
		out = append(out, p.dim.Styled(fmt.Sprintf("!!!   (%d lines before)", left)))
	}
	section := func(name string) { out = append(out, "", p.bold.Styled("  "+name)) }
	block := func(text string, n int) {
		tail, left := lastLines(CleanLines(text), n)
		if left > 0 {
			out = append(out, p.dim.Styled(fmt.Sprintf("    | … %d lines before", left)))
		}
		for _, l := range tail {
			out = append(out, p.dim.Styled("    | ")+shorten(l, summaryLine))
		}
	}
	if n := len(f.Backtrace); n > 0 {
		section("script, innermost call first")
		for i := n - 1; i >= 0; i-- {
			src := f.Backtrace[i]
			at := fmt.Sprintf("    %s:%d", Clean(src.File), src.Line)
			if src.Col > 0 {
				at += fmt.Sprintf(":%d", src.Col)
			}
			if src.Func != "" {
				at += "  in " + Clean(src.Func)
			}
			out = append(out, at)
			if t := strings.TrimSpace(src.Text); t != "" {
				out = append(out, "        "+shorten(Clean(t), summaryLine))
			}
		}
	}
	if f.Traceback != "" {
		section("Python's traceback")
		block(strings.TrimRight(f.Traceback, "\n"), summaryTraceback)
	}
	if c := f.Command; c != nil && !covers(f.Message, c) {
		where := ""
		if f.Machine != "" {
			where = " on " + Clean(f.Machine)
		}
		section(fmt.Sprintf("command%s, exit status %d", where, c.Status))
		block(c.Line, summaryOutput)
		if c.Output != "" {
			section("its output")
			block(c.Output, summaryOutput)
			if c.Truncated > 0 {
				out = append(out, p.dim.Styled(fmt.Sprintf("    (%d bytes were left out)", c.Truncated)))
			}
		}
		if c.Stderr != "" {
			section("its standard error")
			block(c.Stderr, summaryOutput)
		}
	}
	names := make([]string, 0, len(f.Console))
	for m := range f.Console {
		names = append(names, m)
	}
	sort.Strings(names)
	for _, m := range names {
		if len(f.Console[m]) == 0 {
			continue
		}
		section("last console lines of " + Clean(m))
		block(strings.Join(f.Console[m], "\n"), summaryConsole)
	}
	if len(files) > 0 {
		section("files")
		for _, x := range files {
			out = append(out, "    "+Clean(x))
		}
	}
	if f.Rerun != "" {
		section("run this test again")
		out = append(out, "    "+Clean(f.Rerun))
	}
	return out
}
