package nspawn

import (
	"encoding/binary"
	"image/color"
	"testing"
)

func TestKeysym(t *testing.T) {
	for key, want := range map[string]string{
		"a": "a", "7": "7", "ret": "Return", "spc": "space", "f1": "F1", "f24": "F24", "kp_5": "KP_5", "kp_enter": "KP_Enter", "pgdn": "Next",
		"f25": "", "nonsense": "", "": "",
	} {
		if got, ok := keysym(key); got != want || ok != (want != "") {
			t.Errorf("%q is %q (%v), want %q", key, got, ok, want)
		}
	}
}

// dump returns a dump of xwd of one line: a header followed by the name of a window, and a colour map that is not used.
func dump(t *testing.T, change func(*xwdHeader), pixels ...byte) []byte {
	t.Helper()
	h := xwdHeader{HeaderSize: 100, FileVersion: 7, PixmapFormat: 2, PixmapDepth: 24, Height: 1, BitsPerPixel: 32, BytesPerLine: uint32(len(pixels)),
		VisualClass: 4, RedMask: 0xff0000, GreenMask: 0xff00, BlueMask: 0xff, NColors: 1}
	change(&h)
	h.Width = uint32(len(pixels)) * 8 / h.BitsPerPixel
	b, err := binary.Append(nil, binary.BigEndian, h)
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, make([]byte, int(h.HeaderSize)-len(b)+12*int(h.NColors))...)
	return append(b, pixels...)
}

func TestDecodeXWD(t *testing.T) {
	red, blue, white := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{255, 255, 255, 255}
	for name, c := range map[string]struct {
		dump []byte
		want []color.RGBA // nil: an error
	}{
		"least byte first": {dump(t, func(*xwdHeader) {}, 0, 0, 255, 0, 255, 0, 0, 0), []color.RGBA{red, blue}},
		"most byte first":  {dump(t, func(h *xwdHeader) { h.ByteOrder = 1 }, 0, 255, 0, 0, 0, 0, 0, 255), []color.RGBA{red, blue}},
		"16 bits": {dump(t, func(h *xwdHeader) { h.BitsPerPixel, h.RedMask, h.GreenMask, h.BlueMask = 16, 0xf800, 0x07e0, 0x1f }, 255, 255, 0, 0xf8),
			[]color.RGBA{white, red}},
		"a line of another length": {dump(t, func(h *xwdHeader) { h.BytesPerLine = 4 }, 0, 0, 255, 0, 255, 0, 0, 0), nil},
		"indexed colours":          {dump(t, func(h *xwdHeader) { h.VisualClass = 3 }, 0, 0, 255, 0), nil},
		"of another program":       {dump(t, func(h *xwdHeader) { h.FileVersion = 6 }, 0, 0, 255, 0), nil},
		"cut":                      {dump(t, func(*xwdHeader) {}, 0, 0, 255, 0)[:112], nil},
		"cut in its header":        {make([]byte, 40), nil},
	} {
		img, err := decodeXWD(c.dump)
		if (err == nil) != (c.want != nil) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		for x, want := range c.want {
			if got := img.At(x, 0); got != want {
				t.Errorf("%s: pixel %d is %v, want %v", name, x, got, want)
			}
		}
	}
}
