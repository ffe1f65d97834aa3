package ocr

import "image"

const (
	// Pixels; thin strokes that are longer are lines and the sides of frames, not letters.
	ruleHeight = 40
	ruleWidth  = 60
	ruleThick  = 4

	// A stroke of one or two pixels is a line from this height on.
	hairHeight = 22
	hairThick  = 2
)

// eraseRules erases thin straight lines.
func eraseRules(img *image.Gray) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dark := func(x, y int) bool { return x >= 0 && y >= 0 && x < w && y < h && img.Pix[y*img.Stride+x] < inked }
	var erase []image.Rectangle
	// run erases the thin parts of the stroke from begin to end of a column or a row.
	run := func(begin, end, least int, at func(i, off int) (x, y int)) {
		thick := ruleThick
		if end-begin < least {
			if least != ruleHeight || end-begin < hairHeight {
				return
			}
			thick = hairThick + 1
		}
		thin := 0
		var cells []image.Rectangle
		for i := begin; i < end; i++ {
			lo, hi := 0, 0
			for lo > -thick && dark(at(i, lo-1)) {
				lo--
			}
			for hi < thick && dark(at(i, hi+1)) {
				hi++
			}
			if hi-lo < thick {
				thin++
				x0, y0 := at(i, lo)
				x1, y1 := at(i, hi)
				cells = append(cells, image.Rect(x0, y0, x1+1, y1+1))
			}
		}
		if 5*thin >= 4*(end-begin) {
			erase = append(erase, cells...)
		}
	}
	since := make([]int, w) // by column: the first row of the stroke
	for y := range h + 1 {
		left := 0
		for x := range w + 1 {
			if !dark(x, y) {
				run(left, x, ruleWidth, func(i, off int) (int, int) { return i, y + off })
				left = x + 1
			}
			if x < w && !dark(x, y) {
				run(since[x], y, ruleHeight, func(i, off int) (int, int) { return x + off, i })
				since[x] = y + 1
			}
		}
	}
	for _, r := range erase {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
}
