// Package procload tells whether processes that are silent had no chance to answer: because they, or the machine they
// run on, had too much else to do. It is about Linux; elsewhere nothing is known of processes.
package procload

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Patience is how long processes that are busy may be silent.
const Patience = 10 * time.Second

const (
	// window is how long processes are watched.
	window = 250 * time.Millisecond
	// busyShare of the window is what busy processes spend on a processor or in wait for one.
	busyShare = 0.4
)

// load is what processes have used so far.
type load struct {
	tasks map[string]time.Duration // by thread: on a processor, and ready to be there
	disk  bool                     // one waits for a disk, uninterruptibly
}

// now is the load of processes (schedstat and stat of proc(5), documented in the kernel's
// Documentation/scheduler/sched-stats.rst).
func now(pids []int) load {
	l := load{tasks: map[string]time.Duration{}}
	for _, pid := range pids {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil {
			continue
		}
		for _, task := range tasks {
			var run, ready int64
			b, err := os.ReadFile(task + "/schedstat")
			if err != nil {
				continue // it has ended, or the kernel does not count
			}
			if n, _ := fmt.Sscan(string(b), &run, &ready); n == 2 {
				l.tasks[task] = time.Duration(run + ready)
			}
			b, err = os.ReadFile(task + "/stat")
			if i := bytes.LastIndexByte(b, ')'); err == nil && i > 0 && len(b) > i+2 {
				l.disk = l.disk || b[i+2] == 'D'
			}
		}
	}
	return l
}

// Watch is a look at processes that has begun.
type Watch struct {
	pids   func() []int
	before load
	start  time.Time
}

// Begin begins to look at processes.
func Begin(pids func() []int) Watch {
	return Watch{pids: pids, before: now(pids()), start: time.Now()}
}

// Excuse watches for a quarter of a second in all, and tells what keeps the processes from answering. It is "" when
// nothing does, when nothing is known, and when ctx ends before.
func (w Watch) Excuse(ctx context.Context) string {
	if len(w.before.tasks) == 0 {
		return ""
	}
	select {
	case <-time.After(window - time.Since(w.start)):
	case <-ctx.Done():
		return ""
	}
	after := now(w.pids())
	var busy time.Duration
	for task, used := range after.tasks {
		busy += used - w.before.tasks[task]
	}
	share := float64(busy) / float64(time.Since(w.start))
	switch {
	case len(after.tasks) == 0:
		return ""
	case share > busyShare:
		return fmt.Sprintf("it is busy (%.0f %% of a processor)", share*100)
	case w.before.disk && after.disk:
		return "it waits for a disk"
	}
	return ""
}
