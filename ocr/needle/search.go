package needle

import (
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// patch is the picture of an area, with precomputed values for the search.
type patch struct {
	m      *pix.Map
	skip   []bool // pixels that match everything
	anchor image.Point
	run    []uint32 // the pixels from anchor on, the most distinctive ones in a row
}

// runLength is the number of pixels of an anchor.
const runLength = 8

func newPatch(m *pix.Map, skip []bool) *patch {
	p := &patch{m: m, skip: skip}
	n := min(runLength, m.W)
	most := 0
	for y := range m.H {
		for x := 0; x+n <= m.W; x++ {
			if slices.Contains(skip[y*m.W+x:y*m.W+x+n], true) {
				continue
			}
			run := m.Row(y)[x : x+n]
			changes := 1
			for i := 1; i < n; i++ {
				if run[i] != run[i-1] {
					changes++
				}
			}
			if changes > most {
				most, p.anchor, p.run = changes, image.Pt(x, y), run
			}
		}
	}
	return p
}

// check refuses a patch that is too small or empty.
func (p *patch) check(file string) error {
	if p.m.W < 4 || p.m.H < 4 {
		return fmt.Errorf("needle %s: an area of %d×%d pixels is too small to be distinctive; use 4×4 or more", file, p.m.W, p.m.H)
	}
	if !slices.Contains(p.skip, false) {
		return fmt.Errorf("needle %s: nothing to compare: everything is excluded or transparent", file)
	}
	return nil
}

// screen is an image to search, with smaller copies that are made when they are needed.
type screen struct {
	m     *pix.Map
	small map[int]*plane
}

func newScreen(m *pix.Map) *screen { return &screen{m, map[int]*plane{}} }

// plane is the brightness of an image, reduced by a whole factor.
type plane struct {
	w, h int
	v    []int32
}

func reduce(m *pix.Map, f int) *plane {
	p := &plane{w: m.W / f, h: m.H / f}
	p.v = make([]int32, p.w*p.h)
	for y := range p.h * f {
		for x, c := range m.Row(y)[:p.w*f] {
			p.v[y/f*p.w+x/f] += int32(pix.Luma(c))
		}
	}
	for i := range p.v {
		p.v[i] /= int32(f * f)
	}
	return p
}

func (s *screen) reduced(f int) *plane {
	if s.small[f] == nil {
		s.small[f] = reduce(s.m, f)
	}
	return s.small[f]
}

// find returns the best place of p within the part of the screen, and its similarity; 0 when it doesn't fit.
func (s *screen) find(p *patch, within image.Rectangle) (float64, image.Point) {
	// The possible places of the upper left corner.
	places := image.Rectangle{within.Min, within.Max.Sub(image.Pt(p.m.W-1, p.m.H-1))}
	if places.Empty() {
		return 0, image.Point{}
	}
	if at, ok := s.exact(p, places); ok {
		return 1, at
	}
	f := 1
	for _, c := range []int{4, 2} {
		if min(p.m.W, p.m.H) >= 6*c {
			f = c
			break
		}
	}
	best, where := 0.0, places.Min
	for _, c := range s.coarse(p, places, f) {
		around := image.Rect(c.X-f, c.Y-f, c.X+f+1, c.Y+f+1).Intersect(places)
		for y := around.Min.Y; y < around.Max.Y; y++ {
			for x := around.Min.X; x < around.Max.X; x++ {
				if v := s.similarity(p, image.Pt(x, y)); v > best {
					best, where = v, image.Pt(x, y)
				}
			}
		}
	}
	return best, where
}

// exact finds a place where every pixel is the same.
func (s *screen) exact(p *patch, places image.Rectangle) (image.Point, bool) {
	if p.run == nil {
		return image.Point{}, false
	}
	for y := places.Min.Y; y < places.Max.Y; y++ {
		row := s.m.Row(y + p.anchor.Y)
		for x := places.Min.X; x < places.Max.X; x++ {
			if row[x+p.anchor.X] == p.run[0] && slices.Equal(row[x+p.anchor.X:][:len(p.run)], p.run) && s.same(p, x, y) {
				return image.Pt(x, y), true
			}
		}
	}
	return image.Point{}, false
}

func (s *screen) same(p *patch, x, y int) bool {
	for v := range p.m.H {
		row := s.m.Row(y + v)[x:][:p.m.W]
		for u, c := range p.m.Row(v) {
			if c != row[u] && !p.skip[v*p.m.W+u] {
				return false
			}
		}
	}
	return true
}

// keep is the number of coarse places that are compared in full.
const keep = 24

// coarse finds promising places in the image reduced by f: those with the least mean difference.
func (s *screen) coarse(p *patch, places image.Rectangle, f int) []image.Point {
	big, small := s.reduced(f), reduce(p.m, f)
	type place struct {
		at   image.Point
		cost int64
	}
	skip := make([]bool, len(small.v))
	for i := range skip {
		skip[i] = p.skip[i/small.w*f*p.m.W+i%small.w*f]
	}
	var top []place
	worst := int64(math.MaxInt64)
	for y := places.Min.Y / f; y <= (places.Max.Y-1)/f && y+small.h <= big.h; y++ {
		for x := places.Min.X / f; x <= (places.Max.X-1)/f && x+small.w <= big.w; x++ {
			cost := int64(0)
			for v := 0; v < small.h && cost < worst; v++ {
				a, b := big.v[(y+v)*big.w+x:][:small.w], small.v[v*small.w:][:small.w]
				for u, c := range b {
					if !skip[v*small.w+u] {
						cost += int64(max(c-a[u], a[u]-c))
					}
				}
			}
			if cost >= worst {
				continue
			}
			i, _ := slices.BinarySearchFunc(top, cost, func(t place, c int64) int { return int(t.cost - c) })
			top = slices.Insert(top, i, place{image.Pt(x*f, y*f), cost})
			if len(top) > keep {
				top = top[:keep]
				worst = top[keep-1].cost
			}
		}
	}
	at := make([]image.Point, len(top))
	for i, t := range top {
		at[i] = t.at
	}
	return at
}

// similarity compares p with the screen at a place; see Needle.Match.
func (s *screen) similarity(p *patch, at image.Point) float64 {
	var n, sa, sb, saa, sbb, sab, diff float64
	for v := range p.m.H {
		row := s.m.Row(at.Y + v)[at.X:][:p.m.W]
		for u, c := range p.m.Row(v) {
			if p.skip[v*p.m.W+u] {
				continue
			}
			a, b := float64(pix.Luma(c)), float64(pix.Luma(row[u]))
			n++
			sa, sb = sa+a, sb+b
			saa, sbb, sab = saa+a*a, sbb+b*b, sab+a*b
			if c != row[u] {
				diff += float64(pix.Distance(c, row[u]))
			}
		}
	}
	colour := 1 - diff/n/255
	va, vb := saa-sa*sa/n, sbb-sb*sb/n
	if va < n || vb < n {
		// Even areas have no shape to correlate.
		if va < n && vb < n {
			return colour
		}
		return max(0, min(colour, 0.5))
	}
	return max(0, min(colour, (sab-sa*sb/n)/math.Sqrt(va*vb)))
}
