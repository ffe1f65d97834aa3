//go:build !cgo || notesseract

package ocr

import (
	"errors"
	"strings"
	"testing"
)

func TestWithoutTesseract(t *testing.T) {
	r := New(Options{})
	defer r.Close()
	img, err := DecodeFile("testdata/x/desktop.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(t.Context(), img); !errors.Is(err, ErrUnavailable) || !strings.HasPrefix(err.Error(), "OCR is not available: ") {
		t.Errorf("a desktop: %v", err)
	}
	for name, want := range map[string]string{"console/720x400-login-dark": "machine login: root", "x/xterm-fixed": "drwxr-xr-x 2 root root"} {
		img, err := DecodeFile("testdata/" + name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		if res, err := r.Read(t.Context(), img); err != nil || !strings.Contains(res.Text, want) {
			t.Errorf("%s needs no OCR: %v %q", name, err, res.Text)
		}
	}
}
