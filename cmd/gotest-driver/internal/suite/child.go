package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// EventsName and textName are the logs in the output directory of a test.
const (
	EventsName = "events.jsonl"
	textName   = "log.txt"
)

// child is a try that runs.
type child struct {
	*job
	handle handle // nil: it could not be started
	dir    string // its output directory
	try    Try
	watch  watcher
	slow   time.Duration // when it is said to be slow
	said   bool
	alone  bool // no other test ran meanwhile
	exited chan exit
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
	c.dir = filepath.Join(r.OutDir, dir)
	var timeout time.Duration
	c.slow, timeout = r.limitsOf(t)
	err := prepareDir(c.dir)
	if err == nil {
		c.handle, err = r.executor.start(ctx, task{test: t, dir: c.dir, limit: timeout})
	} else {
		err = fmt.Errorf("the output directory of the test %s can't be made: %w", t.ID, err)
	}
	if err != nil {
		r.fail(err)
		go func() { c.exited <- exit{code: -1, err: err}; r.ended <- j.index }()
		return
	}
	c.watch.path = filepath.Join(c.handle.logs(), EventsName)
	go func() { // ends with the try; loop takes what it sends
		c.exited <- c.handle.wait()
		r.ended <- j.index
	}()
}

// prepareDir makes the output directory of a try, without what an earlier run has left of further tries and of its log, so
// that what is followed is not that.
func prepareDir(dir string) error {
	stale, err := filepath.Glob(filepath.Join(escapeGlob(dir), "try-*"))
	if err != nil {
		return err
	}
	for _, s := range stale {
		if err := os.RemoveAll(s); err != nil {
			return err
		}
	}
	_ = os.Remove(filepath.Join(dir, EventsName))
	return os.MkdirAll(dir, 0o755)
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}

// memoryNow returns what the try uses now, in bytes.
func (c *child) memoryNow() int64 {
	if c.handle == nil {
		return 0
	}
	return c.handle.memory()
}

// look reads what the try has logged since the last call. It returns what it waits for if it has not begun to run.
func (c *child) look() (waits string) {
	if c.handle == nil {
		return ""
	}
	began, waits := c.handle.state()
	if !began.IsZero() {
		c.try.Began = began
	}
	c.watch.read()
	return waits
}

// finish takes what is known of the try when it has ended.
func (c *child) finish(x exit) error {
	c.look()
	if c.try.Seconds = x.seconds; c.try.Seconds == 0 {
		c.try.Seconds = time.Since(c.try.Began).Seconds()
	}
	c.try.Memory = max(c.try.Memory, x.memory)
	if c.handle == nil {
		return nil
	}
	return c.handle.collect()
}
