// Package console reads text consoles exactly. It knows the glyphs of the fonts of the VGA BIOS, the
// Linux kernel and common distributions, so a screen that is a grid of these glyphs needs no OCR.
//
// testdata/make/fonts.py makes the table of fingerprints; see docs/screen.md.
package console

import (
	"image"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// Screen is the content of a text console: Rows × Cols cells of CellW × CellH pixels.
type Screen struct {
	Rows, Cols   int
	CellW, CellH int
	Font         string // the name of the font of most cells
	Cells        []rune // row after row; U+FFFD where the glyph is unknown
}

// Line returns a row of the screen without its trailing blanks.
func (s *Screen) Line(row int) string {
	return strings.TrimRight(string(s.Cells[row*s.Cols:(row+1)*s.Cols]), " ")
}

// Text returns the screen's text, one row a line, without trailing blanks and trailing empty rows.
func (s *Screen) Text() string {
	lines := make([]string, s.Rows)
	for y := range lines {
		lines[y] = s.Line(y)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Box returns the rectangle of pixels that n cells from (row, col) on cover.
func (s *Screen) Box(row, col, n int) image.Rectangle {
	return image.Rect(col*s.CellW, row*s.CellH, (col+n)*s.CellW, (row+1)*s.CellH)
}

// Read reads img if it is a text console in a known font; ok is false when it is something else or when
// nothing is on it that would tell.
func Read(img image.Image) (s *Screen, ok bool) {
	m := pix.From(img)
	for _, c := range candidates(m) {
		if s, ok := read(m, c); ok {
			return s, true
		}
	}
	return nil, false
}

// grid is a size of cells with the fonts that fit into them: VGA text mode puts glyphs of 8 pixels width
// into cells of 9.
type grid struct {
	cell  size
	glyph int // the width of the glyphs
	fonts []*font
}

func candidates(m *pix.Map) []grid {
	var gs []grid
	for s, fs := range fonts() {
		fs = slices.DeleteFunc(slices.Clone(fs), func(f *font) bool { return f.x })
		if len(fs) == 0 {
			continue
		}
		if m.W >= 10*s.w && m.H >= s.h {
			gs = append(gs, grid{s, s.w, fs})
		}
		if s.w == 8 && m.W%9 == 0 && (m.W/9 == 80 || m.W/9 == 132 || m.W/9 == 40) {
			gs = append(gs, grid{size{9, s.h}, 8, fs})
		}
	}
	// The most likely first: VGA text mode where it fits, then 16 rows high, then the rest by size.
	likely := func(g grid) int {
		switch {
		case g.cell == size{9, 16}:
			return 0
		case g.cell == size{8, 16}:
			return 1
		}
		return g.cell.w*100 + g.cell.h
	}
	slices.SortFunc(gs, func(a, b grid) int { return likely(a) - likely(b) })
	return gs
}

// cell is the content of a cell: one colour, two (a glyph) or more (a picture).
type cell struct {
	glyph   []uint16 // a bit per pixel, set where it differs from the first pixel; nil unless two colours
	picture bool
	first   uint32 // the colour of the first pixel
}

// Limits for an image to count as a console.
const (
	known      = 0.9 // the least part of the glyphs that must be known
	enough     = 40  // after this number of unknown cells, give up early if they are more than the known ones
	maxPicture = 0.3 // the largest part of all cells that a picture (a boot logo) may cover
)

func read(m *pix.Map, g grid) (*Screen, bool) {
	c, fs := g.cell, g.fonts
	s := &Screen{Rows: m.H / c.h, Cols: m.W / c.w, CellW: c.w, CellH: c.h}
	cells := make([]cell, s.Rows*s.Cols)
	hits := make([]int, len(fs))
	backgrounds := map[uint32]int{}
	glyphs, found, pictures := 0, 0, 0
	for i := range cells {
		cells[i] = look(m, g, i%s.Cols*c.w, i/s.Cols*c.h)
		backgrounds[cells[i].first]++
		if cells[i].picture {
			pictures++
		}
		if cells[i].glyph != nil {
			glyphs++
			full, inverse := fingerprint(cells[i].glyph, false, g.glyph), fingerprint(cells[i].glyph, true, g.glyph)
			any := false
			for f := range fs {
				_, a := fs[f].full[full]
				_, b := fs[f].full[inverse]
				if a || b {
					hits[f]++
					any = true
				}
			}
			if any {
				found++
			}
		}
		if bad := glyphs - found + pictures; bad > enough && bad > 8*max(found, 1) {
			return nil, false
		}
	}
	// One cell may be the cursor on a glyph.
	if found == 0 || float64(found+1) < known*float64(glyphs) || float64(pictures) > maxPicture*float64(len(cells)) {
		return nil, false
	}
	best := slices.Index(hits, slices.Max(hits))
	order := append([]*font{fs[best]}, slices.Delete(slices.Clone(fs), best, best+1)...)
	s.Font = fs[best].name
	s.Cells = make([]rune, len(cells))
	common := mostCommon(backgrounds)
	for i, cl := range cells {
		s.Cells[i] = name(cl, order, g, cl.first == common)
	}
	s.cursor()
	return s, true
}

// look extracts the cell at (x, y). The ninth column of a VGA text cell is background, or repeats the
// eighth in line graphics, and is not part of the glyph.
func look(m *pix.Map, g grid, x, y int) cell {
	first := m.Pix[y*m.W+x]
	var second uint32
	var bits [64]uint16
	two := false
	for r := range g.cell.h {
		row := m.Pix[(y+r)*m.W+x:][:g.cell.w]
		for i, p := range row {
			if p == first {
				continue
			}
			if !two {
				two, second = true, p
			} else if p != second {
				return cell{picture: true, first: first}
			}
			if i < g.glyph {
				bits[r] |= 1 << (g.glyph - 1 - i)
			}
		}
	}
	if !two {
		return cell{first: first}
	}
	return cell{glyph: slices.Clone(bits[:g.cell.h]), first: first}
}

// name finds the character of a cell. Some glyphs are the inverse of others (a full block, half blocks):
// onCommon reports whether the first pixel has the screen's most common background.
func name(cl cell, fs []*font, g grid, onCommon bool) rune {
	if cl.glyph == nil {
		return ' '
	}
	full, inverse := fingerprint(cl.glyph, false, g.glyph), fingerprint(cl.glyph, true, g.glyph)
	for _, f := range fs {
		a, okA := f.full[full]
		b, okB := f.full[inverse]
		switch {
		case okA && (onCommon || !okB || rank(a) <= rank(b)):
			return a
		case okB:
			return b
		}
	}
	// An underline cursor hides the lowest rows.
	upper := cl.glyph[:g.cell.h-g.cell.h/6-2]
	full, inverse = fingerprint(upper, false, g.glyph), fingerprint(upper, true, g.glyph)
	for _, f := range fs {
		if r, ok := f.upper[full]; ok {
			return r
		}
		if r, ok := f.upper[inverse]; ok {
			return r
		}
	}
	return utf8.RuneError
}

// cursor removes the block that is the cursor, not text: an underline on an empty cell looks like
// the lower part of a block.
func (s *Screen) cursor() {
	at := -1
	for i, r := range s.Cells {
		if r >= '▁' && r <= '█' {
			if at >= 0 {
				return
			}
			at = i
		}
	}
	if at >= 0 {
		s.Cells[at] = ' '
	}
}

func mostCommon(n map[uint32]int) uint32 {
	var best uint32
	for c, k := range n {
		if k > n[best] || k == n[best] && c < best {
			best = c
		}
	}
	return best
}

// fingerprint returns the fingerprint of a glyph's rows, inverted if invert is true: 64-bit FNV-1a, two bytes per row.
func fingerprint(rows []uint16, invert bool, w int) uint64 {
	mask := uint16(0)
	if invert {
		mask = uint16(1<<w - 1)
	}
	x := uint64(0xcbf29ce484222325)
	for _, r := range rows {
		r ^= mask
		x = (x ^ uint64(r>>8)) * 0x100000001b3
		x = (x ^ uint64(r&255)) * 0x100000001b3
	}
	return x
}
