package ocr

import (
	"hash/maphash"
	"image"
)

// pieceCache keeps the text of pieces by the fingerprint of their pixels as long as they are on the
// screen, and for keepFrames more images: text that blinks or scrolls need not be read again.
type pieceCache struct {
	frame int
	known map[uint64]*knownPiece
}

type knownPiece struct {
	lines []Line
	used  int // the last frame with this piece
}

const keepFrames = 20

func (c *pieceCache) nextFrame() {
	c.frame++
	for k, p := range c.known {
		if c.frame-p.used > keepFrames {
			delete(c.known, k)
		}
	}
}

func (c *pieceCache) get(key uint64) ([]Line, bool) {
	p, ok := c.known[key]
	if !ok {
		return nil, false
	}
	p.used = c.frame
	return p.lines, true
}

func (c *pieceCache) put(key uint64, lines []Line) {
	if c.known == nil {
		c.known = map[uint64]*knownPiece{}
	}
	c.known[key] = &knownPiece{lines, c.frame}
}

func grayHash(seed maphash.Seed, img *image.Gray) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, img.Rect.Size())
	for y := range img.Rect.Dy() {
		_, _ = h.Write(img.Pix[y*img.Stride:][:img.Rect.Dx()])
	}
	return h.Sum64()
}

// cut returns a copy of a part of img.
func cut(img *image.Gray, r image.Rectangle) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		copy(out.Pix[y*out.Stride:], img.Pix[img.PixOffset(r.Min.X, r.Min.Y+y):][:r.Dx()])
	}
	return out
}

// pad returns a copy of img with n white pixels around it.
func pad(img *image.Gray, n int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, img.Rect.Dx()+2*n, img.Rect.Dy()+2*n))
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for y := range img.Rect.Dy() {
		copy(out.Pix[(y+n)*out.Stride+n:], img.Pix[y*img.Stride:][:img.Rect.Dx()])
	}
	return out
}

// shift returns a copy of lines with their boxes divided by factor and moved by p.
func shift(lines []Line, factor float64, p image.Point) []Line {
	out := make([]Line, len(lines))
	for i, l := range lines {
		out[i].Words = make([]Word, len(l.Words))
		for j, w := range l.Words {
			at := func(v int) int { return int(float64(v) / factor) }
			w.Box = image.Rect(at(w.Box.Min.X), at(w.Box.Min.Y), at(w.Box.Max.X), at(w.Box.Max.Y)).Add(p)
			out[i].Words[j] = w
		}
	}
	return out
}
