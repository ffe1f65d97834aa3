package ocr_test

import (
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// TestButtonsWithOutlines: text is read beside the outlines of buttons and a stippled scroll bar.
func TestButtonsWithOutlines(t *testing.T) {
	ocr.NeedTesseract(t)
	r := ocr.New(ocr.Options{})
	t.Cleanup(func() { r.Close() })
	res, err := r.Read(t.Context(), decode(t, "x/athena-buttons"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Delete all files?", "Proceed Abort", "Continue Cancel job Help", "Try again OK"} {
		if !strings.Contains(res.Text, line) {
			t.Errorf("%q is missing in\n%s", line, res.Text)
		}
	}
}
