package qemu

import (
	"bytes"
	"fmt"
	"image/png"

	"github.com/spakin/netpbm"
)

// ppmToPNG converts the picture of a QEMU that can't write PNG.
func ppmToPNG(b []byte) ([]byte, error) {
	img, err := netpbm.Decode(bytes.NewReader(b), nil)
	if err != nil {
		return nil, fmt.Errorf("the picture that QEMU wrote can't be read: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
