package ocr

import (
	"image"
	"slices"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// flatten turns a screenshot into dark text on white, whatever its colours are: large even or softly
// shaded areas become white, all other pixels become darker the more they differ from the area behind
// them. Frames and rules are left out.
func flatten(m *pix.Map) *image.Gray {
	r := label(m)
	out := image.NewGray(m.Bounds())
	base := backgrounds(m, r)
	for i, p := range m.Pix {
		out.Pix[i] = 255
		if l := r.of[i]; !r.ground[l] {
			out.Pix[i] = uint8(255 - pix.Distance(p, base[i]))
		}
	}
	eraseStipple(out)
	// The straight parts of an outline are rules too: the whole outline must be erased first.
	eraseOutlines(out)
	for i, l := range r.of {
		if r.rule[l] {
			out.Pix[i] = 255
		}
	}
	eraseRules(out)
	return out
}

// stretch makes the darkest pixel of a piece of text black.
func stretch(img *image.Gray) {
	darkest := slices.Min(img.Pix)
	span := max(leastContrast, 255-int(darkest))
	for i, v := range img.Pix {
		img.Pix[i] = uint8(255 - min(255, 255*(255-int(v))/span))
	}
}

// stretchTiles does the same for a whole page, each part by the strongest contrast nearby.
func stretchTiles(img *image.Gray) {
	darkest := darkestTiles(img)
	for i, v := range img.Pix {
		if v < 255 {
			span := max(leastContrast, 255-int(darkest.at(i%img.Stride, i/img.Stride)))
			img.Pix[i] = uint8(255 - min(255, 255*(255-int(v))/span))
		}
	}
}

const (
	alike         = 3  // the largest difference of a channel between neighbours in one area
	groundSquare  = 14 // an area that contains a square with this side, in pixels, is background, not a stroke
	groundArea    = 20000
	leastContrast = 40 // of 255; smaller differences are noise and not stretched to black
	tile          = 16
)

// regions are the areas of a picture whose neighbouring pixels are alike.
type regions struct {
	of     []int32 // the region of each pixel
	ground []bool  // by region: background
	rule   []bool  // by region: a line or a frame
}

// label finds the regions, row by row, with a union-find over runs of alike pixels.
func label(m *pix.Map) regions {
	parent := []int32{}
	find := func(a int32) int32 {
		for parent[a] != a {
			parent[a] = parent[parent[a]]
			a = parent[a]
		}
		return a
	}
	of := make([]int32, len(m.Pix))
	for y := range m.H {
		row, at := m.Row(y), of[y*m.W:(y+1)*m.W]
		for x, p := range row {
			if x > 0 && (p == row[x-1] || pix.Distance(p, row[x-1]) <= alike) {
				at[x] = at[x-1]
			} else {
				at[x] = int32(len(parent))
				parent = append(parent, at[x])
			}
			if y == 0 {
				continue
			}
			above := (y-1)*m.W + x
			if x > 0 && at[x] == at[x-1] && of[above] == of[above-1] && p == row[x-1] && m.Pix[above] == m.Pix[above-1] {
				continue
			}
			if q := m.Pix[above]; p == q || pix.Distance(p, q) <= alike {
				if a, b := find(at[x]), find(of[above]); a != b {
					parent[max(a, b)] = min(a, b)
				}
			}
		}
	}
	return classify(m, of, parent, find)
}

// classify numbers the regions consecutively and finds those that are backgrounds or rules.
func classify(m *pix.Map, of []int32, parent []int32, find func(int32) int32) regions {
	number := make([]int32, len(parent))
	n := int32(0)
	for i := range parent {
		if parent[i] == int32(i) {
			number[i] = n
			n++
		}
	}
	area := make([]int32, n)
	box := make([]image.Rectangle, n)
	solid := make([]int16, n) // the side of the largest square inside
	r := regions{of: of, ground: make([]bool, n), rule: make([]bool, n)}
	square := make([]int16, m.W) // the largest square of one region that ends at the pixel above
	for y := range m.H {
		var diagonal int16
		for x := range m.W {
			i := y*m.W + x
			l := number[find(of[i])]
			of[i] = l
			area[l]++
			if b := &box[l]; b.Empty() {
				*b = image.Rect(x, y, x+1, y+1)
			} else {
				b.Min.X, b.Max.X, b.Max.Y = min(b.Min.X, x), max(b.Max.X, x+1), y+1
			}
			s := int16(1)
			if x > 0 && y > 0 && of[i-1] == l && of[i-m.W] == l && of[i-m.W-1] == l {
				s = 1 + min(diagonal, square[x], square[x-1])
			}
			diagonal, square[x] = square[x], s
			solid[l] = max(solid[l], s)
		}
	}
	for l := range area {
		w, h := box[l].Dx(), box[l].Dy()
		// A button or a table's cell is too low for the square, but wider than a letter and filled.
		cell := solid[l] >= 5 && h >= 12 && 2*w >= 3*h && 5*int(area[l]) >= 2*w*h
		r.ground[l] = solid[l] >= groundSquare || int(area[l]) >= groundArea || cell
		r.rule[l] = isFrame(of, m.W, int32(l), int(area[l]), box[l]) || w >= 60 && h <= 3 || h >= 40 && w <= 3 || w >= 30 && h >= 14 && 8*int(area[l]) < w*h
	}
	return r
}

// isFrame reports whether a region is the frame of a button or a field, or two of its sides, as in a raised frame.
func isFrame(of []int32, width int, l int32, area int, b image.Rectangle) bool {
	w, h := b.Dx(), b.Dy()
	if w < 20 || h < 12 || area > 6*(w+h) {
		return false
	}
	share := func(n int, at func(i int) (x, y int)) bool {
		hits := 0
		for i := range n {
			if x, y := at(i); of[y*width+x] == l {
				hits++
			}
		}
		return 10*hits >= 9*n
	}
	sides := 0
	for _, s := range []bool{
		share(w, func(i int) (int, int) { return b.Min.X + i, b.Min.Y }), share(w, func(i int) (int, int) { return b.Min.X + i, b.Max.Y - 1 }),
		share(h, func(i int) (int, int) { return b.Min.X, b.Min.Y + i }), share(h, func(i int) (int, int) { return b.Max.X - 1, b.Min.Y + i }),
	} {
		if s {
			sides++
		}
	}
	return sides == 4 || sides >= 2 && area <= 2*(w+h)
}

// backgrounds returns for every pixel the colour of the nearest background, computed in two sweeps.
func backgrounds(m *pix.Map, r regions) []uint32 {
	const far = 1 << 14
	colour := make([]uint32, len(m.Pix))
	dist := make([]uint16, len(m.Pix))
	for i, l := range r.of {
		if colour[i] = m.Pix[i]; !r.ground[l] {
			dist[i] = far
		}
	}
	closer := func(i, j int, step uint16) {
		if d := dist[j] + step; d < dist[i] {
			dist[i], colour[i] = d, colour[j]
		}
	}
	w := m.W
	for i := range colour {
		if dist[i] == 0 {
			continue
		}
		if i%w > 0 {
			closer(i, i-1, 2)
		}
		if i >= w {
			closer(i, i-w, 2)
		}
	}
	for i := len(colour) - 1; i >= 0; i-- {
		if dist[i] == 0 {
			continue
		}
		if i%w < w-1 {
			closer(i, i+1, 2)
		}
		if i < len(colour)-w {
			closer(i, i+w, 2)
		}
	}
	return colour
}

// tiles has one value for each square of tile × tile pixels.
type tiles struct {
	w int
	v []uint8
}

func (t tiles) at(x, y int) uint8 { return t.v[y/tile*t.w+x/tile] }

// darkestTiles returns the darkest pixel in each tile and the eight tiles around it.
func darkestTiles(img *image.Gray) tiles {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	t := tiles{w: (w + tile - 1) / tile}
	rows := (h + tile - 1) / tile
	own := slices.Repeat([]uint8{255}, t.w*rows)
	for i, v := range img.Pix {
		if k := i/w/tile*t.w + i%w/tile; v < own[k] {
			own[k] = v
		}
	}
	t.v = slices.Clone(own)
	for y := range rows {
		for x := range t.w {
			for dy := max(0, y-1); dy <= min(rows-1, y+1); dy++ {
				for dx := max(0, x-1); dx <= min(t.w-1, x+1); dx++ {
					t.v[y*t.w+x] = min(t.v[y*t.w+x], own[dy*t.w+dx])
				}
			}
		}
	}
	return t
}
