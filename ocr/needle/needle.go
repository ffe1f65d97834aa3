// Package needle finds pictures on a screen: a PNG anywhere on it, or the marked areas of a reference
// screenshot, in the format of openQA's needles (NAME.png beside NAME.json).
package needle

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

// DefaultSimilarity is the least similarity that counts as a match by default.
const DefaultSimilarity = 0.95

// defaultMargin is the distance from its place, in pixels, within which openQA searches for an area.
const defaultMargin = 50

// Needle is a picture to look for.
type Needle struct {
	Name  string // the file's name without its extension
	Tags  []string
	areas []area // without a description, one area: the whole picture, which can be anywhere
}

// area is a part of a needle's picture.
type area struct {
	patch   *patch
	at      image.Point // its place on the screen
	margin  int         // the largest distance from there; negative: anywhere
	least   float64     // the least similarity; 0 if the needle doesn't set it
	click   image.Point // where to click, relative to the area
	clicked bool        // the needle sets click
}

// Match is the best place of a needle, and its similarity.
type Match struct {
	Score float64         // the similarity of the worst area, 0 to 1
	Box   image.Rectangle // all areas, in pixels of the screen
	Click image.Point     // the needle's click point, or the middle of its last area
	OK    bool            // every area is similar enough
}

// description is the JSON file beside the picture. Lengths are in pixels, "match" is in percent.
type description struct {
	Tags []string `json:"tags"`
	Area []struct {
		X      int             `json:"xpos"`
		Y      int             `json:"ypos"`
		Width  int             `json:"width"`
		Height int             `json:"height"`
		Type   string          `json:"type"`
		Match  float64         `json:"match"`
		Margin *int            `json:"margin"`
		Click  json.RawMessage `json:"click_point"`
	} `json:"area"`
}

// Load reads a needle. The path is that of the PNG or of the JSON file, or without an extension that of both. Fully
// transparent pixels of the PNG match everything.
func Load(path string) (*Needle, error) {
	base := strings.TrimSuffix(strings.TrimSuffix(path, ".png"), ".json")
	img, err := load(base + ".png")
	if err != nil {
		return nil, err
	}
	n := &Needle{Name: filepath.Base(base)}
	data, err := os.ReadFile(base + ".json")
	if errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(path, ".json") {
		p := newPatch(pix.From(img), transparent(img))
		n.areas = []area{{patch: p, margin: -1}}
		return n, p.check(path)
	}
	if err != nil {
		return nil, fmt.Errorf("needle: %w", err)
	}
	var d description
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("needle %s.json: %w", base, err)
	}
	n.Tags = d.Tags
	if n.areas, err = d.areas(base, img); err != nil {
		return nil, err
	}
	return n, nil
}

func load(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("needle: %w", err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("needle %s: not a complete PNG: %w", path, err)
	}
	return img, nil
}

// areas cuts the areas out of the picture.
func (d description) areas(base string, img image.Image) ([]area, error) {
	m := pix.From(img)
	skip := transparent(img)
	for _, a := range d.Area {
		if a.Type == "exclude" {
			r := image.Rect(a.X, a.Y, a.X+a.Width, a.Y+a.Height).Intersect(m.Bounds())
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					skip[y*m.W+x] = true
				}
			}
		}
	}
	var areas []area
	for i, a := range d.Area {
		switch a.Type {
		case "exclude":
			continue
		case "match", "":
		default:
			return nil, fmt.Errorf("needle %s.json: area %d has the type %q; known are match and exclude", base, i, a.Type)
		}
		r := image.Rect(a.X, a.Y, a.X+a.Width, a.Y+a.Height)
		if r.Empty() || !r.In(m.Bounds()) {
			return nil, fmt.Errorf("needle %s.json: area %d (%v) is not within the picture of %d×%d", base, i, r, m.W, m.H)
		}
		part := make([]bool, 0, r.Dx()*r.Dy())
		for y := r.Min.Y; y < r.Max.Y; y++ {
			part = append(part, skip[y*m.W+r.Min.X:y*m.W+r.Max.X]...)
		}
		out := area{patch: newPatch(m.Crop(r), part), at: r.Min, margin: defaultMargin, least: a.Match / 100}
		if err := out.patch.check(base + ".json"); err != nil {
			return nil, err
		}
		if a.Margin != nil {
			out.margin = max(0, *a.Margin)
		}
		out.click = image.Pt(r.Dx()/2, r.Dy()/2)
		if len(a.Click) > 0 && string(a.Click) != "null" {
			out.clicked = true
			var p struct{ XPos, YPos int }
			if string(a.Click) != `"center"` {
				if err := json.Unmarshal(a.Click, &p); err != nil {
					return nil, fmt.Errorf("needle %s.json: click_point of area %d: %w", base, i, err)
				}
				out.click = image.Pt(p.XPos, p.YPos)
			}
		}
		areas = append(areas, out)
	}
	if len(areas) == 0 {
		return nil, fmt.Errorf("needle %s.json: no area of the type match", base)
	}
	return areas, nil
}

// transparent reports for each pixel whether it is fully transparent.
func transparent(img image.Image) []bool {
	b := img.Bounds()
	skip := make([]bool, b.Dx()*b.Dy())
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return skip
	}
	for i := range skip {
		_, _, _, a := img.At(b.Min.X+i%b.Dx(), b.Min.Y+i/b.Dx()).RGBA()
		skip[i] = a == 0
	}
	return skip
}

// Match searches for the needle on a screen. similarity is the least similarity, 0 to 1, for areas that
// don't set it themselves (0: DefaultSimilarity). within is the part of the screen to search, unless it is empty;
// areas with a place are searched only there.
//
// The similarity of a place is the lower of two values: the correlation of the brightness, which compares shapes,
// and one minus the mean difference of the colours.
func (n *Needle) Match(img image.Image, similarity float64, within image.Rectangle) Match {
	if similarity <= 0 {
		similarity = DefaultSimilarity
	}
	s := newScreen(pix.From(img))
	if within.Empty() {
		within = s.m.Bounds()
	}
	best := Match{Score: 1, OK: true}
	clicked := false
	for _, a := range n.areas {
		search := within
		if a.margin >= 0 {
			search = image.Rectangle{a.at, a.at.Add(image.Pt(a.patch.m.W, a.patch.m.H))}.Inset(-a.margin)
		}
		score, at := s.find(a.patch, search.Intersect(s.m.Bounds()))
		box := image.Rectangle{at, at.Add(image.Pt(a.patch.m.W, a.patch.m.H))}
		if score > 0 {
			best.Box = best.Box.Union(box)
		}
		best.Score = min(best.Score, score)
		least := similarity
		if a.least > 0 {
			least = a.least
		}
		best.OK = best.OK && score >= least
		if a.clicked || !clicked {
			best.Click, clicked = at.Add(a.click), a.clicked
			if a.margin < 0 {
				best.Click = at.Add(image.Pt(a.patch.m.W/2, a.patch.m.H/2))
			}
		}
	}
	return best
}

// Difference returns the share, 0 to 1, of pixels in which two screens differ by more than tolerance (of 255) in a
// channel, and the rectangle that holds all of them. Screens of different sizes differ in everything.
func Difference(a, b image.Image, tolerance int) (share float64, where image.Rectangle) {
	p, q := pix.From(a), pix.From(b)
	if p.W != q.W || p.H != q.H {
		return 1, q.Bounds()
	}
	n := 0
	for i, v := range p.Pix {
		if v != q.Pix[i] && pix.Distance(v, q.Pix[i]) > tolerance {
			n++
			at := image.Pt(i%p.W, i/p.W)
			where = where.Union(image.Rectangle{at, at.Add(image.Pt(1, 1))})
		}
	}
	return float64(n) / float64(max(1, len(p.Pix))), where
}
