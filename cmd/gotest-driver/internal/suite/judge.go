package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/report"
)

// reap takes the result of a try that has ended.
func (r *runner) reap(ctx context.Context, c *child) {
	x := <-c.exited
	delete(r.children, c.index)
	r.s.ended(c.job)
	r.fail(x.suite)
	r.fail(c.finish(x))
	r.judge(ctx, c, x)
	t, result := r.Tests[c.index], &r.results[c.index]
	c.try.Free = c.try.Status == report.Failed && free(c, x, result)
	result.Tries = append(result.Tries, c.try)
	broken := c.try.Exit > 0 && !c.watch.began // such as a script with mistakes: it would be the same again
	again := !r.stop && !broken && ctx.Err() == nil && c.try.Status == report.Failed && (c.try.Free || r.tries[c.index] > 0)
	if again {
		if !c.try.Free {
			r.tries[c.index]--
		}
		r.View.Ended(result, true)
		r.s.again(c.job)
		return
	}
	result.Status = c.try.Status
	r.View.Ended(result, false)
	if result.Status == report.Interrupted {
		return
	}
	if result.Status == report.Failed && r.UntilFail {
		r.stop = true
	}
	r.fail(r.log.write(logLine{Result: result}))
	if err := AddHistory(r.History, Record{
		Test: Base(t.ID), Date: c.try.Began, Seconds: c.try.Seconds, Memory: c.try.Memory, Status: result.Status,
		Tries: len(result.Tries), Failures: result.Failures(), Message: lastMessage(result), Machine: r.Host.Class(),
	}); err != nil {
		r.View.Note("warning: " + err.Error())
		r.History = ""
	}
}

// maxLost is how often a test is tried again after its node was lost.
const maxLost = 3

// free reports whether a failed try does not count: other tests may have taken what a machine needed, or a node was lost.
func free(c *child, x exit, before *Result) bool {
	n := 0
	for _, t := range before.Tries {
		if t.Free {
			n++
		}
	}
	return x.lost && n < maxLost || c.try.Class == "setup" && !c.alone && n == 0
}

func lastMessage(r *Result) string {
	for _, t := range slices.Backward(r.Tries) {
		if t.Message != "" {
			line, _, _ := strings.Cut(t.Message, "\n")
			return line[:min(len(line), 500)]
		}
	}
	return ""
}

// judge decides how a try has ended, from its exit status and its events.
func (r *runner) judge(ctx context.Context, c *child, x exit) {
	t, w := &c.try, &c.watch
	t.Exit, t.Machines = x.code, w.machines
	switch {
	case ctx.Err() != nil, x.suite != nil && x.code < 0 && x.signal == 0:
		t.Status = report.Interrupted
		return
	case x.skipped != "":
		t.Status, t.Message = report.Skipped, x.skipped
		return
	case t.Exit == 0:
		t.Status = report.Passed
		if w.ended != nil && w.ended.Status == report.Skipped {
			t.Status, t.Message = report.Skipped, w.ended.Error
		}
		return
	case errors.Is(x.err, errHard):
		t.Status, t.Class, t.Message = report.Failed, "timeout", errHard.Error()
	case errors.As(x.err, new(*nodeError)):
		t.Status, t.Class, t.Message = report.Failed, "machine", x.err.Error()
	case x.signal != 0:
		t.Status, t.Class, t.Message = report.Failed, "machine", fmt.Sprintf("the process of the test was ended by a signal (%s)", x.signal)
	case t.Exit < 0:
		t.Status, t.Class, t.Message = report.Failed, "machine", fmt.Sprintf("the process of the test could not be started: %v", x.err)
	default:
		t.Status = report.Failed
	}
	if f := w.failure; f != nil && t.Message == "" {
		t.Class, t.Message = f.Class, f.Message
		if n := len(f.Backtrace); n > 0 {
			t.Place = fmt.Sprintf("%s:%d", f.Backtrace[n-1].File, f.Backtrace[n-1].Line)
		}
	}
	t.Detail = tail(filepath.Join(r.OutDir, filepath.FromSlash(t.Dir), textName))
	if t.Message == "" {
		t.Message = firstError(t.Detail)
	}
	t.Message = cmp.Or(t.Message, fmt.Sprintf("exit status %d", t.Exit))
	for _, s := range w.screens {
		if rel, err := filepath.Rel(c.handle.logs(), s); err == nil && filepath.IsLocal(rel) { // where the try has run
			s = rel
		}
		if !filepath.IsAbs(s) {
			s = filepath.Join(r.OutDir, filepath.FromSlash(t.Dir), s)
		}
		if abs, err := filepath.Abs(r.OutDir); err == nil {
			if rel, err := filepath.Rel(abs, s); err == nil && filepath.IsLocal(rel) && !slices.Contains(t.Screens, filepath.ToSlash(rel)) {
				t.Screens = append(t.Screens, filepath.ToSlash(rel))
			}
		}
	}
}

// firstError returns the error that a process has printed: of a script that could not be run, its first mistake.
func firstError(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for _, line := range lines {
		if strings.Contains(line, ": error: ") {
			return line
		}
	}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "gotest-driver: "); ok {
			return text
		}
	}
	return lines[len(lines)-1]
}

// maxDetail is how much of the end of a log a result keeps, in bytes.
const maxDetail = 16 << 10

// tail returns the end of a log, from the beginning of a line.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	cut := false
	if st, err := f.Stat(); err == nil && st.Size() > maxDetail {
		_, err = f.Seek(st.Size()-maxDetail, io.SeekStart)
		cut = err == nil
	}
	b, _ := io.ReadAll(io.LimitReader(f, maxDetail))
	text := report.CleanLines(string(b))
	if cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}
