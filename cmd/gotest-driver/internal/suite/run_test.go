package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// quiet is a view that remembers.
type quiet struct {
	notes []string
	ended []string
	tick  func(State)
}

func (q *quiet) Tick(s State) {
	if q.tick != nil {
		q.tick(s)
	}
}
func (q *quiet) Note(text string) { q.notes = append(q.notes, text) }
func (q *quiet) Ended(r *Result, again bool) {
	q.ended = append(q.ended, fmt.Sprintf("%s %s %v", r.Test.ID, r.Last().Status, again))
}
func (q *quiet) Close() error { return nil }

// event is a line of a JSON log for a shell.
func event(text string) string { return "printf '%s\\n' '" + text + "' >> \"$1/" + EventsName + "\"; " }

const (
	begins = `{"seq":1,"kind":"run-start","text":"t"}`
	fails  = `{"seq":2,"kind":"failure","failure":{"class":"test","message":"it is wrong\nsecond line","backtrace":[{"file":"t.star","line":7}]}}`
	setup  = `{"seq":2,"kind":"failure","failure":{"class":"setup","message":"no room"}}`
)

// shell returns options that run tests by shell scripts, which get their output directory as $1.
func shell(t *testing.T, scripts map[string]string) Options {
	t.Helper()
	o := Options{
		Name: "s", OutDir: t.TempDir(), Limits: Limits{Memory: 1 << 30, Cores: 8}, Fixed: true, Environ: os.Environ(), View: &quiet{},
		Host: Host{Now: time.Now(), KVM: true, Names: []string{"x"}},
		Command: func(x Test, dir string, _ time.Duration) ([]string, []byte) {
			return []string{"/bin/sh", "-c", event(begins) + scripts[x.ID], "sh", dir}, nil
		},
	}
	for id := range scripts {
		o.Tests = append(o.Tests, Test{ID: id, Script: id + ".star", Retries: -1, Memory: 1, Cores: 1})
		o.All = append(o.All, id)
	}
	return o
}

func byID(results []Result) map[string]*Result {
	out := map[string]*Result{}
	for i := range results {
		out[results[i].Test.ID] = &results[i]
	}
	return out
}

func TestRun(t *testing.T) {
	counter := filepath.Join(t.TempDir(), "tries")
	o := shell(t, map[string]string{
		"passes": "exit 0",
		"fails":  event(fails) + "echo 'the log'; exit 1",
		"flaky":  "echo x >> '" + counter + "'; [ $(wc -l < '" + counter + "') = 3 ] && exit 0; " + event(fails) + "exit 1",
		"killed": "kill -9 $$",
		"skips":  event(`{"seq":2,"kind":"run-end","status":"skipped","error":"not here"}`) + "exit 0",
	})
	o.Tests = append(o.Tests, Test{ID: "left", Skip: "hangs"})
	o.Retries, o.History = 2, filepath.Join(t.TempDir(), "history")
	results, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	got := byID(results)
	for id, want := range map[string]struct {
		status report.Status
		tries  int
		text   string
	}{
		"passes": {report.Passed, 1, ""}, "fails": {report.Failed, 3, "it is wrong\nsecond line"}, "flaky": {report.Passed, 3, ""},
		"killed": {report.Failed, 3, "the process of the test was ended by a signal (killed)"}, "skips": {report.Skipped, 1, "not here"}, "left": {report.Skipped, 0, ""},
	} {
		r := got[id]
		if r.Status != want.status || len(r.Tries) != want.tries || r.Last().Message != want.text {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if f := got["fails"].Last(); f.Place != "t.star:7" || f.Detail != "the log\n" || f.Dir != "fails/try-3" || f.Class != "test" {
		t.Errorf("%+v", f)
	}
	flaky := got["flaky"]
	if !flaky.Flaky() || flaky.Failures() != 2 {
		t.Errorf("%+v", flaky)
	}
	if c := Count(results); c.String() != "6 tests: 1 passed, 1 flaky (failed, then passed), 2 failed, 2 skipped" {
		t.Error(c)
	}
	head, logged, err := ReadLog(o.OutDir)
	if err != nil || !head.Ended || len(logged) != 6 || len(head.All) != 5 {
		t.Errorf("%v, %+v, %d", err, head, len(logged))
	}
	h, err := ReadHistory(o.History)
	if err != nil || len(h) != 5 || len(h.FlakyTests(time.Time{})) != 1 {
		t.Errorf("%v, %+v", err, h)
	}

	// The finished results are taken over, the others run: one of the tests, and one whose script is another.
	o2 := shell(t, map[string]string{"passes": "exit 1", "fails": "exit 0", "new": "exit 0"})
	if o2.Done, err = Finished(o.OutDir); err != nil {
		t.Fatal(err)
	}
	changed := o2.Done["fails"]
	changed.Digest = "other"
	o2.Done["fails"] = changed
	results, err = Run(t.Context(), o2)
	if err != nil || Count(results).Passed != 3 || len(byID(results)["passes"].Tries) != 1 || !byID(results)["passes"].Last().Began.Equal(got["passes"].Last().Began) {
		t.Errorf("%v, %+v", err, results)
	}
}

// TestBrokenIsNotTriedAgain: a script with mistakes has no run to start.
func TestBrokenIsNotTriedAgain(t *testing.T) {
	o := shell(t, map[string]string{"a": ""})
	o.Retries = 3
	o.Command = func(Test, string, time.Duration) ([]string, []byte) {
		return []string{"/bin/sh", "-c", "echo 'gotest-driver: the script has errors'; echo 'a.star:1:1: error: no name'; exit 2"}, nil
	}
	results, err := Run(t.Context(), o)
	if err != nil || len(results[0].Tries) != 1 || results[0].Last().Message != "a.star:1:1: error: no name" || results[0].Last().Exit != 2 {
		t.Errorf("%v, %+v", err, results)
	}
}

// TestMachineThatCannotStart: beside other tests it is tried again without counting; alone it would be the same.
func TestMachineThatCannotStart(t *testing.T) {
	sync := t.TempDir()
	o := shell(t, map[string]string{
		"a": ": > " + sync + "/a; while ! [ -e " + sync + "/b ]; do sleep 0.05; done; exit 0",
		"b": "while ! [ -e " + sync + "/a ]; do sleep 0.05; done; : > " + sync + "/b; " + event(setup) + "exit 2",
	})
	results, err := Run(t.Context(), o)
	b := byID(results)["b"]
	if err != nil || len(b.Tries) != 2 || !b.Tries[0].Free || b.Failures() != 1 {
		t.Errorf("%v, %+v", err, b)
	}
}

// TestJobsHold: tests wait for each other, so that they would never end if fewer than two ran at once; and never more do.
func TestJobsHold(t *testing.T) {
	dir := t.TempDir()
	scripts := map[string]string{}
	for i := range 6 {
		partner := i ^ 1
		scripts[fmt.Sprintf("t%d", i)] = fmt.Sprintf(": > %s/%d; while ! [ -e %s/%d ]; do sleep 0.05; done", dir, i, dir, partner)
	}
	o := shell(t, scripts)
	o.Limits.Jobs = 2
	most := 0
	o.View = &quiet{tick: func(s State) { most = max(most, len(s.Running)) }}
	// Pairs must be neighbours in the order of the schedule.
	for i := range o.Tests {
		var n int
		fmt.Sscanf(o.Tests[i].ID, "t%d", &n)
		if o.Known == nil {
			o.Known = map[string]Known{}
		}
		o.Known[o.Tests[i].ID] = Known{Duration: time.Duration(n/2+1) * time.Second}
	}
	results, err := Run(t.Context(), o)
	if err != nil || Count(results).Passed != 6 || most > 2 {
		t.Errorf("%v, %+v, %d at once", err, results, most)
	}
}

// TestInterrupted: the tests are asked to end and waited for; what had not started is not run.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	o := shell(t, map[string]string{
		"a": "trap ': > " + dir + "/ended; exit 130' TERM; : > " + dir + "/began; while :; do sleep 0.05; done",
		"b": ": > " + dir + "/b",
	})
	o.Limits.Jobs = 1
	o.Known = map[string]Known{"a": {Duration: time.Hour}, "b": {Duration: time.Second}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.View = &quiet{tick: func(State) {
		if _, err := os.Stat(dir + "/began"); err == nil {
			cancel()
		}
	}}
	results, err := Run(ctx, o)
	if err != nil || Count(results).Interrupted != 2 {
		t.Errorf("%v, %+v", err, results)
	}
	if _, err := os.Stat(dir + "/ended"); err != nil {
		t.Error("the test was not asked to end")
	}
	if _, err := os.Stat(dir + "/b"); err == nil {
		t.Error("another test began")
	}
	if head, logged, err := ReadLog(o.OutDir); err != nil || head.Ended || len(logged) != 0 {
		t.Errorf("%v, %+v, %+v", err, head, logged)
	}
}

// TestUntilFail: after the first failure nothing more starts.
func TestUntilFail(t *testing.T) {
	o := shell(t, nil)
	o.Tests = Repeated([]Test{{ID: "a", Retries: -1}}, 5)
	o.Limits.Jobs, o.UntilFail = 1, true
	o.Command = func(x Test, dir string, _ time.Duration) ([]string, []byte) {
		status := "0"
		if x.ID == "a#3" {
			status = "1"
		}
		return []string{"/bin/sh", "-c", event(begins) + "exit " + status, "sh", dir}, nil
	}
	results, err := Run(t.Context(), o)
	if c := Count(results); err != nil || c.Passed != 2 || c.Failed != 1 || c.Interrupted != 2 {
		t.Errorf("%v, %+v", err, c)
	}
}

// TestFullDisk: results that can't be written give one sentence.
func TestFullDisk(t *testing.T) {
	if _, err := createLog("/dev/full", Head{}); err == nil || !strings.Contains(err.Error(), "no space left") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

// TestLogsReplaceLinks makes the attack: guests of an earlier run have sent links to where the logs go.
func TestLogsReplaceLinks(t *testing.T) {
	o := shell(t, map[string]string{"a": "echo said"})
	victim := filepath.Join(t.TempDir(), "victim")
	for _, err := range []error{
		os.WriteFile(victim, []byte("old"), 0o600), os.Mkdir(filepath.Join(o.OutDir, "a"), 0o700),
		os.Symlink(victim, filepath.Join(o.OutDir, LogName)), os.Symlink(victim, filepath.Join(o.OutDir, "a", textName)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Run(t.Context(), o); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(victim)
	if err != nil || string(b) != "old" {
		t.Errorf("where the links led to is %q, %v", b, err)
	}
	if b, err := os.ReadFile(filepath.Join(o.OutDir, "a", textName)); err != nil || !strings.Contains(string(b), "said") {
		t.Errorf("the log has %q, %v", b, err)
	}
}

func TestViews(t *testing.T) {
	var b strings.Builder
	l := &live{lines: lines{ViewOptions{Safe: func(s string) string { return s }}}, w: &b, size: func() (int, int) { return 60, 4 }}
	failed := &Result{Test: Test{ID: "net/b.star"}, Status: report.Failed, Root: "out", Tries: []Try{{Status: report.Failed, Seconds: 2, Message: "it is\nwrong", Dir: "b", Place: "b.star:3"}}}
	l.Ended(failed, false)
	l.Tick(State{Total: 10, Results: 5, Failed: 1, Running: []Running{
		{ID: "a.star", Since: 3 * time.Second, Now: "client: waiting for unit x", Machines: []string{"client up"}}, {ID: "c"}, {ID: "d"}, {ID: "e"},
	}})
	for _, want := range []string{
		"failed          2.0 s  net/b.star: it is", "at b.star:3", "log: out/b/log.txt", "██████████░░░░░░░░░░ 5 of 10  1 failed", "   3s  a.star  [client up]  client: waiting", "… and 3 more",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in %q", want, b.String())
		}
	}
	var p strings.Builder
	dir := tree(t, map[string]string{"b/log.txt": "first line\nlast line"})
	failed.Root = dir
	v := NewPlain(&p, ViewOptions{Safe: func(s string) string { return s }})
	v.Ended(failed, true)
	if want := "--- the log of net/b.star (" + dir + "/b/log.txt)\nfirst line\nlast line\n--- end of the log\nfailed          2.0 s  net/b.star: it is  – it is tried again\n"; p.String() != want {
		t.Errorf("%q, want %q", p.String(), want)
	}
}

func TestRoom(t *testing.T) {
	dir := tree(t, map[string]string{
		"a/b/memory.max": "max\n", "a/memory.max": "4000\n", "a/memory.current": "1500\n", "a/memory.stat": "anon 3\ninactive_file 500\n", "memory.max": "9000\n",
	})
	if limit, used, ok := cgroupMemory(dir, "1:cpu:/x\n0::/a/b"); !ok || limit != 4000 || used != 1000 {
		t.Errorf("%d, %d, %v", limit, used, ok)
	}
	if _, _, ok := cgroupMemory(dir+"/a/b", "0::/"); ok {
		t.Error("a limit where there is none")
	}
	if n := meminfo([]byte("MemTotal: 10 kB\nMemAvailable:    20 kB\n"), "MemAvailable"); n != 20<<10 {
		t.Errorf("%d", n)
	}
	if p := pressure("some avg10=23.50 avg60=1.0\nfull avg10=1.00"); p != 23.5 {
		t.Errorf("%g", p)
	}
	if used := treeMemory([]int{os.Getpid()}); len(used) > 0 && used[os.Getpid()] < 1<<20 {
		t.Errorf("%v", used)
	}
}
