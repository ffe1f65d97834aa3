package ocr

import (
	"image"
	"strings"
	"unicode"
)

// tallest is the least height of a digit or a capital, as a share of the height of letters like h; letters
// like o have about 0.7 of that height.
const tallest = 0.87

// fixZeros corrects zeros at the end of names such as eth0, which Tesseract reads as the letter: a capital O
// does not follow a small letter, and a small o is not as high as an h.
func fixZeros(img *image.Gray, lines []Line) {
	for _, l := range lines {
		for i := range l.Words {
			w := &l.Words[i]
			rs := []rune(w.Text)
			n := len(rs)
			if n < 2 || !unicode.IsLower(rs[n-2]) {
				continue
			}
			if rs[n-1] == 'O' || rs[n-1] == 'o' && strings.ContainsAny(string(rs[:n-1]), "bdfhkl") && lastIsTall(img, w.Box) {
				rs[n-1] = '0'
				w.Text = string(rs)
			}
		}
	}
}

// lastIsTall reports whether the last glyph in the box is about as high as the whole text above the baseline.
func lastIsTall(img *image.Gray, box image.Rectangle) bool {
	box = box.Inset(-1).Intersect(img.Rect)
	// The rows in which columns from..to have ink.
	extent := func(from, to int) (top, bottom int) {
		top, bottom = box.Max.Y, box.Min.Y
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := from; x < to; x++ {
				if img.GrayAt(x, y).Y < 128 {
					top, bottom = min(top, y), max(bottom, y+1)
				}
			}
		}
		return top, bottom
	}
	end := box.Max.X
	for end > box.Min.X {
		if t, b := extent(end-1, end); t < b {
			break
		}
		end--
	}
	start := end
	for start > box.Min.X {
		if t, b := extent(start-1, start); t >= b {
			break
		}
		start--
	}
	if start <= box.Min.X {
		return false // one glyph, or touching ones
	}
	top, bottom := extent(start, end)
	first, _ := extent(box.Min.X, start)
	return bottom > top && float64(bottom-top) >= tallest*float64(bottom-first)
}
