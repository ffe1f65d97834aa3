package nspawn

import (
	"encoding/binary"
	"testing"
)

// FuzzXWD: whatever a container gives as the picture of its display is a picture or an error.
func FuzzXWD(f *testing.F) {
	header := xwdHeader{HeaderSize: 100, FileVersion: xwdVersion, PixmapFormat: xwdZPixmap, Width: 2, Height: 1, BitsPerPixel: 32, BytesPerLine: 8,
		VisualClass: xwdTrueColor, RedMask: 0xff0000, GreenMask: 0xff00, BlueMask: 0xff}
	for _, change := range []func(*xwdHeader){
		func(*xwdHeader) {}, func(h *xwdHeader) { h.Width = 1 << 31 }, func(h *xwdHeader) { h.NColors = 1 << 31 }, func(h *xwdHeader) { h.HeaderSize = 0 },
		func(h *xwdHeader) { h.Width, h.BytesPerLine, h.Height = 0, 0, 1<<15 }, func(h *xwdHeader) { h.RedMask = 1 << 31 },
	} {
		h := header
		change(&h)
		b, err := binary.Append(nil, binary.BigEndian, &h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(b, make([]byte, 28)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		img, err := decodeXWD(b)
		if (img == nil) == (err == nil) {
			t.Errorf("%v, %v", img, err)
		}
	})
}
