package qemu

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// peer is the process at the other end of a Unix socket, 0 when that is unknown.
func peer(conn net.Conn) int {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}

// usage is the load of a process (schedstat and stat of proc(5), documented in the kernel's
// Documentation/scheduler/sched-stats.rst).
func usage(pid int) (l load, known bool) {
	if pid <= 0 {
		return l, false
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return l, false
	}
	for _, task := range tasks {
		var run, ready int64
		b, err := os.ReadFile(task + "/schedstat")
		if err != nil {
			continue // it has ended, or the kernel does not count
		}
		if n, _ := fmt.Sscan(string(b), &run, &ready); n == 2 {
			known = true
			l.busy += time.Duration(run + ready)
		}
		b, err = os.ReadFile(task + "/stat")
		if i := bytes.LastIndexByte(b, ')'); err == nil && i > 0 && len(b) > i+2 {
			l.disk = l.disk || b[i+2] == 'D'
		}
	}
	return l, known
}
