package needle_test

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/needle"
)

// cancelBox is the place of the button Cancel in the desktop scene.
var cancelBox = image.Rect(1000, 650, 1121, 686)

func desktop(t testing.TB) *image.RGBA {
	t.Helper()
	img, err := ocr.DecodeFile("../testdata/x/desktop.png")
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

func save(t testing.TB, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// button saves the button Cancel as a needle without a description.
func button(t testing.TB) *needle.Needle {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cancel.png")
	save(t, path, desktop(t).SubImage(cancelBox))
	n, err := needle.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// noisy changes every channel of every pixel by up to amount.
func noisy(img *image.RGBA, amount int) *image.RGBA {
	r := rand.New(rand.NewPCG(1, 2))
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = uint8(min(255, max(0, int(v)+r.IntN(2*amount+1)-amount)))
	}
	return out
}

func TestAnywhere(t *testing.T) {
	n := button(t)
	screen := desktop(t)
	moved := image.NewRGBA(screen.Rect)
	draw.Draw(moved, moved.Rect, image.NewUniform(color.Gray{60}), image.Point{}, draw.Src)
	to := image.Rect(331, 207, 331+cancelBox.Dx(), 207+cancelBox.Dy())
	draw.Draw(moved, to, screen, cancelBox.Min, draw.Src)
	gone := desktop(t)
	draw.Draw(gone, cancelBox, image.NewUniform(color.White), image.Point{}, draw.Src)
	for _, c := range []struct {
		name   string
		screen image.Image
		within image.Rectangle
		box    image.Rectangle
		ok     bool
	}{
		{"in its place", screen, image.Rectangle{}, cancelBox, true},
		{"moved", moved, image.Rectangle{}, to, true},
		{"noisy", noisy(screen, 8), image.Rectangle{}, cancelBox, true},
		{"noisy and moved", noisy(moved, 8), image.Rectangle{}, to, true},
		{"other buttons only", gone, image.Rectangle{}, image.Rectangle{}, false},
		{"outside the area", screen, image.Rect(0, 0, 640, 800), image.Rectangle{}, false},
		{"in the area", screen, image.Rect(640, 400, 1280, 800), cancelBox, true},
		{"smaller than the needle", image.NewRGBA(image.Rect(0, 0, 20, 20)), image.Rectangle{}, image.Rectangle{}, false},
	} {
		m := n.Match(c.screen, 0, c.within)
		if m.OK != c.ok || c.ok && m.Box != c.box {
			t.Errorf("%s: found %v at %v with %.3f, want %v at %v", c.name, m.OK, m.Box, m.Score, c.ok, c.box)
		}
		if mid := c.box.Min.Add(image.Pt(cancelBox.Dx()/2, cancelBox.Dy()/2)); c.ok && m.Click != mid {
			t.Errorf("%s: click at %v, want the middle %v", c.name, m.Click, mid)
		}
	}
}

// TestColour: the same shape in another colour is not the same picture.
func TestColour(t *testing.T) {
	n := button(t)
	s := desktop(t)
	for y := cancelBox.Min.Y; y < cancelBox.Max.Y; y++ {
		for x := cancelBox.Min.X; x < cancelBox.Max.X; x++ {
			c := s.RGBAAt(x, y)
			s.SetRGBA(x, y, color.RGBA{c.R, c.G / 2, c.B / 2, 255})
		}
	}
	if m := n.Match(s, 0, cancelBox); m.OK {
		t.Errorf("a red button was taken for a grey one, with %.3f", m.Score)
	}
}

func TestDescription(t *testing.T) {
	dir := t.TempDir()
	save(t, dir+"/dialog.png", desktop(t))
	description := `{"tags": ["confirm"], "area": [
		{"type": "match", "xpos": 640, "ypos": 520, "width": 520, "height": 28, "match": 90},
		{"type": "match", "xpos": 1000, "ypos": 650, "width": 121, "height": 36, "margin": 10, "click_point": {"xpos": 5, "ypos": 6}},
		{"type": "exclude", "xpos": 1020, "ypos": 655, "width": 80, "height": 26}]}`
	if err := os.WriteFile(dir+"/dialog.json", []byte(description), 0o644); err != nil {
		t.Fatal(err)
	}
	n, err := needle.Load(dir + "/dialog")
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Tags) != 1 || n.Tags[0] != "confirm" || n.Name != "dialog" {
		t.Errorf("name %q, tags %q", n.Name, n.Tags)
	}
	s := desktop(t)
	// The caption of the button is excluded: it may change.
	draw.Draw(s, image.Rect(1030, 660, 1090, 675), image.NewUniform(color.Black), image.Point{}, draw.Src)
	if m := n.Match(s, 0, image.Rectangle{}); !m.OK || m.Click != image.Pt(1005, 656) {
		t.Errorf("not found or clicked in the wrong place: %+v", m)
	}
	// Ten pixels to the left is within the margin, twenty are not.
	for shift, want := range map[int]bool{10: true, 20: false} {
		moved := desktop(t)
		draw.Draw(moved, image.Rect(960, 640, 1140, 700), image.NewUniform(color.RGBA{0xec, 0xe9, 0xd8, 255}), image.Point{}, draw.Src)
		draw.Draw(moved, cancelBox.Sub(image.Pt(shift, 0)), desktop(t), cancelBox.Min, draw.Src)
		if m := n.Match(moved, 0, image.Rectangle{}); m.OK != want {
			t.Errorf("moved by %d: %v with %.3f, want %v", shift, m.OK, m.Score, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	small := image.NewRGBA(image.Rect(0, 0, 40, 40))
	save(t, dir+"/clear.png", small)
	save(t, dir+"/dot.png", image.NewGray(image.Rect(0, 0, 2, 2)))
	for _, name := range []string{"syntax", "outside", "nothing", "kind"} {
		save(t, filepath.Join(dir, name+".png"), image.NewGray(image.Rect(0, 0, 40, 40)))
	}
	write("syntax.json", `{"area": [`)
	write("outside.json", `{"area": [{"xpos": 30, "ypos": 0, "width": 20, "height": 20}]}`)
	write("nothing.json", `{"area": []}`)
	write("kind.json", `{"area": [{"type": "smell", "width": 10, "height": 10}]}`)
	write("text.png", "no picture")
	for name, want := range map[string]string{
		"absent.png": "absent.png: no such file", "text.png": "not a complete PNG", "clear.png": "transparent", "dot.png": "too small",
		"syntax": "unexpected end", "outside": "not within the picture of 40×40", "nothing": "no area", "kind": `type "smell"`,
	} {
		if _, err := needle.Load(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
}

func TestDifference(t *testing.T) {
	a, b := desktop(t), desktop(t)
	if d, at := needle.Difference(a, b, 0); d != 0 || !at.Empty() {
		t.Errorf("a screen differs from itself by %v", d)
	}
	draw.Draw(b, image.Rect(0, 0, 128, 80), image.NewUniform(color.White), image.Point{}, draw.Src)
	if d, at := needle.Difference(a, b, 10); d != 0.01 || at != image.Rect(0, 0, 128, 80) {
		t.Errorf("128×80 of 1280×800 pixels differ by %v in %v, want 0.01", d, at)
	}
	if d, _ := needle.Difference(a, noisy(a, 4), 8); d != 0 {
		t.Errorf("noise below the tolerance counts: %v", d)
	}
	if d, _ := needle.Difference(a, image.NewGray(image.Rect(0, 0, 1, 1)), 0); d != 1 {
		t.Errorf("screens of two sizes differ by %v", d)
	}
}

func BenchmarkMatch(b *testing.B) {
	n := button(b)
	s := desktop(b)
	for name, img := range map[string]image.Image{"exact": s, "noisy": noisy(s, 8), "absent": image.NewGray(s.Rect)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n.Match(img, 0, image.Rectangle{})
			}
		})
	}
}
