// Package pix represents a screenshot as packed RGB pixels, for fast access by the recognisers.
package pix

import (
	"hash/maphash"
	"image"
	"image/color"
)

// Map is an [image.Image] of packed 0x00RRGGBB pixels, row after row, its origin at (0, 0).
type Map struct {
	W, H int
	Pix  []uint32
}

// Row returns a row of pixels.
func (m *Map) Row(y int) []uint32 { return m.Pix[y*m.W : (y+1)*m.W] }

// Bounds returns the image's rectangle.
func (m *Map) Bounds() image.Rectangle { return image.Rect(0, 0, m.W, m.H) }

// ColorModel is that of opaque colours.
func (m *Map) ColorModel() color.Model { return color.RGBAModel }

// At is the colour of a pixel.
func (m *Map) At(x, y int) color.Color {
	if !(image.Point{X: x, Y: y}).In(m.Bounds()) {
		return color.RGBA{}
	}
	p := m.Row(y)[x]
	return color.RGBA{byte(p >> 16), byte(p >> 8), byte(p), 255}
}

// Uniform reports whether every pixel has the same colour; an empty image is uniform.
func (m *Map) Uniform() bool {
	for _, p := range m.Pix {
		if p != m.Pix[0] {
			return false
		}
	}
	return true
}

// Hash returns a fingerprint of size and content under seed.
func (m *Map) Hash(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, m.W)
	buf := make([]byte, 0, 4*m.W)
	for y := range m.H {
		buf = buf[:0]
		for _, p := range m.Row(y) {
			buf = append(buf, byte(p), byte(p>>8), byte(p>>16))
		}
		_, _ = h.Write(buf)
	}
	return h.Sum64()
}

// Crop returns a copy of the part of m inside r, which must be within its bounds.
func (m *Map) Crop(r image.Rectangle) *Map {
	c := &Map{W: r.Dx(), H: r.Dy(), Pix: make([]uint32, 0, r.Dx()*r.Dy())}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		c.Pix = append(c.Pix, m.Row(y)[r.Min.X:r.Max.X]...)
	}
	return c
}

// From converts any image; transparent parts are laid over black. A Map is returned as it is.
func From(img image.Image) *Map {
	if m, ok := img.(*Map); ok {
		return m
	}
	b := img.Bounds()
	m := &Map{W: b.Dx(), H: b.Dy(), Pix: make([]uint32, b.Dx()*b.Dy())}
	switch src := img.(type) {
	case *image.RGBA:
		for y := range m.H {
			s, d := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):], m.Row(y)
			for x := range d {
				d[x] = rgb(s[4*x], s[4*x+1], s[4*x+2])
			}
		}
	case *image.Gray:
		for y := range m.H {
			s, d := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):], m.Row(y)
			for x := range d {
				d[x] = rgb(s[x], s[x], s[x])
			}
		}
	case *image.Paletted:
		pal := make([]uint32, 256)
		for i, c := range src.Palette {
			pal[i] = pack(c)
		}
		for y := range m.H {
			s, d := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):], m.Row(y)
			for x := range d {
				d[x] = pal[s[x]]
			}
		}
	case *image.NRGBA:
		for y := range m.H {
			s, d := src.Pix[src.PixOffset(b.Min.X, b.Min.Y+y):], m.Row(y)
			for x := range d {
				if s[4*x+3] == 255 {
					d[x] = rgb(s[4*x], s[4*x+1], s[4*x+2])
				} else {
					d[x] = pack(src.NRGBAAt(b.Min.X+x, b.Min.Y+y))
				}
			}
		}
	default:
		for y := range m.H {
			d := m.Row(y)
			for x := range d {
				d[x] = pack(img.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return m
}

func rgb(r, g, b byte) uint32 { return uint32(r)<<16 | uint32(g)<<8 | uint32(b) }

func pack(c color.Color) uint32 {
	r, g, b, _ := c.RGBA()
	return rgb(byte(r>>8), byte(g>>8), byte(b>>8))
}

// Luma returns the brightness of a packed pixel, 0 to 255 (Rec. 601 weights).
func Luma(p uint32) int {
	return int(299*(p>>16&255)+587*(p>>8&255)+114*(p&255)+500) / 1000
}

// Distance returns the largest difference of a channel between two packed pixels, 0 to 255.
func Distance(p, q uint32) int {
	d := 0
	for s := 0; s <= 16; s += 8 {
		d = max(d, abs(int(p>>s&255)-int(q>>s&255)))
	}
	return d
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
