package suite

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Room is what this machine has for tests. Where the system does not tell, it is a guess.
type Room struct {
	Free  int64 // bytes that can be used now
	Total int64 // bytes of the machine, or of the control group that the program is in
	Cores float64
}

const guessedMemory = 4 << 30

// reserve is what a machine keeps for others: 1 GB, or a quarter of a small one.
func reserve(free int64) int64 { return min(1<<30, free/4) }

// ThisRoom measures the memory of this machine.
func ThisRoom() Room {
	r := Room{Free: guessedMemory, Total: guessedMemory, Cores: float64(runtime.GOMAXPROCS(0))}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		r.Free, r.Total = cmp.Or(meminfo(b, "MemAvailable"), r.Free), cmp.Or(meminfo(b, "MemTotal"), r.Total)
	}
	if limit, used, ok := cgroupMemory("/sys/fs/cgroup", readString("/proc/self/cgroup")); ok {
		r.Free, r.Total = min(r.Free, max(0, limit-used)), min(r.Total, limit)
	}
	return r
}

// meminfo returns a number of /proc/meminfo in bytes, 0 if it is not there.
func meminfo(b []byte, key string) int64 {
	for line := range bytes.Lines(b) {
		if f := strings.Fields(string(line)); len(f) >= 2 && f[0] == key+":" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

func readString(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// cgroupMemory returns the lowest memory limit of the control groups (version 2) that a process is in, and what that group
// uses without the file cache that can be dropped. self is its /proc/PID/cgroup.
func cgroupMemory(root, self string) (limit, used int64, ok bool) {
	_, group, found := strings.Cut(self, "0::")
	if !found {
		return 0, 0, false
	}
	group, _, _ = strings.Cut(group, "\n")
	for dir := filepath.Join(root, group); ; dir = filepath.Dir(dir) {
		most, err := strconv.ParseInt(readString(filepath.Join(dir, "memory.max")), 10, 64) // an error: "max", or no such file
		if err == nil && (!ok || most < limit) {
			current, _ := strconv.ParseInt(readString(filepath.Join(dir, "memory.current")), 10, 64)
			limit, used, ok = most, current-statOf(filepath.Join(dir, "memory.stat"), "inactive_file"), true
		}
		if dir == root || len(dir) <= len(root) {
			return limit, used, ok
		}
	}
}

func statOf(path, key string) int64 {
	for _, line := range strings.Split(readString(path), "\n") {
		if name, value, _ := strings.Cut(line, " "); name == key {
			n, _ := strconv.ParseInt(value, 10, 64)
			return n
		}
	}
	return 0
}

// pressed reports whether processes of this machine wait for memory (Documentation/accounting/psi.rst of the kernel).
func pressed() bool {
	return pressure(readString("/proc/pressure/memory")) > 20
}

// pressure returns the percentage of the last ten seconds in which some process waited.
func pressure(psi string) float64 {
	for _, line := range strings.Split(psi, "\n") {
		var avg10 float64
		if n, _ := fmt.Sscanf(line, "some avg10=%f", &avg10); n == 1 {
			return avg10
		}
	}
	return 0
}

// stretchedBy returns by how much times are longer on a machine that emulates, from its load.
func stretchedBy() float64 {
	load := 1.0
	if f := strings.Fields(readString("/proc/loadavg")); len(f) > 0 {
		load, _ = strconv.ParseFloat(f[0], 64)
	}
	return 2 * min(4, max(1, load/float64(runtime.NumCPU())))
}

// owners returns for each process which of roots it is or is below. It is empty where the system does not tell.
func owners(roots []int) map[int]int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	parent := map[int]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// The name, in parentheses, can have any character in it (proc_pid_stat(5)).
		stat := readString(filepath.Join("/proc", e.Name(), "stat"))
		if f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]); len(f) > 1 {
			parent[pid], _ = strconv.Atoi(f[1])
		}
	}
	out := map[int]int{}
	for pid := range parent {
		for up, n := pid, 0; up > 1 && n < 64; up, n = parent[up], n+1 {
			if slices.Contains(roots, up) {
				out[pid] = up
				break
			}
		}
	}
	return out
}

// treeMemory returns the memory of processes and all below them, in bytes; what several share is divided between them.
func treeMemory(roots []int) map[int]int64 {
	out := map[int]int64{}
	for pid, root := range owners(roots) {
		out[root] += memoryOf(pid)
	}
	return out
}

// memoryOf returns the proportional set size of a process in bytes, else its resident set size.
func memoryOf(pid int) int64 {
	dir := fmt.Sprintf("/proc/%d/", pid)
	if b, err := os.ReadFile(dir + "smaps_rollup"); err == nil {
		return meminfo(b, "Pss")
	}
	if f := strings.Fields(readString(dir + "statm")); len(f) > 1 {
		n, _ := strconv.ParseInt(f[1], 10, 64)
		return n * int64(os.Getpagesize())
	}
	return 0
}

// ForTests returns the memory that tests may use together.
func (r Room) ForTests() int64 { return r.Free - reserve(r.Free) }
