//go:build !cgo || notesseract

package tesseract

import (
	"fmt"
	"image"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// Built reports whether this program was built with Tesseract.
const Built = false

type recognizer struct{}

func newRecognizer() ocr.Recognizer { return recognizer{} }

func (recognizer) Recognize(*image.Gray, ocr.PageMode, string) ([]ocr.Line, error) {
	return nil, fmt.Errorf("%w: the helper program was built without Tesseract (build it with cgo, libtesseract-dev and "+
		"libleptonica-dev, and without the tag notesseract)", ocr.ErrUnavailable)
}
