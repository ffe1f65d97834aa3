package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// How long a test may take after its time limit to end, and after it was asked to end.
const (
	hardGrace = 2 * time.Minute
	stopGrace = time.Minute
)

// errHard says that a test did not end by itself.
var errHard = errors.New("the test did not end at its time limit and was killed")

// local runs tries on this machine, each in a process of its own.
type local struct {
	command func(t Test, dir string, limit time.Duration) (words []string, stdin []byte)
	environ []string
	g       *guard.Guard

	mu   sync.Mutex
	pids []int         // of the processes that run
	used map[int]int64 // the memory of each and of all below it, when it was measured last
}

func newLocal(o *Options) *local {
	return &local{command: o.Command, environ: o.Environ, g: guard.New()}
}

// process is a try on this machine.
type process struct {
	l     *local
	pid   int
	dir   string
	began time.Time
	done  chan exit
}

func (l *local) start(ctx context.Context, t task) (handle, error) {
	words, stdin := l.command(t.test, t.dir, t.limit)
	p, err := l.run(ctx, words, stdin, t.dir, t.limit)
	if err != nil {
		return nil, fmt.Errorf("the output directory of the test %s can't be made: %w", t.test.ID, err)
	}
	return p, nil
}

// run starts a process that writes its log into a directory. The error is about the log.
func (l *local) run(ctx context.Context, words []string, stdin []byte, dir string, limit time.Duration) (*process, error) {
	out, err := wholefile.Create(dir, filepath.Join(dir, textName))
	if err != nil {
		return nil, err
	}
	cmd := l.g.Command(ctx, words[0], words[1:]...)
	// The test has a guard of its own, which cleans up after it. This one must not take that for something to clean up.
	cmd.Env = l.environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, out, out
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	p := &process{l: l, dir: dir, began: time.Now(), done: make(chan exit, 1)}
	err = cmd.Start()
	if err == nil {
		p.pid = cmd.Process.Pid
		l.add(p.pid)
		err = l.g.Started(p.pid)
	}
	go func() { // ends with the process; wait takes what it sends
		defer out.Close()
		p.done <- p.await(cmd, err, limit)
	}()
	return p, nil
}

// await waits for the end of a process and kills it when it has not ended long after its limit.
func (p *process) await(cmd *exec.Cmd, err error, limit time.Duration) exit {
	if p.pid == 0 {
		return exitOf(nil, err)
	}
	if limit > 0 {
		defer time.AfterFunc(limit+hardGrace, func() { _ = cmd.Process.Kill() }).Stop()
	}
	err = errors.Join(err, cmd.Wait())
	if limit > 0 && time.Since(p.began) >= limit+hardGrace {
		err = errHard
	}
	x := exitOf(cmd.ProcessState, err)
	p.l.remove(p.pid)
	x.suite = p.l.g.Ended(p.pid)
	return x
}

func (p *process) wait() exit                 { return <-p.done }
func (p *process) logs() string               { return p.dir }
func (p *process) collect() error             { return nil }
func (p *process) state() (time.Time, string) { return p.began, "" }

func (p *process) memory() int64 {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	return p.l.used[p.pid]
}

func (l *local) add(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pids = append(l.pids, pid)
}

func (l *local) remove(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pids = slices.DeleteFunc(l.pids, func(p int) bool { return p == pid })
}

// running returns the processes that run.
func (l *local) running() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.pids)
}

func (l *local) flush() {}

func (l *local) sample() {
	if pids := l.running(); len(pids) > 0 {
		used := treeMemory(pids)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.used = used
	}
}

func (l *local) stretch() float64 { return stretchedBy() }
func (l *local) notes() []string  { return nil }
func (l *local) close() error     { return l.g.Close() }
