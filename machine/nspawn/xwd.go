package nspawn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/bits"
)

// xwdHeader is the start of a dump of xwd, in big-endian words (X11/XWDFile.h).
type xwdHeader struct {
	HeaderSize, FileVersion, PixmapFormat, PixmapDepth, Width, Height, XOffset, ByteOrder, BitmapUnit, BitmapBitOrder,
	BitmapPad, BitsPerPixel, BytesPerLine, VisualClass, RedMask, GreenMask, BlueMask, BitsPerRGB, ColormapEntries, NColors uint32
}

const (
	xwdVersion   = 7
	xwdZPixmap   = 2
	xwdTrueColor = 4
	xwdColorSize = 12 // bytes of an entry of the colour map
	xwdMaxSide   = 1 << 15
)

// decodeXWD reads a dump of xwd that has direct colours, as all current X servers have.
func decodeXWD(b []byte) (image.Image, error) {
	var h xwdHeader
	if _, err := binary.Decode(b, binary.BigEndian, &h); err != nil {
		return nil, errors.New("the picture of the X display is cut")
	}
	if h.FileVersion != xwdVersion || h.PixmapFormat != xwdZPixmap || h.VisualClass < xwdTrueColor ||
		h.BitsPerPixel%8 != 0 || h.BitsPerPixel < 16 || h.BitsPerPixel > 32 || h.Width > xwdMaxSide || h.Height > xwdMaxSide {
		return nil, fmt.Errorf("the X display has colours that can't be read: visual class %d, %d bits per pixel (use a depth of 24)", h.VisualClass, h.BitsPerPixel)
	}
	start := uint64(h.HeaderSize) + uint64(h.NColors)*xwdColorSize
	size := uint64(h.BitsPerPixel / 8)
	if uint64(h.BytesPerLine) < uint64(h.Width)*size || uint64(len(b)) < start+uint64(h.BytesPerLine)*uint64(h.Height) {
		return nil, errors.New("the picture of the X display is cut")
	}
	img := image.NewRGBA(image.Rect(0, 0, int(h.Width), int(h.Height)))
	for y := range int(h.Height) {
		row := b[start+uint64(y)*uint64(h.BytesPerLine):]
		for x := range int(h.Width) {
			p := row[uint64(x)*size : uint64(x+1)*size]
			var v uint32
			for k := range p {
				if h.ByteOrder == 0 {
					v |= uint32(p[k]) << (8 * k)
				} else {
					v = v<<8 | uint32(p[k])
				}
			}
			img.SetRGBA(x, y, color.RGBA{channel(v, h.RedMask), channel(v, h.GreenMask), channel(v, h.BlueMask), 255})
		}
	}
	return img, nil
}

// channel returns one colour of a pixel, as 0 to 255.
func channel(pixel, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := mask >> shift
	return uint8((pixel & mask) >> shift * 255 / most)
}
