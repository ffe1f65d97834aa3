package console

import (
	"cmp"
	"image"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// Run is a piece of a line that Terminals has read.
type Run struct {
	Text string
	Box  image.Rectangle
}

// Terminals finds the text that is drawn in one of the X server's fixed fonts, as xterm does by default,
// wherever on the screen it is. The runs come row by row; between two of a row there are blanks. The
// image rest is img with these pieces painted over, for OCR to read what else there is; it is img itself when
// nothing was found.
func Terminals(img image.Image) (runs []Run, rest image.Image) {
	rest = img
	m := pix.From(img)
	for n := range maxTerminals {
		t, ok := terminal(m)
		if !ok {
			break
		}
		if n == 0 {
			m = m.Crop(m.Bounds()) // a copy to paint on
			rest = m
		}
		runs = append(runs, t.read(m)...)
	}
	return runs, rest
}

const (
	maxTerminals = 4  // on one screen
	samples      = 96 // pixels of strokes that are used to find a grid
	leastHits    = 12 // the least number of samples in cells with a known glyph
	sureRun      = 3  // the least bytes of text side by side that are no coincidence
)

// place is a grid of cells in one font, and its background colour.
type place struct {
	grid
	at         image.Point // the offset of the grid, less than a cell
	background uint32
	area       image.Rectangle // where the background is
}

// terminal finds the grid for most of the strokes on one of the screen's most common colours.
func terminal(m *pix.Map) (place, bool) {
	var best place
	most := 0
	for _, bg := range commonest(m) {
		area, strokes := sample(m, bg)
		if len(strokes) < leastHits {
			continue
		}
		for s, fs := range fonts() {
			xs := slices.DeleteFunc(slices.Clone(fs), func(f *font) bool { return !f.x })
			if len(xs) == 0 {
				continue
			}
			for i := range s.w * s.h {
				p := place{grid{s, s.w, xs}, image.Pt(i%s.w, i/s.w), bg, area}
				if n := p.hits(m, strokes); n > most && n >= leastHits && n >= len(strokes)/4 {
					best, most = p, n
				}
			}
		}
	}
	return best, most > 0
}

// commonest returns the colours that cover at least a 50th of the screen, at most four.
func commonest(m *pix.Map) []uint32 {
	n := map[uint32]int{}
	for y := 0; y < m.H; y += 3 {
		row := m.Row(y)
		for x := 0; x < m.W; x += 3 {
			n[row[x]]++
		}
	}
	var cs []uint32
	for c, k := range n {
		if k*9*50 >= len(m.Pix) {
			cs = append(cs, c)
		}
	}
	slices.SortFunc(cs, func(a, b uint32) int { return cmp.Or(n[b]-n[a], int(a)-int(b)) })
	return cs[:min(4, len(cs))]
}

// sample returns the bounds of a colour and evenly spread pixels that follow a pixel of this colour in their row.
func sample(m *pix.Map, bg uint32) (area image.Rectangle, at []image.Point) {
	var all []image.Point
	for y := range m.H {
		row := m.Row(y)
		for x, p := range row {
			if p == bg {
				continue
			}
			if x > 0 && row[x-1] == bg {
				all = append(all, image.Pt(x, y))
			}
		}
		if x := slices.Index(row, bg); x >= 0 {
			end := m.W
			for row[end-1] != bg {
				end--
			}
			area = area.Union(image.Rect(x, y, end, y+1))
		}
	}
	for i := range min(samples, len(all)) {
		at = append(at, all[i*len(all)/min(samples, len(all))])
	}
	return area, at
}

// hits counts the samples in cells with a known glyph. It gives up after a quarter if fewer than one in eight are.
func (p place) hits(m *pix.Map, at []image.Point) int {
	n := 0
	for i, q := range at {
		if 4*i >= len(at) && 8*n < i {
			return 0
		}
		c := image.Pt(q.X-mod(q.X-p.at.X, p.cell.w), q.Y-mod(q.Y-p.at.Y, p.cell.h))
		// Lines and dots match by chance anywhere.
		if r, ok := p.cellAt(m, c); ok && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			n++
		}
	}
	return n
}

func mod(a, n int) int { return (a%n + n) % n }

// cellAt reads the cell at c; ok is false when it is not a glyph of the font, or a blank.
func (p place) cellAt(m *pix.Map, c image.Point) (r rune, ok bool) {
	if c.X < 0 || c.Y < 0 || c.X+p.cell.w > m.W || c.Y+p.cell.h > m.H {
		return 0, false
	}
	cl := look(m, p.grid, c.X, c.Y)
	if cl.glyph == nil {
		return ' ', false
	}
	full, inverse := fingerprint(cl.glyph, false, p.glyph), fingerprint(cl.glyph, true, p.glyph)
	if cl.first != p.background {
		full, inverse = inverse, full
	}
	best := utf8.RuneError
	for _, key := range []uint64{full, inverse} {
		for _, f := range p.fonts {
			// Block elements are the edges of windows.
			if r, ok := f.full[key]; ok && (r < '▀' || r > '▟') && (best == utf8.RuneError || rank(r) < rank(best)) {
				best = r
			}
		}
		if best != utf8.RuneError {
			return best, true
		}
	}
	return best, false
}

// read extracts the text of the grid's cells and paints these over. Single glyphs count only
// beside longer text, because a single match may be a coincidence.
func (p place) read(m *pix.Map) []Run {
	var runs []Run
	var sure image.Rectangle
	for y := p.area.Min.Y - mod(p.area.Min.Y-p.at.Y, p.cell.h); y < p.area.Max.Y; y += p.cell.h {
		for _, r := range p.row(m, y) {
			runs = append(runs, r)
			if len(r.Text) >= sureRun {
				sure = sure.Union(r.Box)
			}
		}
	}
	sure = image.Rect(sure.Min.X-p.cell.w, sure.Min.Y-p.cell.h, sure.Max.X+p.cell.w, sure.Max.Y+p.cell.h)
	runs = slices.DeleteFunc(runs, func(r Run) bool { return !r.Box.In(sure) })
	for _, r := range runs {
		p.paint(m, r.Box)
	}
	for y := p.area.Min.Y - mod(p.area.Min.Y-p.at.Y, p.cell.h); y < sure.Max.Y; y += p.cell.h {
		for x := sure.Min.X - mod(sure.Min.X-p.at.X, p.cell.w); x < sure.Max.X; x += p.cell.w {
			if c := image.Rect(x, y, x+p.cell.w, y+p.cell.h); c.In(sure) && c.In(m.Bounds()) && p.hollow(look(m, p.grid, x, y)) {
				p.paint(m, c)
			}
		}
	}
	return runs
}

// hollow reports whether a cell has the cursor of a terminal without keyboard focus: a frame.
func (p place) hollow(c cell) bool {
	if c.glyph == nil || c.first == p.background {
		return false
	}
	all := uint16(1<<p.cell.w - 1)
	for i, r := range c.glyph {
		// The bits are relative to the first pixel, which is on the frame.
		want := all &^ (1 | 1<<(p.cell.w-1))
		if i == 0 || i == p.cell.h-1 {
			want = 0
		}
		if r != want {
			return false
		}
	}
	return true
}

// row reads the cells from y on. More than two blanks end a run, and so does a cell without a glyph.
func (p place) row(m *pix.Map, y int) []Run {
	var runs []Run
	var text []rune
	start := 0
	flush := func() {
		if s := strings.TrimRight(string(text), " "); s != "" {
			width := utf8.RuneCountInString(s) * p.cell.w
			runs = append(runs, Run{s, image.Rect(start, y, start+width, y+p.cell.h)})
		}
		text = nil
	}
	for x := p.area.Min.X - mod(p.area.Min.X-p.at.X, p.cell.w); x < p.area.Max.X; x += p.cell.w {
		r, ok := p.cellAt(m, image.Pt(x, y))
		switch {
		case ok:
			if text == nil {
				start = x
			}
			text = append(text, r)
		case r == ' ' && text != nil && len(strings.TrimRight(string(text), " "))+2 > len(string(text)):
			text = append(text, ' ')
		default:
			flush()
		}
	}
	flush()
	return runs
}

// paint covers a box with the background.
func (p place) paint(m *pix.Map, box image.Rectangle) {
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := m.Row(y)[box.Min.X:box.Max.X]
		for x := range row {
			row[x] = p.background
		}
	}
}
