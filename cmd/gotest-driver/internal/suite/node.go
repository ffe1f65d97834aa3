package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// nodeBegan is what a task writes when it begins.
type nodeBegan struct {
	Node string `json:"node"`
}

// nodeEnd is what a task writes when the test has ended.
type nodeEnd struct {
	Exit     int            `json:"exit"`
	Signal   syscall.Signal `json:"signal,omitempty"`
	Error    string         `json:"error,omitempty"`
	Hard     bool           `json:"hard,omitempty"`    // it was killed long after its time limit
	Skipped  string         `json:"skipped,omitempty"` // why it can't run on this node
	Memory   int64          `json:"memory,omitempty"`  // the most that it used, in bytes
	Seconds  float64        `json:"seconds,omitempty"`
	Stopped  bool           `json:"stopped,omitempty"`  // it was told to end before it did
	Deserted bool           `json:"deserted,omitempty"` // because the driver is gone
}

func (e nodeEnd) exit() exit {
	x := exit{code: e.Exit, signal: e.Signal, skipped: e.Skipped, memory: e.Memory, seconds: e.Seconds}
	switch {
	case e.Hard:
		x.err = errHard
	case e.Error != "":
		x.err = errors.New(e.Error)
	}
	return x
}

// errDeserted ends a task whose driver is gone.
var errDeserted = errors.New("the process that has started this test is gone")

// RunTask runs, on a node of a cluster, the test whose task is in a directory, and leaves its result there.
func RunTask(ctx context.Context, dir string) error {
	var t nodeTask
	if err := readJSON(filepath.Join(dir, taskName), &t); err != nil {
		return fmt.Errorf("the task of a suite can't be read: %w", err)
	}
	node, err := os.Hostname()
	if name := os.Getenv("SLURMD_NODENAME"); name != "" {
		node, err = name, nil
	}
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, beganName), nodeBegan{node}); err != nil {
		return err
	}
	e, err := t.run(ctx, dir)
	return errors.Join(err, writeJSON(filepath.Join(dir, endName), e))
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return wholefile.WriteBytes(path, 0o644, b)
}

// environ returns the environment of a test on this node.
func (t *nodeTask) environ() []string {
	var env []string
	for _, v := range os.Environ() {
		dir, runtime := strings.CutPrefix(v, "XDG_RUNTIME_DIR=")
		if _, err := os.Stat(dir); runtime && err != nil || strings.HasPrefix(v, guard.Env+"=") { // the submitting host's
			continue
		}
		env = append(env, v)
	}
	if t.Cache != "" {
		env = append(env, "XDG_CACHE_HOME="+t.Cache)
	}
	return env
}

// run runs the test until it ends, or until Slurm or the end of the driver ends it.
func (t *nodeTask) run(ctx context.Context, dir string) (nodeEnd, error) {
	if why := missing(ThisHost(), t.Requires); why != "" {
		return nodeEnd{Skipped: why}, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := &local{environ: t.environ(), g: guard.New()}
	p, err := l.run(ctx, t.Words, t.Stdin, filepath.Join(dir, outName), t.Limit)
	if err != nil {
		return nodeEnd{Exit: -1, Error: err.Error()}, nil
	}
	ticker := time.NewTicker(sample)
	defer ticker.Stop()
	w := newAlive(dir, t.Stale)
	var most int64
	for {
		select {
		case <-ticker.C:
			l.sample()
			most = max(most, p.memory())
			if w.deserted() {
				cancel(errDeserted)
			}
		case x := <-p.done:
			e := nodeEnd{
				Exit: x.code, Signal: x.signal, Hard: errors.Is(x.err, errHard), Memory: most, Seconds: time.Since(p.began).Seconds(),
				Stopped: ctx.Err() != nil, Deserted: errors.Is(context.Cause(ctx), errDeserted),
			}
			if x.code < 0 && x.signal == 0 && x.err != nil {
				e.Error = x.err.Error()
			}
			return e, errors.Join(x.suite, l.close())
		}
	}
}

// alive watches for signs of life of the driver.
type alive struct {
	path, task string
	stale      time.Duration
	last       string
	changed    time.Time
	missing    int
}

func newAlive(task string, stale time.Duration) *alive {
	return &alive{path: filepath.Join(filepath.Dir(task), aliveName), task: task, stale: stale, changed: time.Now()}
}

// deserted reports whether the driver is gone, or has given the task up. Then it says so to the other tasks, too.
func (a *alive) deserted() bool {
	b, err := os.ReadFile(a.path)
	_, gone := os.Stat(a.task)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(gone, fs.ErrNotExist):
		a.missing++
		return a.missing > 2
	case err != nil: // the file server is slow
	case string(b) != a.last:
		a.last, a.changed, a.missing = string(b), time.Now(), 0
	}
	if time.Since(a.changed) < a.stale {
		return false
	}
	_ = os.Remove(a.path)
	return true
}
