// Package tesseract is the helper program of package ocr: Tesseract, linked through cgo. It is apart from ocr
// because loading Tesseract's libraries takes longer than all else that a driver does before a test begins, and
// most tests read no screen.
//
// Command gotest-driver-ocr is this package as a program. A program that links Tesseract itself, as Go tests like
// to, calls Self and needs no other.
package tesseract

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// Main serves a driver on standard input and output until the input ends; the result is the exit status.
func Main() int { return ocr.Serve(os.Stdin, os.Stdout, newRecognizer()) }

// Self makes this program its own helper: main or TestMain calls it first. It does not return in a process that
// package ocr has started to recognise; otherwise it only sets the environment variable ocr.HelperEnv, unless it
// is set already.
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
