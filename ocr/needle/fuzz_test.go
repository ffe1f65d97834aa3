package needle_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr/needle"
)

// FuzzLoad: a needle's description and picture of any content are a needle, which can be searched for, or an error.
func FuzzLoad(f *testing.F) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"area": [{"type": "match", "xpos": 1, "ypos": 2, "width": 3, "height": 4, "match": 90}], "tags": ["a"]}`), picture.Bytes())
	f.Add([]byte(`{"area": [{"type": "exclude", "xpos": -1, "ypos": 1e9, "width": 0, "height": -4}]}`), picture.Bytes())
	f.Add([]byte(`{"area": [{}, null]}`), []byte("\x89PNG\r\n\x1a\n"))
	screen := image.NewRGBA(image.Rect(0, 0, 16, 16))
	f.Fuzz(func(t *testing.T, description, picture []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(picture)); err == nil && c.Width*c.Height > 1<<16 {
			return // a search in large pictures takes its time
		}
		base := filepath.Join(t.TempDir(), "a")
		for name, content := range map[string][]byte{".json": description, ".png": picture} {
			if err := os.WriteFile(base+name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := needle.Load(base + ".json"); err == nil {
			n.Match(screen, 0.9, screen.Bounds())
		}
		if n, err := needle.Load(base + ".png"); err == nil {
			n.Match(screen, 0.9, screen.Bounds())
		}
	})
}
