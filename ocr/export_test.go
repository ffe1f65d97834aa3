package ocr

import "testing"

// TesseractBuilt reports whether the tests' own program was built with Tesseract: their TestMain sets it.
var TesseractBuilt bool

// NeedTesseract skips a test of recognition in a program that was built without it.
func NeedTesseract(t testing.TB) {
	t.Helper()
	if !TesseractBuilt {
		t.Skip("needs cgo, libtesseract-dev and libleptonica-dev")
	}
}
