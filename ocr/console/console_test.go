package console_test

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gotest-driver/gotest-driver/ocr/console"
	"github.com/gotest-driver/gotest-driver/ocr/internal/pix"
)

func load(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestRead reads consoles of a real guest; every character must be right.
func TestRead(t *testing.T) {
	files, _ := filepath.Glob("../testdata/console/*.png")
	if len(files) == 0 {
		t.Fatal("no screens in testdata")
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".png"), func(t *testing.T) {
			truth, err := os.ReadFile(strings.TrimSuffix(path, "png") + "txt")
			if err != nil {
				t.Fatal(err)
			}
			s, ok := console.Read(load(t, path))
			if !ok {
				t.Fatal("not recognised as a text console")
			}
			if d := cmp.Diff(strings.TrimRight(string(truth), "\n"), s.Text()); d != "" {
				t.Errorf("(-truth +read, font %s):\n%s", s.Font, d)
			}
		})
	}
}

// TestNoConsole: other images are left to OCR.
func TestNoConsole(t *testing.T) {
	files, _ := filepath.Glob("../testdata/x/*.png")
	for _, path := range files {
		if s, ok := console.Read(load(t, path)); ok {
			t.Errorf("%s was read as a console: %q", path, s.Text())
		}
	}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 1, 1), image.Rect(0, 0, 7, 300), image.Rect(0, 0, 1280, 800)} {
		if s, ok := console.Read(image.NewGray(r)); ok {
			t.Errorf("a black image of %v was read as a console: %q", r, s.Text())
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"720x400-login-dark", "1280x800-listing-dark"} {
		m := pix.From(load(b, "../testdata/console/"+name+".png"))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, ok := console.Read(m); !ok {
					b.Fatal("not recognised")
				}
			}
		})
	}
}

// TestTerminals reads the text of xterm's fixed fonts exactly, wherever the window is.
func TestTerminals(t *testing.T) {
	for _, name := range []string{"xterm-fixed", "xterm-fixed-reverse"} {
		truth, err := os.ReadFile("../testdata/x/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		runs, _ := console.Terminals(load(t, "../testdata/x/"+name+".png"))
		var read []string
		for _, r := range runs {
			read = append(read, strings.Fields(r.Text)...)
		}
		if d := cmp.Diff(strings.Fields(string(truth)), read); d != "" {
			t.Errorf("%s (-truth +read):\n%s", name, d)
		}
	}
	for _, name := range []string{"desktop", "gtk-prefs-dark", "qt-window-light", "tk-tiles", "xterm-mono-12"} {
		img := load(t, "../testdata/x/"+name+".png")
		if runs, rest := console.Terminals(img); len(runs) > 0 || rest != img {
			t.Errorf("%s: took %q for text in a fixed font", name, runs)
		}
	}
}

func BenchmarkTerminals(b *testing.B) {
	for _, name := range []string{"xterm-fixed", "gtk-prefs-dark"} {
		m := pix.From(load(b, "../testdata/x/"+name+".png"))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				console.Terminals(m)
			}
		})
	}
}
