package ocr

import "testing"

// NeedTesseract skips a test of recognition in a program that was built without it.
func NeedTesseract(t testing.TB) {
	t.Helper()
	if !built {
		t.Skip(notBuilt)
	}
}
