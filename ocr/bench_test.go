package ocr_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// BenchmarkPipelines compares ways to read the screens of testdata by the share of correct words
// (the metric "recall") and the time per screen, each read for the first time:
//
//	go test ./ocr -run '^$' -bench Pipelines -benchtime 1x
//
// "python" does the same as get_screen_text of the NixOS test driver (autumn 2026): tesseract --psm 11 on the
// unchanged picture. "python-variants" adds two ImageMagick preparations, as its wait_for_text does; a word counts as
// read when one of the three has it. Both run tesseract with OMP_THREAD_LIMIT=1, unless the environment sets another
// limit; this is several times faster than the Python driver. The Python driver asks for both of Tesseract's engines
// (--oem 2); Debian's language data have only the neural one, which is used here.
func BenchmarkPipelines(b *testing.B) {
	for _, dir := range []string{"console", "x"} {
		all := screens(b, dir)
		e, err := ocr.NewEngine(1, "")
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		if _, err := e.Recognize(b.Context(), image.NewGray(image.Rect(0, 0, 100, 30)), ocr.PageLine); err != nil {
			b.Fatal(err)
		}
		// A new reader for each picture: it has no earlier results.
		ours := func(img image.Image, all bool) (texts []string) {
			r := ocr.New(ocr.Options{Engine: e, Workers: 1})
			res, err := r.Read(b.Context(), img)
			results := []ocr.Result{res}
			if all && err == nil {
				results, err = r.Variants(b.Context(), img)
			}
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range results {
				texts = append(texts, r.Text)
			}
			return texts
		}
		for _, p := range []struct {
			name string
			read func(testing.TB, image.Image) []string
		}{
			{"read", func(_ testing.TB, img image.Image) []string { return ours(img, false) }},
			{"variants", func(_ testing.TB, img image.Image) []string { return ours(img, true) }},
			{"python", pythonRaw},
			{"python-variants", pythonVariants},
		} {
			b.Run(dir+"/"+p.name, func(b *testing.B) {
				if strings.HasPrefix(p.name, "python") {
					need(b, "tesseract", "convert")
				}
				hits, total, n := 0, 0, 0
				for b.Loop() {
					for _, s := range all {
						best, _ := recallOfAny(s.words, p.read(b, s.img))
						hits, total, n = hits+best, total+len(s.words), n+1
					}
				}
				b.ReportMetric(float64(hits)/float64(total), "recall")
				b.ReportMetric(b.Elapsed().Seconds()/float64(n), "s/screen")
			})
		}
	}
}

// BenchmarkScreenText measures get_screen_text for a new picture with one worker, by the size of the picture: decoding and
// reading it. "s/screen" is the mean, "worst-s" the maximum. With one core:
// GOMAXPROCS=1 taskset -c 0 go test ./ocr -run '^$' -bench ScreenText -benchtime 1x
func BenchmarkScreenText(b *testing.B) {
	for _, kind := range []struct {
		dir  string
		size image.Point
	}{{"console", image.Pt(720, 400)}, {"x", image.Pt(1280, 800)}} {
		b.Run(fmt.Sprintf("%s-%dx%d", kind.dir, kind.size.X, kind.size.Y), func(b *testing.B) {
			e, err := ocr.NewEngine(1, "")
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			if _, err := e.Recognize(b.Context(), image.NewGray(image.Rect(0, 0, 100, 30)), ocr.PageLine); err != nil {
				b.Fatal(err)
			}
			var pictures [][]byte
			for _, s := range screens(b, kind.dir) {
				if s.img.Bounds().Size() == kind.size {
					data, err := os.ReadFile(filepath.Join("testdata", s.name+".png"))
					if err != nil {
						b.Fatal(err)
					}
					pictures = append(pictures, data)
				}
			}
			var worst time.Duration
			n := 0
			for b.Loop() {
				for _, data := range pictures {
					began := time.Now()
					img, err := ocr.Decode(data)
					if err == nil {
						_, err = ocr.New(ocr.Options{Engine: e, Workers: 1}).Read(b.Context(), img)
					}
					if err != nil {
						b.Fatal(err)
					}
					worst = max(worst, time.Since(began))
					n++
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(n), "s/screen")
			b.ReportMetric(worst.Seconds(), "worst-s")
		})
	}
}

func need(b *testing.B, programs ...string) {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			b.Skipf("needs %s (Debian: tesseract-ocr, imagemagick)", p)
		}
	}
}

// recallOfAny counts the words that at least one of the texts has.
func recallOfAny(truth, texts []string) (hits int, missed []string) {
	most := map[string]int{}
	for _, t := range texts {
		n := map[string]int{}
		for _, w := range strings.Fields(t) {
			n[w]++
			most[w] = max(most[w], n[w])
		}
	}
	var words []string
	for w, n := range most {
		for range n {
			words = append(words, w)
		}
	}
	return recall(truth, words)
}

func pythonRaw(t testing.TB, img image.Image) []string {
	return []string{tesseractProgram(t, save(t, img))}
}

func pythonVariants(t testing.TB, img image.Image) []string {
	path := save(t, img)
	texts := []string{tesseractProgram(t, path)}
	for _, negate := range []bool{false, true} {
		args := strings.Fields("-filter Catrom -density 72 -resample 300 -contrast -normalize -despeckle -type grayscale -sharpen 1 -posterize 3")
		if negate {
			args = append(args, "-negate")
		}
		out := path + fmt.Sprint(negate) + ".png"
		args = append(args, "-gamma", "100", "-blur", "1x65535", path, out)
		if msg, err := exec.Command("convert", args...).CombinedOutput(); err != nil {
			t.Fatalf("convert: %v %s", err, msg)
		}
		texts = append(texts, tesseractProgram(t, out))
	}
	return texts
}

func save(t testing.TB, img image.Image) string {
	f, err := os.Create(filepath.Join(t.TempDir(), "screen.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func tesseractProgram(t testing.TB, path string) string {
	cmd := exec.Command("tesseract", path, "-", "-c", "debug_file=/dev/null", "--psm", "11")
	cmd.Env = append([]string{"OMP_THREAD_LIMIT=1"}, os.Environ()...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tesseract: %v", err)
	}
	return string(out)
}
