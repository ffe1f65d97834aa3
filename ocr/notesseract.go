//go:build !cgo || notesseract

package ocr

import (
	"fmt"
	"image"
)

// built tells whether this program was built with Tesseract.
const built = false

type noRecognizer struct{}

func newRecognizer() recognizer { return noRecognizer{} }

func (noRecognizer) recognize(*image.Gray, request) ([]Line, error) {
	return nil, fmt.Errorf("%w: %s", ErrUnavailable, notBuilt)
}
