// Package procload tells how much processor time processes have used. It is about Linux; elsewhere nothing is known of
// processes.
package procload

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Used is how much processor time all threads of these processes have used so far (schedstat of proc(5), documented in
// the kernel's Documentation/scheduler/sched-stats.rst). What has ended counts no more.
func Used(pids ...int) time.Duration {
	var used time.Duration
	for _, pid := range pids {
		// The pattern is right.
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
