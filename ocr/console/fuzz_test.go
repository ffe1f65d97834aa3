package console_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr/console"
)

// FuzzScreen: whatever is on a screen, the text that is found is within it.
func FuzzScreen(f *testing.F) {
	f.Add(uint16(80), uint16(16), []byte{0, 0x18, 0x3c, 0xff, 0x81})
	f.Add(uint16(720), uint16(16), []byte{0x7e, 0x81, 0xa5})
	f.Add(uint16(1), uint16(1), []byte{1})
	f.Add(uint16(320), uint16(26), []byte("hello, a picture"))
	f.Fuzz(func(t *testing.T, width, height uint16, pixels []byte) {
		if len(pixels) == 0 {
			return
		}
		img := image.NewGray(image.Rect(0, 0, 1+int(width)%800, 1+int(height)%100))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				n := y*img.Rect.Dx() + x
				if pixels[n/8%len(pixels)]>>(7-n%8)&1 != 0 {
					img.SetGray(x, y, color.Gray{0xff})
				}
			}
		}
		if s, ok := console.Read(img); ok {
			if s.Rows < 1 || s.Cols < 1 || len(s.Cells) != s.Rows*s.Cols || !s.Box(0, 0, s.Cols).In(img.Rect) || !s.Box(s.Rows-1, s.Cols-1, 1).In(img.Rect) {
				t.Errorf("%d rows of %d cells of %d×%d on a screen of %v", s.Rows, s.Cols, s.CellW, s.CellH, img.Rect)
			}
			_ = s.Text()
		}
		runs, rest := console.Terminals(img)
		if !rest.Bounds().Eq(img.Rect) {
			t.Errorf("the rest is %v of %v", rest.Bounds(), img.Rect)
		}
		for _, r := range runs {
			if !r.Box.In(img.Rect) || r.Text == "" {
				t.Errorf("%q at %v of %v", r.Text, r.Box, img.Rect)
			}
		}
	})
}
