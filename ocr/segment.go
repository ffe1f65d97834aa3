package ocr

import (
	"image"
	"slices"
)

const (
	inked  = 255 - 48 // darker pixels of flattened text belong to a stroke
	reach  = 12       // strokes with at most this distance in a row, in pixels, belong to one piece of text
	margin = 3        // white pixels kept around a piece
)

// segment finds the pieces of text in a flattened image: parts of a line, or of several lines if these
// touch. It returns them from top to bottom.
func segment(img *image.Gray) []image.Rectangle {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	type span struct {
		from, to int // columns
		piece    int
	}
	var boxes []image.Rectangle
	var parent []int
	find := func(a int) int {
		for parent[a] != a {
			parent[a] = parent[parent[a]]
			a = parent[a]
		}
		return a
	}
	var above []span
	for y := range h {
		var spans []span
		for x, v := range img.Pix[y*img.Stride:][:w] {
			if v >= inked {
				continue
			}
			if n := len(spans); n > 0 && x-spans[n-1].to <= reach {
				spans[n-1].to = x + 1
			} else {
				spans = append(spans, span{x, x + 1, -1})
			}
		}
		for i := range spans {
			s := &spans[i]
			box := image.Rect(s.from, y, s.to, y+1)
			for _, a := range above {
				if a.from > s.to+1 || s.from > a.to+1 {
					continue
				}
				p := find(a.piece)
				if s.piece < 0 {
					s.piece = p
					boxes[p] = boxes[p].Union(box)
				} else if p != s.piece {
					parent[p] = s.piece
					boxes[s.piece] = boxes[s.piece].Union(boxes[p])
				}
			}
			if s.piece < 0 {
				s.piece = len(boxes)
				boxes, parent = append(boxes, box), append(parent, s.piece)
			}
		}
		above = spans
	}
	var pieces []image.Rectangle
	for i, b := range boxes {
		if parent[i] == i {
			pieces = append(pieces, b)
		}
	}
	return joinSides(joinDots(dropFrames(pieces)))
}

// dropFrames removes pieces that enclose several others: the rest of a frame or of a picture.
func dropFrames(ps []image.Rectangle) []image.Rectangle {
	var out []image.Rectangle
	for i, p := range ps {
		inside := 0
		for j, q := range ps {
			if i != j && q.Dx() >= smallest && q.Dy() >= 2*smallest && q.In(p.Inset(smallest)) {
				inside++
			}
		}
		if inside < 2 {
			out = append(out, p)
		}
	}
	return out
}

// joinDots adds to a piece the strokes close above or below it and within its width: the dots of letters,
// accents, the lower half of a colon.
func joinDots(ps []image.Rectangle) []image.Rectangle {
	slices.SortFunc(ps, func(a, b image.Rectangle) int {
		if a.Min.Y != b.Min.Y {
			return a.Min.Y - b.Min.Y
		}
		return a.Min.X - b.Min.X
	})
	height := make([]int, len(ps)) // before anything was added
	for i, p := range ps {
		height[i] = p.Dy()
	}
	gone := make([]bool, len(ps))
	for i, a := range ps {
		for j := i + 1; j < len(ps) && ps[j].Min.Y <= a.Max.Y+height[i]; j++ {
			small, tall := i, j
			if height[i] > height[j] {
				small, tall = j, i
			}
			s, t := ps[small], ps[tall]
			gap := max(ps[j].Min.Y-a.Max.Y, 0)
			if gone[i] || gone[j] || 2*height[small] > height[tall] || gap > min(height[small]+2, height[tall]/3) {
				continue
			}
			if s.Min.X >= t.Min.X-reach/2 && s.Max.X <= t.Max.X+reach/2 {
				ps[tall], gone[small] = t.Union(s), true
			}
		}
	}
	var out []image.Rectangle
	for i, p := range ps {
		if !gone[i] {
			out = append(out, p)
		}
	}
	return out
}

// joinSides joins pieces side by side with less than half their height between them: the letters of large text.
func joinSides(ps []image.Rectangle) []image.Rectangle {
	slices.SortFunc(ps, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
	var out []image.Rectangle
	for _, p := range ps {
		i := slices.IndexFunc(out, func(o image.Rectangle) bool {
			overlap := min(o.Max.Y, p.Max.Y) - max(o.Min.Y, p.Min.Y)
			lower, higher := min(o.Dy(), p.Dy()), max(o.Dy(), p.Dy())
			return 2*overlap > higher && 2*(p.Min.X-o.Max.X) < lower
		})
		if i < 0 {
			out = append(out, p)
		} else {
			out[i] = out[i].Union(p)
		}
	}
	slices.SortFunc(out, func(a, b image.Rectangle) int { return a.Min.Y - b.Min.Y })
	return out
}
