package kvm

import (
	"os"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// cpuLine matches the lines of proc_cpuinfo(5) that say what a processor can do.
var cpuLine = lazyre.Compile(`(?m)^(vendor_id|cpu family|model|model name|stepping|microcode|flags|Features|CPU [a-z]+)\s*:.*$`)

// Host returns a text that differs between hosts whose guests can't be moved from one to the other: what the first processor can
// do, and the kernel's release.
func Host() (string, error) {
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", err
	}
	return hostText(string(cpu)) + string(release), nil
}

// hostText returns the lines of a /proc/cpuinfo about what its first processor can do.
func hostText(cpuinfo string) string {
	first, _, _ := strings.Cut(cpuinfo, "\n\n")
	return strings.Join(cpuLine().FindAllString(first, -1), "\n") + "\n"
}
