package ocr_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spakin/netpbm"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// counting is an engine that counts its calls and answers each with one word.
type counting struct {
	calls atomic.Int32
	word  string
	err   error
}

func (c *counting) Recognize(_ context.Context, img *image.Gray, _ ocr.PageMode) ([]ocr.Line, error) {
	c.calls.Add(1)
	return []ocr.Line{{Words: []ocr.Word{{Text: c.word, Box: img.Rect.Inset(10), Confidence: 90}}}}, c.err
}

func (c *counting) Close() error { return nil }

func decode(t testing.TB, name string) image.Image {
	t.Helper()
	img, err := ocr.DecodeFile("testdata/" + name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestOnlyWhatIsNew: an unchanged image costs nothing, a changed one only its new pieces.
func TestOnlyWhatIsNew(t *testing.T) {
	e := &counting{word: "x"}
	r := ocr.New(ocr.Options{Engine: e, Workers: 1})
	img := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	draw.Draw(img, img.Rect, decode(t, "x/desktop"), image.Point{}, draw.Src)
	read := func() int {
		t.Helper()
		before := e.calls.Load()
		if _, err := r.Read(t.Context(), img); err != nil {
			t.Fatal(err)
		}
		return int(e.calls.Load() - before)
	}
	if n := read(); n < 10 {
		t.Fatalf("%d pieces of text on the desktop, want at least one a line", n)
	}
	if n := read(); n != 0 {
		t.Errorf("the same image again: %d recognitions", n)
	}
	// Move one line of the document to another place, leave out another.
	draw.Draw(img, image.Rect(310, 400, 700, 420), img, image.Pt(310, 300), draw.Src)
	draw.Draw(img, image.Rect(310, 180, 700, 205), image.NewUniform(color.RGBA{0xfa, 0xfa, 0xfa, 255}), image.Point{}, draw.Src)
	if n := read(); n != 0 {
		t.Errorf("nothing new, but %d recognitions", n)
	}
	draw.Draw(img, image.Rect(1060, 180, 1200, 200), img, image.Pt(690, 520), draw.Src)
	draw.Draw(img, image.Rect(1060, 180, 1200, 200), decode(t, "x/tk-tiles"), image.Pt(40, 50), draw.Src)
	if n := read(); n < 1 || n > 3 {
		t.Errorf("one new piece: %d recognitions", n)
	}
}

func TestMatchStopsAndLearns(t *testing.T) {
	e := &counting{word: "x"}
	r := ocr.New(ocr.Options{Engine: e, Workers: 1})
	img := decode(t, "x/big")
	seen := 0
	_, ok, tried, err := r.Match(t.Context(), img, func(string) bool { seen++; return seen == 3 })
	if err != nil || !ok || len(tried) != 3 {
		t.Fatalf("third variant: %v %v after %d variants", ok, err, len(tried))
	}
	third := tried[2].Variant
	res, ok, tried, err := r.Match(t.Context(), decode(t, "x/desktop"), func(string) bool { return true })
	if err != nil || !ok || len(tried) != 1 || res.Variant != third {
		t.Errorf("after %q had matched, %q was tried first (%d variants, %v)", third, res.Variant, len(tried), err)
	}
	if _, ok, tried, err := r.Match(t.Context(), img, func(string) bool { return false }); ok || err != nil || len(tried) != 3 {
		t.Errorf("no match: %v %v after %d variants", ok, err, len(tried))
	}
}

func TestEngineError(t *testing.T) {
	want := errors.New("the engine is on strike")
	r := ocr.New(ocr.Options{Engine: &counting{err: want}})
	if _, err := r.Read(t.Context(), decode(t, "x/big")); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	// A console needs no engine.
	if res, err := r.Read(t.Context(), decode(t, "console/720x400-login-dark")); err != nil || res.Method != ocr.MethodConsole {
		t.Errorf("console: %v %v", res.Method, err)
	}
}

func TestOddImages(t *testing.T) {
	ocr.NeedTesseract(t)
	r := ocr.New(ocr.Options{})
	t.Cleanup(func() { r.Close() })
	noise := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for i := range noise.Pix {
		noise.Pix[i] = byte(i * i >> 3)
	}
	dot := image.NewGray(image.Rect(0, 0, 3, 3))
	dot.Pix[4] = 255
	for name, img := range map[string]image.Image{
		"empty": image.NewGray(image.Rectangle{}), "one pixel": image.NewGray(image.Rect(0, 0, 1, 1)), "dot": dot,
		"black": image.NewRGBA(image.Rect(0, 0, 1280, 800)), "black 4K": image.NewRGBA(image.Rect(0, 0, 3840, 2160)), "noise": noise,
		"column": decode(t, "x/big").(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(600, 0, 601, 800)),
	} {
		all, err := r.Variants(t.Context(), img)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(name, "black") && (len(all) != 1 || all[0].Text != "" || all[0].Method != ocr.MethodBlank) {
			t.Errorf("%s: %+v", name, all)
		}
	}
	// A 4K screen with text.
	big := image.NewRGBA(image.Rect(0, 0, 3840, 2160))
	draw.Draw(big, big.Rect, image.NewUniform(color.RGBA{40, 90, 60, 255}), image.Point{}, draw.Src)
	draw.Draw(big, image.Rect(2000, 1000, 3280, 1800), decode(t, "x/tk-form-light"), image.Point{}, draw.Src)
	res, err := r.Read(t.Context(), big)
	if err != nil || !strings.Contains(res.Text, "E-mail address: alice@example.org") {
		t.Errorf("4K: %v %q", err, res.Text)
	}
}

func TestDecode(t *testing.T) {
	whole, err := os.ReadFile("testdata/x/big.png")
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, "x/big")
	var ppm bytes.Buffer
	if err := netpbm.Encode(&ppm, img, &netpbm.EncodeOptions{Format: netpbm.PPM, MaxValue: 255}); err != nil {
		t.Fatal(err)
	}
	got, err := ocr.Decode(ppm.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []image.Point{{0, 0}, {600, 60}, {1279, 799}} {
		r, g, b, _ := got.At(p.X, p.Y).RGBA()
		if R, G, B, _ := img.At(p.X, p.Y).RGBA(); r>>8 != R>>8 || g>>8 != G>>8 || b>>8 != B>>8 {
			t.Errorf("PPM and PNG differ at %v", p)
		}
	}
	for want, data := range map[string][]byte{
		"empty":              nil,
		"neither PNG nor":    []byte("GIF89a..."),
		"broken or cut off":  whole[:len(whole)/2],
		"broken or cut off ": ppm.Bytes()[:1000],
		"not possible":       []byte("P6\n100000 100000\n255\n"),
	} {
		if _, err := ocr.Decode(data); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%.20q: %v, want %q", data, err, want)
		}
	}
	if _, err := ocr.DecodeFile("testdata/absent.png"); err == nil || !strings.Contains(err.Error(), "testdata/absent.png: no such file") {
		t.Errorf("absent file: %v", err)
	}
}

func TestFind(t *testing.T) {
	ocr.NeedTesseract(t)
	r := ocr.New(ocr.Options{})
	t.Cleanup(func() { r.Close() })
	for _, c := range []struct {
		screen, re string
		within     image.Rectangle // where the scene's script put it
	}{
		{"x/desktop", `Discard`, image.Rect(850, 650, 970, 685)},
		{"x/desktop", `save\s+the changes`, image.Rect(660, 575, 970, 605)},
		{"console/1280x800-login-dark", `machine login: \w+`, image.Rect(0, 14*16, 19*8, 15*16)},
		{"console/720x400-dialog-dark", `<Go Back>`, image.Rect(41*9, 9*16, 50*9, 10*16)},
		{"x/xterm-fixed", `backup-2025\.sh`, image.Rect(313, 108, 397, 121)},
	} {
		res, err := r.Read(t.Context(), decode(t, c.screen))
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(c.re)
		found := res.Find(func(s string) [][]int { return re.FindAllStringIndex(s, -1) })
		if len(found) != 1 || !found[0].Box.In(c.within) {
			t.Errorf("%s: %q is at %v, want one place in %v", c.screen, c.re, found, c.within)
		}
	}
}

func TestNearestLine(t *testing.T) {
	text := "Welcome to machine\nmachine Iogin: root\nPassword:\n\n  Last login: Sat Mar 14"
	for want, line := range map[string]string{
		`machine login: `: "machine Iogin: root", `[Pp]asswort:?`: "Password:", `(?P<x>Last) logon`: "Last login: Sat Mar 14",
		`^Welcom\b.*$`: "Welcome to machine", `\d+`: "", `ßþđŋ`: "", `(?i)last|first`: "Last login: Sat Mar 14", `[`: "", `\`: "",
	} {
		if got := ocr.NearestLine(want, text); got != line {
			t.Errorf("nearest to %q is %q, want %q", want, got, line)
		}
	}
}

func TestDrawBoxes(t *testing.T) {
	img := decode(t, "x/desktop")
	res := ocr.Result{Lines: []ocr.Line{{Words: []ocr.Word{{Text: "Home", Box: image.Rect(71, 123, 111, 137), Confidence: 90}}}}, Method: ocr.MethodOCR}
	out := ocr.DrawBoxes(img, res)
	if out.Bounds() != img.Bounds() || out.RGBAAt(70, 130) == color.RGBAModel.Convert(img.At(70, 130)) {
		t.Error("no frame around the word")
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, out); err != nil {
		t.Error(err)
	}
	// A word at the edge, or a result for another screen, is no reason to panic.
	ocr.DrawBoxes(image.NewGray(image.Rect(0, 0, 5, 5)), res)
}
