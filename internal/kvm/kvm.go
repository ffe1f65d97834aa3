// Package kvm reports whether QEMU can run guests of this machine's architecture under KVM.
package kvm

import (
	"os"
	"runtime"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// virtualization matches the flag of a processor that can run unmodified guests (VT-x or AMD-V, in proc_cpuinfo(5)).
var virtualization = lazyre.Compile(`(?m)^flags\s*:.*\b(vmx|svm)\b`)

// Usable reports whether /dev/kvm can be opened and the processor can run unmodified guests. A virtual machine may have a
// /dev/kvm that supports only special guests (PVM): others stop at their first instructions.
func Usable() bool {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close()
	if runtime.GOARCH != "amd64" {
		return true
	}
	cpu, err := os.ReadFile("/proc/cpuinfo")
	return err == nil && capable(cpu)
}

// capable reports whether a /proc/cpuinfo has the flag.
func capable(cpuinfo []byte) bool { return virtualization().Match(cpuinfo) }
