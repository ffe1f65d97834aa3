// Package tesseract is the helper program of package ocr: Tesseract, linked through cgo. It is separate from ocr
// because loading Tesseract's libraries takes longer than everything else that a driver does before a test begins, and
// most tests read no screen.
//
// Command gotest-driver-ocr is this package as a program. A program that links Tesseract itself, such as a Go test,
// calls Self and needs no other program.
package tesseract

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// Main serves a driver on standard input and output until the input ends, and returns the exit status.
func Main() int { return ocr.Serve(os.Stdin, os.Stdout, newRecognizer()) }

// Self makes this program its own helper: main or TestMain calls it first. In a process that package ocr has started
// for recognition it does not return. In other processes it only sets the environment variable ocr.HelperEnv, unless
// that is already set.
func Self() {
	if filepath.Base(os.Args[0]) == ocr.HelperName {
		os.Exit(Main())
	}
	if os.Getenv(ocr.HelperEnv) != "" {
		return
	}
	exe, err := os.Executable()
	if err == nil {
		err = os.Setenv(ocr.HelperEnv, exe)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "OCR: find this program, to start it as a helper:", err)
	}
}
