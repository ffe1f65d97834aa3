// Package termimage shows pictures in terminals that support it.
package termimage

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi/iterm2"
	"github.com/charmbracelet/x/ansi/sixel"
	"golang.org/x/image/draw"
)

// Size is the size of a terminal's window.
type Size struct {
	Columns, Rows int
	Width, Height int // in pixels; 0 if the terminal does not report it
}

// cell is the assumed size of a character if the terminal does not report it.
var cell = image.Pt(8, 16)

// kittyChunk is the largest part of a picture in a single sequence, by kitty's protocol.
const kittyChunk = 4096

// Write shows a PNG, no larger than the window, and leaves the cursor at the beginning of a line below it.
func Write(w io.Writer, p Protocol, picture []byte, s Size) error {
	c, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	size, columns := s.fit(image.Pt(c.Width, c.Height))
	var out string
	switch p {
	case Kitty:
		out = kitty(picture, columns)
	case ITerm2:
		f := iterm2.File{Inline: true, Size: int64(len(picture)), Content: base64Of(picture)}
		if columns > 0 {
			f.Width = iterm2.Cells(columns)
		}
		out = "\x1b]1337;" + f.String() + "\x07"
	case Sixel:
		if out, err = sixels(picture, size); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown protocol for pictures in a terminal: %q", p)
	}
	_, err = io.WriteString(w, out+"\r\n")
	return err
}

// fit returns the size of a picture that fits into the window, with a row left for the prompt. columns is its width if it
// had to be reduced, else 0.
func (s Size) fit(picture image.Point) (_ image.Point, columns int) {
	c := cell
	if s.Width > 0 && s.Height > 0 && s.Columns > 0 && s.Rows > 0 {
		c = image.Pt(max(1, s.Width/s.Columns), max(1, s.Height/s.Rows))
	}
	room := image.Pt(max(1, s.Columns)*c.X, max(1, s.Rows-1)*c.Y)
	if picture.X <= room.X && picture.Y <= room.Y {
		return picture, 0
	}
	width := min(room.X, room.Y*picture.X/picture.Y)
	columns = max(1, width/c.X)
	width = columns * c.X
	return image.Pt(width, max(1, width*picture.Y/picture.X)), columns
}

func base64Of(b []byte) []byte { return base64.StdEncoding.AppendEncode(nil, b) }

// kitty returns the sequences for an unchanged picture, which the terminal scales to columns (0: not at all) and does not
// answer.
func kitty(picture []byte, columns int) string {
	options := []string{"a=T", "f=100", "q=2"}
	if columns > 0 {
		options = append(options, fmt.Sprintf("c=%d", columns))
	}
	var out bytes.Buffer
	for data := base64Of(picture); len(data) > 0; {
		chunk := data[:min(len(data), kittyChunk)]
		data = data[len(chunk):]
		more := "m=0"
		if len(data) > 0 {
			more = "m=1"
		}
		fmt.Fprintf(&out, "\x1b_G%s;%s\x1b\\", strings.Join(append(options, more), ","), chunk)
		options = []string{"q=2"}
	}
	return out.String()
}

// sixels returns the sequence for a picture scaled to a size.
func sixels(picture []byte, size image.Point) (string, error) {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", err
	}
	if img.Bounds().Size() != size {
		scaled := image.NewRGBA(image.Rectangle{Max: size})
		draw.CatmullRom.Scale(scaled, scaled.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = scaled
	}
	var payload bytes.Buffer
	if err := new(sixel.Encoder).Encode(&payload, img); err != nil {
		return "", err
	}
	return "\x1bP0;1q" + payload.String() + "\x1b\\", nil
}
