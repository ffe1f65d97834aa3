// Package kvm reports whether QEMU can run guests of this machine's architecture under KVM.
package kvm

import (
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// virtualization matches the flag of a processor that can run unmodified guests (VT-x or AMD-V, in proc_cpuinfo(5)).
var virtualization = lazyre.Compile(`(?m)^flags\s*:.*\b(vmx|svm)\b`)

// Usable reports whether there is no error of Check.
func Usable() bool { return Check() == nil }

// Check returns an error unless /dev/kvm can be opened and the processor can run unmodified guests. A virtual machine may have a
// /dev/kvm that supports only special guests (PVM): others stop at their first instructions.
func Check() error {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no /dev/kvm (the processor's virtualization is off, or this is a virtual machine or container without it)")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("you may not open /dev/kvm: become a member of its group, which is kvm on most systems")
	case err != nil:
		return err
	}
	f.Close()
	if runtime.GOARCH != "amd64" {
		return nil
	}
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err == nil && !capable(cpu) {
		err = errors.New("there is a /dev/kvm, but the processor can't run unmodified guests")
	}
	return err
}

// capable reports whether a /proc/cpuinfo has the flag.
func capable(cpuinfo []byte) bool { return virtualization().Match(cpuinfo) }
