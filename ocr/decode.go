package ocr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"

	"github.com/spakin/netpbm"
)

// maxPixels limits the size of an image: four times that of an 8K screen.
const maxPixels = 4 * 7680 * 4320

// Decode decodes a PNG or a PNM (PPM, PGM, PBM), the formats of QEMU's screendump.
func Decode(data []byte) (image.Image, error) {
	var size func() (image.Config, error)
	var whole func() (image.Image, error)
	switch {
	case len(data) == 0:
		return nil, errors.New("the image is empty (0 bytes)")
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		size = func() (image.Config, error) { return png.DecodeConfig(bytes.NewReader(data)) }
		whole = func() (image.Image, error) { return png.Decode(bytes.NewReader(data)) }
	case len(data) > 2 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7':
		opts := &netpbm.DecodeOptions{Target: netpbm.PPM}
		// A comment that the file's end cuts off would be read without end.
		text := append(data[:len(data):len(data)], '\n')
		size = func() (image.Config, error) { return netpbm.DecodeConfig(bytes.NewReader(text)) }
		whole = func() (image.Image, error) { return netpbm.Decode(bytes.NewReader(text), opts) }
	default:
		return nil, fmt.Errorf("not a readable image: it is neither PNG nor PPM (it begins with %q)", data[:min(8, len(data))])
	}
	c, err := size()
	if err != nil {
		return nil, fmt.Errorf("the image is broken or cut off: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, fmt.Errorf("a size of %d×%d pixels is not possible for a screen", c.Width, c.Height)
	}
	img, err := whole()
	if err != nil {
		return nil, fmt.Errorf("the image is broken or cut off: %w", err)
	}
	return img, nil
}

// DecodeFile decodes the image in a file; errors name the file.
func DecodeFile(path string) (image.Image, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: no such file: %w", path, fs.ErrNotExist)
		}
		return nil, err
	}
	img, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}
