package ocr

import (
	"image"
	"slices"
)

const (
	inked  = 150 // of 255; a pixel of flattened text that is darker belongs to a stroke
	reach  = 12  // strokes that are at most so many pixels apart in a row belong to one piece of text
	margin = 3   // white pixels kept around a piece
)

// segment finds the pieces of text in a flattened image: parts of a line, or of several lines where these
// touch. They come from top to bottom.
func segment(img *image.Gray) []image.Rectangle {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var done, open []image.Rectangle // open: pieces that reach down to the row above
	for y := range h {
		row := img.Pix[y*img.Stride:][:w]
		var spans []image.Rectangle
		last := -reach - 1
		for x, v := range row {
			if v >= inked {
				continue
			}
			if x-last > reach {
				spans = append(spans, image.Rect(x, y, x+1, y+1))
			}
			spans[len(spans)-1].Max.X = x + 1
			last = x
		}
		var next []image.Rectangle
		for _, p := range open {
			touched := false
			for i, s := range spans {
				if s.Min.X <= p.Max.X+reach && p.Min.X <= s.Max.X+reach {
					spans[i], touched = s.Union(p), true
				}
			}
			if !touched {
				done = append(done, p)
			}
		}
		// Spans that a piece above has joined are one piece now.
		slices.SortFunc(spans, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
		for _, s := range spans {
			if n := len(next); n > 0 && s.Min.X <= next[n-1].Max.X+reach {
				next[n-1] = next[n-1].Union(s)
			} else {
				next = append(next, s)
			}
		}
		open = next
	}
	return joinDots(append(done, open...))
}

// joinDots adds to a piece what stands close above or below it and within its width: the dots of letters,
// accents, the lower half of a colon.
func joinDots(ps []image.Rectangle) []image.Rectangle {
	slices.SortFunc(ps, func(a, b image.Rectangle) int {
		if a.Min.Y != b.Min.Y {
			return a.Min.Y - b.Min.Y
		}
		return a.Min.X - b.Min.X
	})
	for i := 0; i < len(ps); i++ {
		for j := i + 1; j < len(ps); j++ {
			a, b := ps[i], ps[j]
			if b.Min.Y > a.Max.Y+40 {
				break
			}
			small := min(a.Dy(), b.Dy())
			gap := max(b.Min.Y-a.Max.Y, 0)
			near := max(a.Min.X, b.Min.X) <= min(a.Max.X, b.Max.X)+reach/2
			tall := max(a.Dy(), b.Dy())
			if near && 2*small <= tall && gap <= max(2, tall/3) {
				ps[i] = a.Union(b)
				ps = slices.Delete(ps, j, j+1)
				j = i
			}
		}
	}
	return ps
}
