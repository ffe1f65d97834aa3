package ocr_test

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// screen is a picture of testdata and the words that are known to be on it.
type screen struct {
	name  string
	img   image.Image
	words []string
}

func screens(t testing.TB, dir string) []screen {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("testdata", dir, "*.png"))
	if len(files) == 0 {
		t.Fatalf("no screens in testdata/%s", dir)
	}
	var all []screen
	for _, f := range files {
		img, err := ocr.DecodeFile(f)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := os.ReadFile(strings.TrimSuffix(f, "png") + "txt")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, screen{dir + "/" + strings.TrimSuffix(filepath.Base(f), ".png"), img, strings.Fields(string(truth))})
	}
	return all
}

// recall counts the words of truth that are among words, each as often as it is there.
func recall(truth, words []string) (hits int, missed []string) {
	have := map[string]int{}
	for _, w := range words {
		have[w]++
	}
	for _, w := range truth {
		if have[w] > 0 {
			have[w]--
			hits++
		} else {
			missed = append(missed, w)
		}
	}
	return hits, missed
}

// TestRecall holds the share of words that Read gets right on the screens of testdata above a bound.
func TestRecall(t *testing.T) {
	for dir, least := range map[string]float64{"console": 0.97, "x": 0.93} {
		if dir == "x" && testing.Short() {
			continue // takes ten seconds and more
		}
		ocr.NeedTesseract(t)
		r := ocr.New(ocr.Options{})
		t.Cleanup(func() { r.Close() })
		hits, total := 0, 0
		for _, s := range screens(t, dir) {
			res, err := r.Read(t.Context(), s.img)
			if err != nil {
				t.Fatal(err)
			}
			n, missed := recall(s.words, strings.Fields(res.Text))
			t.Logf("%-50s %.3f (%s) missed %q", s.name, float64(n)/float64(len(s.words)), res.Method, missed)
			hits, total = hits+n, total+len(s.words)
		}
		got := float64(hits) / float64(total)
		t.Logf("%s: %.4f of %d words", dir, got, total)
		if got < least {
			t.Errorf("recall on %s is %.4f, want at least %v", dir, got, least)
		}
	}
}
