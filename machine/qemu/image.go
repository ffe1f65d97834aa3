package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// Screenshot asks QEMU for a picture of the first display.
func (i *instance) Screenshot(ctx context.Context) ([]byte, error) {
	b, format, err := i.screen(ctx, qmp.PNG)
	if err != nil || format == qmp.PNG {
		return b, err
	}
	return ppmToPNG(b)
}

// Glance asks QEMU for a picture that it need not compress: the guest waits meanwhile.
func (i *instance) Glance(ctx context.Context) ([]byte, error) {
	b, _, err := i.screen(ctx, qmp.PPM)
	return b, err
}

// screen returns a picture in the format, or in the one that QEMU can write. QEMU, which may be another user, gets the
// file open.
func (i *instance) screen(ctx context.Context, format qmp.ImageFormat) ([]byte, qmp.ImageFormat, error) {
	f, err := os.CreateTemp(i.state, "screen-*")
	if err != nil {
		return nil, format, err
	}
	defer f.Close()
	defer os.Remove(f.Name())
	w, err := os.OpenFile(f.Name(), os.O_WRONLY, 0)
	if err != nil {
		return nil, format, err
	}
	path, err := i.qmp.AddFile(ctx, w)
	if err != nil {
		return nil, format, fmt.Errorf("%s: screenshot: %w", i.name, err)
	}
	format, err = i.qmp.Screendump(ctx, path, format)
	ctx, cancel := begun(ctx)
	defer cancel()
	if err = errors.Join(err, i.qmp.RemoveFile(ctx, path)); err != nil {
		return nil, format, fmt.Errorf("%s: screenshot: %w", i.name, err)
	}
	b, err := io.ReadAll(f)
	return b, format, err
}

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
