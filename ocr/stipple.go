package ocr

import "image"

// stippleLeast is the least length, in pixels, of alternating pixels that are not part of a letter.
const stippleLeast = 9

// eraseStipple erases areas and frames of alternating dark and light pixels, which X programs use for grey: scroll
// bars of the Athena widgets, twm's frames. They would join the lines beside them.
func eraseStipple(img *image.Gray) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dark := func(x, y int) bool { return img.Pix[y*w+x] < inked }
	var squares []image.Point // of two by two pixels that are dark and light crosswise
	square := func(x, y int) bool {
		d := dark(x, y)
		return d != dark(x+1, y) && d != dark(x, y+1) && d == dark(x+1, y+1)
	}
	along := make([]int, w) // by column: the squares above
	for y := range h - 1 {
		across := 0
		for x := range w {
			if x == w-1 || !square(x, y) {
				across = 0
				along[x] = 0
				continue
			}
			across++
			along[x]++
			// If a run is long enough, all of it counts.
			switch {
			case across == stippleLeast-1:
				for i := range across {
					squares = append(squares, image.Pt(x-i, y))
				}
			case along[x] == stippleLeast-1:
				for i := range along[x] {
					squares = append(squares, image.Pt(x, y-i))
				}
			case across >= stippleLeast-1 || along[x] >= stippleLeast-1:
				squares = append(squares, image.Pt(x, y))
			}
		}
	}
	for _, p := range squares {
		for _, at := range [4]int{p.Y*w + p.X, p.Y*w + p.X + 1, (p.Y+1)*w + p.X, (p.Y+1)*w + p.X + 1} {
			img.Pix[at] = 255
		}
	}
}
