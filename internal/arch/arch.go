// Package arch names the processors that machines can have.
package arch

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Arch is a kind of processor.
type Arch struct {
	Name   string // as QEMU and Linux call it: x86_64, aarch64, riscv64
	Go     string // as Go calls it (GOARCH)
	Debian string // as Debian calls it
}

// Console is the serial console, as Linux names it.
func (a Arch) Console() string {
	if a.Name == "aarch64" {
		return "ttyAMA0"
	}
	return "ttyS0"
}

// Hardware are the words for QEMU that make the board, the screen and the keyboard of a machine. On every architecture, a
// text console has 80 columns and 25 lines.
func (a Arch) Hardware() []string {
	if a.Name == "x86_64" {
		return []string{"-vga", "std"}
	}
	return []string{"-machine", "virt", "-device", "virtio-gpu-pci,xres=640,yres=400", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"}
}

// CPU is the processor to emulate. Without erms, Linux clears and copies memory eight bytes at a time instead of one.
// Emulation spends most of its time on that, so a guest starts processes about a sixth quicker. Linux takes fsrm, which
// newer QEMUs emulate, to mean that there is erms: with fsrm alone, a kernel hangs while it boots. The signing of
// pointers (pauth) makes emulation of aarch64 two to three times as slow. QEMU 7.2 has no max for riscv64.
func (a Arch) CPU() string {
	return map[string]string{"x86_64": "max,-erms,-fsrm", "aarch64": "max,pauth=off", "riscv64": "rv64"}[a.Name]
}

// All returns the kinds of processors that machines can have.
func All() []Arch {
	return []Arch{{"x86_64", "amd64", "amd64"}, {"aarch64", "arm64", "arm64"}, {"riscv64", "riscv64", "riscv64"}}
}

// Names returns the names of All.
func Names() []string {
	var names []string
	for _, a := range All() {
		names = append(names, a.Name)
	}
	return names
}

// Named returns the processor of a name.
func Named(name string) (Arch, error) {
	for _, a := range All() {
		if a.Name == name {
			return a, nil
		}
	}
	hint := ""
	if best, ok := Near(name); ok {
		hint = fmt.Sprintf(" (did you mean %s?)", best)
	}
	return Arch{}, fmt.Errorf("there is no arch %q%s: want %s", name, hint, strings.Join(Names(), ", "))
}

// Near returns the name of the processor that somebody meant who wrote another: one of Go's or Debian's, or with a slip.
func Near(name string) (string, bool) {
	for _, a := range All() {
		if name == a.Go || name == a.Debian {
			return a.Name, true
		}
	}
	found := near.Names(name, Names())
	if len(found) == 0 {
		return "", false
	}
	return found[0], true
}
