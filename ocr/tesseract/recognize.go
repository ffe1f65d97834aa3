//go:build cgo && !notesseract

package tesseract

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"

	"github.com/otiai10/gosseract/v2"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// Built reports whether this program was built with Tesseract.
const Built = true

// recognizer reuses one client, because a new one takes about 0.2 s to load its model.
type recognizer struct {
	client   *gosseract.Client
	language string
}

func newRecognizer() ocr.Recognizer { return &recognizer{} }

func (r *recognizer) Recognize(img *image.Gray, mode ocr.PageMode, language string) ([]ocr.Line, error) {
	if r.client != nil && r.language != language {
		if err := r.client.Close(); err != nil {
			return nil, err
		}
		r.client = nil
	}
	if r.client == nil {
		if err := installed(language); err != nil {
			return nil, err
		}
		r.client, r.language = gosseract.NewClient(), language
		if err := r.client.SetLanguage(language); err != nil {
			return nil, err
		}
	}
	// SetPageSegMode has no effect before the first initialisation, but a variable does.
	for k, v := range map[gosseract.SettableVariable]string{
		"tessedit_pageseg_mode": strconv.Itoa(int(mode)),
		"debug_file":            "/dev/null",
	} {
		if err := r.client.SetVariable(k, v); err != nil {
			return nil, err
		}
	}
	if err := r.client.SetImageFromBytes(pgm(img)); err != nil {
		return nil, err
	}
	boxes, err := r.client.GetBoundingBoxesVerbose()
	if err != nil {
		return nil, fmt.Errorf("%w: Tesseract does not start: %w", ocr.ErrUnavailable, err)
	}
	return group(boxes), nil
}

// installed returns an error for the first of the languages, as "deu+eng", whose data is not there. Tesseract itself would
// go on with the others.
func installed(languages string) error {
	there, err := gosseract.GetAvailableLanguages()
	if err != nil {
		return err
	}
	for l := range strings.SplitSeq(languages, "+") {
		if !slices.Contains(there, l) {
			return fmt.Errorf("%w: Tesseract has no data for the language %q (it has: %s); install it (Debian: tesseract-ocr-%s) "+
				"or set TESSDATA_PREFIX to the directory with %s.traineddata",
				ocr.ErrUnavailable, l, strings.Join(there, ", "), strings.ReplaceAll(l, "_", "-"), l)
		}
	}
	return nil
}

// group groups words, which are in reading order and numbered by block, paragraph and line, into lines.
func group(boxes []gosseract.BoundingBox) []ocr.Line {
	var lines []ocr.Line
	for i, b := range boxes {
		p := max(i-1, 0)
		if i == 0 || b.BlockNum != boxes[p].BlockNum || b.ParNum != boxes[p].ParNum || b.LineNum != boxes[p].LineNum {
			lines = append(lines, ocr.Line{})
		}
		l := &lines[len(lines)-1]
		l.Words = append(l.Words, ocr.Word{Text: b.Word, Box: b.Box, Confidence: b.Confidence})
	}
	return lines
}

// pgm encodes img as a binary portable greymap, the fastest format for leptonica to read.
func pgm(img *image.Gray) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	b.Write(img.Pix)
	return b.Bytes()
}
