package suite

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// nodeRun runs a shell script as a task and returns its result. Meanwhile the driver shows signs of life if it lives.
func nodeRun(t *testing.T, ctx context.Context, task nodeTask, script string, lives bool) (dir string, e nodeEnd) {
	t.Helper()
	run := t.TempDir()
	dir = filepath.Join(run, "0")
	if err := os.MkdirAll(filepath.Join(dir, outName), 0o755); err != nil {
		t.Fatal(err)
	}
	task.Words = []string{"/bin/sh", "-c", script, dir}
	if err := writeJSON(filepath.Join(dir, taskName), task); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; n == 0 || lives; n++ {
			if err := os.WriteFile(filepath.Join(run, aliveName), []byte(strconv.Itoa(n)), 0o600); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	if err := RunTask(ctx, dir); err != nil {
		t.Error(err)
	}
	close(done)
	<-stopped
	if err := readJSON(filepath.Join(dir, endName), &e); err != nil {
		t.Fatal(err)
	}
	return dir, e
}

func TestRunTask(t *testing.T) {
	t.Setenv("SLURMD_NODENAME", "lab7")
	dir, e := nodeRun(t, t.Context(), nodeTask{Stale: time.Minute, Stdin: []byte("in"), Cache: "/shared/cache"}, `cat; echo " $XDG_CACHE_HOME"; exit 3`, true)
	if e.Exit != 3 || e.Seconds == 0 || e.Stopped {
		t.Errorf("%+v", e)
	}
	if b, err := os.ReadFile(filepath.Join(dir, outName, textName)); string(b) != "in /shared/cache\n" {
		t.Errorf("%v, %q", err, b)
	}
	var began nodeBegan
	if err := readJSON(filepath.Join(dir, beganName), &began); err != nil || began.Node != "lab7" {
		t.Errorf("%v, %+v", err, began)
	}
	if _, e := nodeRun(t, t.Context(), nodeTask{Stale: time.Minute, Requires: []string{"program:nothing-such"}}, "exit 1", true); e.Skipped != "needs the program nothing-such" {
		t.Errorf("%+v", e)
	}
	if _, e := nodeRun(t, t.Context(), nodeTask{Stale: time.Minute}, "kill -9 $$", true); e.exit().signal != 9 {
		t.Errorf("%+v", e)
	}
}

// TestTaskIsStopped: the test is asked to end and waited for.
func TestTaskIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := filepath.Join(t.TempDir(), "began")
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(began); err == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if _, e := nodeRun(t, ctx, nodeTask{Stale: time.Minute}, "trap 'exit 9' TERM; : > "+began+"; while :; do sleep 0.02; done", true); e.Exit != 9 || !e.Stopped || e.Deserted {
		t.Errorf("%+v", e)
	}
}

// TestTaskIsDeserted: a test whose driver shows no signs of life any more ends, and so do those that begin later.
func TestTaskIsDeserted(t *testing.T) {
	const waits = "trap 'exit 9' TERM; while :; do sleep 0.02; done"
	dir, e := nodeRun(t, t.Context(), nodeTask{Stale: 100 * time.Millisecond}, waits, false)
	if e.Exit != 9 || !e.Deserted {
		t.Errorf("%+v", e)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), aliveName)); err == nil {
		t.Error("other tasks are not told")
	}
	// The directory of the run is gone: the clean-up of a killed driver has removed it.
	run := t.TempDir()
	a := newAlive(filepath.Join(run, "0"), time.Hour)
	for look, want := range []bool{false, false, true} {
		if got := a.deserted(); got != want {
			t.Errorf("look %d for a directory that is gone: deserted %v", look, got)
		}
	}
	if err := RunTask(t.Context(), run); err == nil || !strings.Contains(err.Error(), "the task of a suite can't be read") {
		t.Errorf("%v", err)
	}
}
