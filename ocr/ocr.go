// Package ocr reads the text of screenshots: image in, text out.
//
// [Decode] makes an image of a screenshot, and a [Reader], which [New] makes, its text with the place of every word.
//
// A text console in a known font is read exactly, cell by cell (package console). Everything else goes
// through Tesseract, in helper processes that a Reader starts, keeps warm, bounds and kills: a recognition
// that hangs can't hold its caller. The helper is the program gotest-driver-ocr, beside the program that runs or on the
// PATH; a program that links Tesseract itself is its own helper (package tesseract).
package ocr

import (
	"context"
	"errors"
	"image"
	"strings"
)

// ErrUnavailable is wrapped by the error of a recognition that needs Tesseract when it is not available: there is no
// helper program, or it lacks Tesseract or its language data.
var ErrUnavailable = errors.New("OCR is not available")

// Word is a recognised word.
type Word struct {
	Text       string
	Box        image.Rectangle // in pixels of the image
	Confidence float64         // 0 to 100
}

// Line is a line of words, from left to right.
type Line struct {
	Words []Word
}

// Text returns the line's words joined by single blanks.
func (l Line) Text() string {
	var b strings.Builder
	for i, w := range l.Words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

// Box returns the smallest rectangle that holds all words of the line.
func (l Line) Box() image.Rectangle {
	var r image.Rectangle
	for _, w := range l.Words {
		r = r.Union(w.Box)
	}
	return r
}

// Method is the way in which an image was read.
type Method string

// The methods: no text, exactly by the console's font, by OCR.
const (
	MethodBlank   Method = "blank"
	MethodConsole Method = "console"
	MethodOCR     Method = "ocr"
)

// Result is the text of an image, read in one way.
type Result struct {
	Text    string // lines from top to bottom, separated by newlines
	Lines   []Line
	Variant string // the preparation of the image; "" unless Method is MethodOCR
	Method  Method

	at []int // by word: its byte offset in Text
}

// Words returns the words of all lines in reading order.
func (r Result) Words() []Word {
	var ws []Word
	for _, l := range r.Lines {
		ws = append(ws, l.Words...)
	}
	return ws
}

// Engine recognises the words of a prepared grey image, with dark text on a light background.
type Engine interface {
	// Recognize returns the words grouped into lines, with boxes in pixels of img. It returns
	// context.Cause as soon as ctx is done.
	Recognize(ctx context.Context, img *image.Gray, mode PageMode) ([]Line, error)
	Close() error
}

// PageMode is Tesseract's page segmentation mode.
type PageMode int

// The page modes for screens.
const (
	PageBlock  PageMode = 6  // one block of text
	PageLine   PageMode = 7  // one line
	PageSparse PageMode = 11 // text anywhere, in no order
)
