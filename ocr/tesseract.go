//go:build cgo && !notesseract

package ocr

import (
	"bytes"
	"fmt"
	"image"
	"strconv"

	"github.com/otiai10/gosseract/v2"
)

// built tells whether this program was built with Tesseract.
const built = true

// tesseract recognises in a worker process, through one client that is used again and again: a new one
// takes some 0.2 s to load its model.
type tesseract struct {
	client   *gosseract.Client
	language string
}

func newRecognizer() recognizer { return &tesseract{} }

func (t *tesseract) recognize(img *image.Gray, req request) ([]Line, error) {
	if t.client != nil && t.language != req.Language {
		if err := t.client.Close(); err != nil {
			return nil, err
		}
		t.client = nil
	}
	if t.client == nil {
		t.client, t.language = gosseract.NewClient(), req.Language
		if err := t.client.SetLanguage(req.Language); err != nil {
			return nil, err
		}
	}
	// Before the first initialisation SetPageSegMode is lost; a variable is kept.
	for k, v := range map[gosseract.SettableVariable]string{
		"tessedit_pageseg_mode": strconv.Itoa(int(req.Mode)),
		"debug_file":            "/dev/null",
	} {
		if err := t.client.SetVariable(k, v); err != nil {
			return nil, err
		}
	}
	if err := t.client.SetImageFromBytes(pgm(img)); err != nil {
		return nil, err
	}
	boxes, err := t.client.GetBoundingBoxesVerbose()
	if err != nil {
		return nil, fmt.Errorf("%w: Tesseract does not start: %w; install its data for the language %q "+
			"(Debian: tesseract-ocr-%s) or set TESSDATA_PREFIX to the directory with %s.traineddata",
			ErrUnavailable, err, req.Language, req.Language, req.Language)
	}
	return group(boxes), nil
}

// group makes lines of words that come in reading order, numbered by block, paragraph and line.
func group(boxes []gosseract.BoundingBox) []Line {
	var lines []Line
	for i, b := range boxes {
		p := max(i-1, 0)
		if i == 0 || b.BlockNum != boxes[p].BlockNum || b.ParNum != boxes[p].ParNum || b.LineNum != boxes[p].LineNum {
			lines = append(lines, Line{})
		}
		l := &lines[len(lines)-1]
		l.Words = append(l.Words, Word{Text: b.Word, Box: b.Box, Confidence: b.Confidence})
	}
	return lines
}

// pgm encodes img as a binary portable greymap, the quickest format for leptonica to read.
func pgm(img *image.Gray) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	b.Write(img.Pix)
	return b.Bytes()
}
