package ocr

import (
	"image"
	"slices"
)

const (
	// The size of outlines in pixels; larger ones are frames of windows, which do not touch text.
	outlineWidth  = 20
	outlineHeight = 12
	outlineMost   = 64
	outlineThick  = 3 // layers at most
)

// eraseOutlines erases closed frames with round corners, such as those of the Athena widgets' buttons. Otherwise a frame and
// the text in it would become one piece when the picture is cut into pieces. Text that touches its frame stays.
func eraseOutlines(img *image.Gray) {
	for range outlineThick {
		if !eraseRims(img) {
			return
		}
	}
}

// eraseRims erases the outermost layer of each outline and reports whether there was one.
func eraseRims(img *image.Gray) (found bool) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	seen := make([]bool, w*h)
	var stroke []image.Point
	for start, v := range img.Pix {
		if v >= inked || seen[start] {
			continue
		}
		stroke = append(stroke[:0], image.Pt(start%w, start/w))
		seen[start] = true
		var box image.Rectangle
		for i := 0; i < len(stroke); i++ {
			p := stroke[i]
			box = box.Union(image.Rect(p.X, p.Y, p.X+1, p.Y+1))
			for y := max(0, p.Y-1); y <= min(h-1, p.Y+1); y++ {
				for x := max(0, p.X-1); x <= min(w-1, p.X+1); x++ {
					if at := y*w + x; !seen[at] && img.Pix[at] < inked {
						seen[at] = true
						stroke = append(stroke, image.Pt(x, y))
					}
				}
			}
		}
		// Wider than a letter, and not filled.
		if box.Dx() < outlineWidth || box.Dy() < outlineHeight || box.Dy() > outlineMost ||
			5*box.Dx() < 6*box.Dy() || 5*len(stroke) > 3*box.Dx()*box.Dy() {
			continue
		}
		rim, outside := rimOf(stroke, box)
		if !isOutline(rim, box) {
			continue
		}
		found = true
		for _, p := range rim {
			img.Pix[p.Y*w+p.X] = 255
		}
		for _, p := range outside { // the lighter pixels of smooth corners
			img.Pix[p.Y*w+p.X] = 255
		}
	}
	return found
}

// rimOf returns the pixels of a stroke that are visible from outside its box, and the pixels of the box outside the stroke.
func rimOf(stroke []image.Point, box image.Rectangle) (rim, outside []image.Point) {
	around := box.Inset(-1)
	const free, taken, visited = 0, 1, 2
	state := make([]uint8, around.Dx()*around.Dy())
	at := func(p image.Point) *uint8 { return &state[(p.Y-around.Min.Y)*around.Dx()+p.X-around.Min.X] }
	for _, p := range stroke {
		*at(p) = taken
	}
	flood := []image.Point{around.Min}
	*at(around.Min) = visited
	for i := 0; i < len(flood); i++ {
		for _, step := range []image.Point{{X: 1}, {X: -1}, {Y: 1}, {Y: -1}} {
			if p := flood[i].Add(step); p.In(around) && *at(p) == free {
				*at(p) = visited
				flood = append(flood, p)
			}
		}
	}
	for _, p := range stroke {
		for _, step := range []image.Point{{X: 1}, {X: -1}, {Y: 1}, {Y: -1}, {X: 1, Y: 1}, {X: 1, Y: -1}, {X: -1, Y: 1}, {X: -1, Y: -1}} {
			if *at(p.Add(step)) == visited {
				rim = append(rim, p)
				break
			}
		}
	}
	return rim, slices.DeleteFunc(flood, func(p image.Point) bool { return !p.In(box) })
}

// isOutline reports whether a rim runs along the sides of its box, except for round corners.
func isOutline(rim []image.Point, box image.Rectangle) bool {
	w, h := box.Dx(), box.Dy()
	// A quarter circle with the largest radius, half the height, is at most 0.15 heights from the nearer side.
	deep := 3 + 15*h/100
	var at [4]int // pixels at the very edge
	for _, p := range rim {
		from := [4]int{p.X - box.Min.X, box.Max.X - 1 - p.X, p.Y - box.Min.Y, box.Max.Y - 1 - p.Y}
		if slices.Min(from[:]) > deep || 2*min(from[0], from[1]) > h && min(from[2], from[3]) > 1 {
			return false
		}
		for side, distance := range from {
			if distance == 0 {
				at[side]++
			}
		}
	}
	return 5*min(at[0], at[1]) >= h && 2*min(at[2], at[3]) >= w
}
