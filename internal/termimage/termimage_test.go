package termimage

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi/sixel"
)

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		env     string
		want    Protocol
		unknown bool
	}{
		{"TERM=xterm-kitty", Kitty, false},
		{"TERM=xterm-256color KITTY_WINDOW_ID=1", Kitty, false},
		{"TERM=xterm-ghostty", Kitty, false},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app", ITerm2, false},
		{"TERM=xterm-256color LC_TERMINAL=iTerm2", ITerm2, false},
		{"TERM=xterm-256color TERM_PROGRAM=WezTerm", ITerm2, false},
		{"TERM=xterm-256color", None, true},
		{"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", None, true},
		{"TERM=tmux-256color KITTY_WINDOW_ID=1 TMUX=/tmp/tmux-0", None, true},
		{"TERM=screen TERM_PROGRAM=iTerm.app", None, true},
		{"TERM=linux", None, false},
		{"TERM=dumb KITTY_WINDOW_ID=1", None, false},
		{"", None, false},
	} {
		env := map[string]string{}
		for _, v := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(v, "=")
			env[name] = value
		}
		p, unknown := FromEnvironment(func(name string) string { return env[name] })
		if p != c.want || unknown != c.unknown {
			t.Errorf("%s: %q, %v; want %q, %v", c.env, p, unknown, c.want, c.unknown)
		}
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		input string
		want  Protocol
		rest  string
		done  bool
	}{
		{"\x1b[?62;4;22c", Sixel, "", true},   // foot, xterm -ti vt340
		{"\x1b[?1;2c", None, "", true},        // VT100 with advanced video
		{"\x1b[?4c", None, "", true},          // the class is no attribute
		{"\x1b[?64;1;14;22c", None, "", true}, // 14 is not 4
		{"ls\x1b[?62;4cx\r", Sixel, "lsx\r", true},
		{"\x1b[?62;4", None, "\x1b[?62;4", false},
		{"\x1b[A", None, "\x1b[A", false},
		{"", None, "", false},
	} {
		p, rest, done := Answer(c.input)
		if p != c.want || rest != c.rest || done != c.done {
			t.Errorf("%q: %q, %q, %v; want %q, %q, %v", c.input, p, rest, done, c.want, c.rest, c.done)
		}
	}
}

// noise is a picture whose PNG takes many chunks.
func noise(t *testing.T, width, height int) (image.Image, []byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return img, b.Bytes()
}

func written(t *testing.T, p Protocol, picture []byte, s Size) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, p, picture, s); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutSuffix(b.String(), "\r\n")
	if !ok {
		t.Error("the cursor is not at the beginning of a line")
	}
	return text
}

var window = Size{Columns: 80, Rows: 25, Width: 800, Height: 500}

func TestKitty(t *testing.T) {
	_, picture := noise(t, 1000, 200)
	text := written(t, Kitty, picture, window)
	chunk := regexp.MustCompile("^\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\\\")
	var data strings.Builder
	for n := 0; text != ""; n++ {
		m := chunk.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("not a sequence of kitty's: %.60q", text)
		}
		text = text[len(m[0]):]
		want := "q=2,m=1"
		if n == 0 {
			want = "a=T,f=100,q=2,c=80,m=1"
		}
		if text == "" {
			want = strings.TrimSuffix(want, "1") + "0"
		}
		if m[1] != want {
			t.Errorf("chunk %d has options %s, want %s", n, m[1], want)
		}
		if len(m[2]) > 4096 || text != "" && len(m[2])%4 != 0 {
			t.Errorf("chunk %d has %d bytes", n, len(m[2]))
		}
		data.WriteString(m[2])
	}
	got, err := base64.StdEncoding.DecodeString(data.String())
	if err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the picture did not arrive (%v)", err)
	}
}

func TestITerm2(t *testing.T) {
	_, picture := noise(t, 100, 50)
	m := regexp.MustCompile("^\x1b]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07$").FindStringSubmatch(written(t, ITerm2, picture, window))
	if m == nil {
		t.Fatal("not a sequence of iTerm2's")
	}
	if strings.Contains(m[1], "width") || !strings.Contains(m[1], "inline=1") {
		t.Errorf("options %s", m[1])
	}
	if got, err := base64.StdEncoding.DecodeString(m[2]); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the picture did not arrive (%v)", err)
	}
	_, picture = noise(t, 900, 50)
	if text := written(t, ITerm2, picture, window); !strings.Contains(text, "width=80;") {
		t.Error("a picture that is wider than the window is not scaled")
	}
}

func TestSixel(t *testing.T) {
	// Halves of few colours come back unchanged; those of a screen are similar.
	img := image.NewRGBA(image.Rect(0, 0, 1600, 600))
	for y := range 600 {
		for x := range 1600 {
			c := color.RGBA{255, 0, 0, 255}
			if x >= 800 {
				c = color.RGBA{0, 0, 255, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	text := written(t, Sixel, b.Bytes(), window)
	head, payload, ok := strings.Cut(text, "q")
	payload, end := strings.CutSuffix(payload, "\x1b\\")
	if !ok || !end || head != "\x1bP0;1" {
		t.Fatalf("not sixels: %.20q", text)
	}
	got, err := new(sixel.Decoder).Decode(strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Dx() != 800 || got.Bounds().Dy() != 300 {
		t.Errorf("the picture is %s, want 800×300", got.Bounds())
	}
	for x, want := range map[int]color.RGBA{10: {255, 0, 0, 255}, 790: {0, 0, 255, 255}} {
		if c := color.RGBAModel.Convert(got.At(x, 150)); c != want {
			t.Errorf("at %d: %v, want %v", x, c, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		window  Size
		picture image.Point
		want    image.Point
		columns int
	}{
		{window, image.Pt(800, 480), image.Pt(800, 480), 0},
		{window, image.Pt(1600, 480), image.Pt(800, 240), 80},
		{window, image.Pt(480, 960), image.Pt(240, 480), 24},
		{Size{Columns: 80, Rows: 25}, image.Pt(1280, 720), image.Pt(640, 360), 80},
		{Size{Columns: 1, Rows: 1}, image.Pt(1280, 720), image.Pt(8, 4), 1},
	} {
		if got, columns := c.window.fit(c.picture); got != c.want || columns != c.columns {
			t.Errorf("%v in %v: %v, %d columns; want %v, %d", c.picture, c.window, got, columns, c.want, c.columns)
		}
	}
}

func BenchmarkSixelScreen(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	for i := range img.Pix {
		img.Pix[i] = byte(i / 4000)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var out bytes.Buffer
		if err := Write(&out, Sixel, picture.Bytes(), window); err != nil {
			b.Fatal(err)
		}
	}
}
