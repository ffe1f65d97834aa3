// Package procload measures the processor time of processes, on Linux only, and looks whether they have been stopped.
package procload

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Used returns the processor time that all threads of these processes have used so far (schedstat of proc(5), documented
// in the kernel's Documentation/scheduler/sched-stats.rst). Ended threads do not count.
func Used(pids ...int) time.Duration {
	var used time.Duration
	for _, pid := range pids {
		// The pattern is valid.
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, task := range tasks {
			b, err := os.ReadFile(task)
			var run time.Duration
			if err != nil {
				continue // it has ended, or the kernel does not count
			}
			if n, _ := fmt.Sscan(string(b), &run); n == 1 {
				used += run
			}
		}
	}
	return used
}

// Stopped reports whether a signal has stopped a process (its state in proc(5) is T).
func Stopped(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The state is behind the name, which may have any character.
	return err == nil && bytes.HasPrefix(b[bytes.LastIndexByte(b, ')')+1:], []byte(" T"))
}
