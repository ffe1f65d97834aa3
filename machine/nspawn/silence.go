package nspawn

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/procload"
)

// used returns the processor time that the container's processes have used.
func (i *instance) used() time.Duration { return procload.Used(sameNamespace(i.notify.Leader())...) }

// Standstill returns why a container that does not answer may not be able to.
func (i *instance) Standstill(context.Context) string {
	if pid := i.notify.Leader(); procload.Stopped(pid) {
		return fmt.Sprintf("its first process, %d, has been stopped by a signal", pid)
	}
	return ""
}

// sameNamespace returns the processes that are in the PID namespace of one (pid_namespaces(7)), such as all of a
// container, including those that nsenter has started there.
func sameNamespace(pid int) []int {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		return nil // the process has ended
	}
	// The pattern is valid.
	links, _ := filepath.Glob("/proc/[0-9]*/ns/pid")
	var pids []int
	for _, link := range links {
		if ns, err := os.Readlink(link); err == nil && ns == own {
			p, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link))))
			pids = append(pids, p)
		}
	}
	return pids
}
