package ocr

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// DrawBoxes returns a copy of img with a frame around every word and the recognised text below it. Each result has its
// own colour; words of low confidence (below 60) are red.
func DrawBoxes(img image.Image, results ...Result) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	colours := []color.RGBA{{0, 200, 80, 255}, {60, 140, 255, 255}, {255, 170, 0, 255}}
	for i, r := range results {
		for _, w := range r.Words() {
			c := colours[i%len(colours)]
			if w.Confidence < 60 {
				c = color.RGBA{255, 40, 40, 255}
			}
			frame(out, w.Box.Inset(-1), c)
			if r.Method != MethodConsole {
				caption(out, w, c)
			}
		}
	}
	return out
}

// frame draws the four sides of r.
func frame(img draw.Image, r image.Rectangle, c color.Color) {
	u := image.NewUniform(c)
	for _, side := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+1)}, {image.Pt(r.Min.X, r.Max.Y-1), r.Max},
		{r.Min, image.Pt(r.Min.X+1, r.Max.Y)}, {image.Pt(r.Max.X-1, r.Min.Y), r.Max},
	} {
		draw.Draw(img, side, u, image.Point{}, draw.Src)
	}
}

// caption writes the recognised text below the word, on a background that is readable on every screen.
func caption(img draw.Image, w Word, c color.Color) {
	face := basicfont.Face7x13
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face}
	at := image.Pt(w.Box.Min.X, w.Box.Max.Y+1)
	ground := image.Rectangle{at, at.Add(image.Pt(d.MeasureString(w.Text).Ceil(), face.Height-2))}
	draw.Draw(img, ground, image.NewUniform(color.RGBA{0, 0, 0, 255}), image.Point{}, draw.Src)
	d.Dot = fixed.P(at.X, at.Y+face.Ascent-2)
	d.DrawString(w.Text)
}
