package qemu

import (
	"bytes"
	"fmt"
	"image/png"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// ppmToPNG converts the picture of a QEMU that can't write PNG.
func ppmToPNG(b []byte) ([]byte, error) {
	img, err := ocr.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("the picture that QEMU wrote can't be read: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
