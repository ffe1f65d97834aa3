package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// qemuProgram is a QEMU to measure with.
type qemuProgram struct {
	program string // for $GOTEST_QEMU
	version string
	boots   int  // how often each driver boots a guest
	other   bool // it is not the installed one: only what the peer does, too, is measured
}

// qemus returns the installed QEMU and, unless that is impossible, that of Debian's backports.
func qemus(dir string, newer bool) []qemuProgram {
	program, err := qemu.Find("")
	if err != nil { // the first boot says so
		return []qemuProgram{{boots: boots}}
	}
	list := []qemuProgram{{program: program, version: versionOf(program), boots: boots}}
	if !newer {
		return list
	}
	cmd := exec.Command("scripts/qemu-backports.sh", filepath.Join(dir, "backports"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintf(os.Stderr, "the QEMU of Debian's backports is not measured: %v\n", err)
		return list
	}
	program = strings.TrimSpace(string(out))
	return append(list, qemuProgram{program, versionOf(program), otherBoots, true})
}

var qemuVersion = regexp.MustCompile(`version ([0-9.]+)`)

// versionOf returns the version of a QEMU program.
func versionOf(program string) string {
	out, _ := exec.Command(program, "--version").Output()
	if m := qemuVersion.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return ""
}
