package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// EventsName and textName are the logs in the output directory of a test.
const (
	EventsName = "events.jsonl"
	textName   = "log.txt"
)

// child is a try that runs.
type child struct {
	*job
	pid    int
	try    Try
	watch  watcher
	slow   time.Duration // when it is said to be slow
	said   bool
	alone  bool // no other test ran meanwhile
	memory int64
	exited chan exit
}

type exit struct {
	err   error
	state *os.ProcessState
}

// start starts a try of a test.
func (r *runner) start(ctx context.Context, j *job) {
	t, result := r.Tests[j.index], &r.results[j.index]
	c := &child{job: j, alone: len(r.children) == 0, exited: make(chan exit, 1)}
	for _, other := range r.children {
		other.alone = false
	}
	r.children[j.index] = c
	dir := r.dirs[j.index]
	if n := len(result.Tries); n > 0 {
		dir = filepath.Join(dir, fmt.Sprintf("try-%d", n+1))
	}
	c.try = Try{Began: time.Now(), Dir: filepath.ToSlash(dir), Exit: -1}
	abs := filepath.Join(r.OutDir, dir)
	c.watch.path = filepath.Join(abs, EventsName)
	var timeout time.Duration
	c.slow, timeout = r.limitsOf(t)
	cmd, out, err := r.command(ctx, t, abs, timeout)
	if err != nil {
		r.fail(err)
		go func() { c.exited <- exit{err: err}; r.ended <- j.index }()
		return
	}
	err = cmd.Start()
	if err == nil {
		c.pid = cmd.Process.Pid
		err = r.g.Started(c.pid)
	}
	r.setPids()
	kill := func() {}
	if timeout > 0 {
		timer := time.AfterFunc(timeout+hardGrace, func() { _ = cmd.Process.Kill() })
		kill = func() { timer.Stop() }
	}
	go func() { // ends with the process; loop takes what it sends
		defer out.Close()
		if c.pid > 0 {
			began := time.Now()
			err = errors.Join(err, cmd.Wait())
			kill()
			if timeout > 0 && time.Since(began) >= timeout+hardGrace {
				err = errHard
			}
		}
		c.exited <- exit{err, cmd.ProcessState}
		r.ended <- j.index
	}()
}

// setPids notes the processes of the tests that run.
func (r *runner) setPids() {
	pids := []int{}
	for _, c := range r.children {
		if c.pid > 0 {
			pids = append(pids, c.pid)
		}
	}
	r.pids.Store(&pids)
}

// command prepares the process of a try.
func (r *runner) command(ctx context.Context, t Test, dir string, timeout time.Duration) (*exec.Cmd, *os.File, error) {
	stale, err := filepath.Glob(filepath.Join(escapeGlob(dir), "try-*"))
	for _, s := range stale { // of an earlier run
		err = errors.Join(err, os.RemoveAll(s))
	}
	var out *os.File
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	_ = os.Remove(filepath.Join(dir, EventsName)) // what is followed is not that of an earlier run
	if err == nil {
		out, err = wholefile.Create(dir, filepath.Join(dir, textName))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the output directory of the test %s can't be made: %w", t.ID, err)
	}
	words, stdin := r.Command(t, dir, timeout)
	cmd := r.g.Command(ctx, words[0], words[1:]...)
	// The test has a guard of its own, which cleans up after it. This one must not take that for something to clean up.
	cmd.Env = r.Environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, out, out
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	return cmd, out, nil
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}
