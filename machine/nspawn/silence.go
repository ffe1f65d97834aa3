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

// excuse tells why a container whose root shell has been silent can't be expected to answer.
func (i *instance) excuse(ctx context.Context, silent time.Duration) string {
	if silent > procload.Patience {
		return ""
	}
	return procload.Begin(func() []int { return sameNamespace(i.notify.Leader()) }).Excuse(ctx)
}

// sameNamespace finds the processes that are in the PID namespace of one (pid_namespaces(7)), such as all of a
// container, those that nsenter has started among them.
func sameNamespace(pid int) []int {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		return nil // it has ended
	}
	// The pattern is right.
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
