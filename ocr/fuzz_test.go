package ocr

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// FuzzDecode: a file of any content is a picture of the size that it says, or an error.
func FuzzDecode(f *testing.F) {
	img := image.NewGray16(image.Rect(0, 0, 3, 2))
	img.SetGray16(1, 1, color.Gray16{0xabcd})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:40])
	for _, text := range []string{"P6\n1 1\n255\nabc", "P3 2 1 65535 1 2 3 4 5 6", "P1\n# c\n2 2\n1 0 0 1", "P4 9 1 \xff\x80", "P5 1 1 0 \x00", "P6 99999999 99999999 255\n", "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\nabc", "P6 -1 -1 255\n", "P2"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(append(bytes.Clone(data), '\n'))); err == nil && (c.Width > 1000 || c.Height > 1000) {
			return // takes its time
		}
		img, err := Decode(data)
		if err != nil {
			return
		}
		if size := img.Bounds().Size(); size.X <= 0 || size.Y <= 0 || size.X > maxPixels/size.Y {
			t.Fatalf("a picture of %v", size)
		}
		b := img.Bounds()
		for _, p := range []image.Point{b.Min, b.Max.Sub(image.Pt(1, 1))} {
			img.At(p.X, p.Y).RGBA()
		}
	})
}

// replyEngine gives the same answer for each picture.
type replyEngine struct{ reply reply }

func (e replyEngine) Recognize(context.Context, *image.Gray, PageMode) ([]Line, error) {
	return e.reply.Lines, nil
}
func (replyEngine) Close() error { return nil }

// FuzzReply: whatever a helper process answers, which reads a guest's screen with a library in C, there is a result or an error.
func FuzzReply(f *testing.F) {
	img, err := DecodeFile("testdata/x/desktop.png")
	if err != nil {
		f.Fatal(err)
	}
	part := image.NewGray(image.Rect(0, 0, 160, 60))
	for y := range 60 {
		for x := range 160 {
			part.Set(x, y, img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y))
		}
	}
	add := func(r reply) {
		var b bytes.Buffer
		if err := writeMessage(&b, r, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	add(reply{Error: "no", Unavailable: true})
	add(reply{Lines: []Line{{}, {Words: []Word{{Text: "a b\x1b", Box: image.Rect(1, 2, 30, 12), Confidence: 1e300}, {}}}}})
	add(reply{Lines: []Line{{Words: []Word{{Text: "x", Box: image.Rectangle{Min: image.Pt(1<<62, -1<<62), Max: image.Pt(-1<<62, 1<<62)}}}}}})
	f.Add([]byte("\x00\x00\x00\x02[]"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		var rep reply
		if err := readMessage(bytes.NewReader(sent), &rep); err != nil {
			return
		}
		r := New(Options{Engine: replyEngine{rep}})
		defer r.Close()
		results, err := r.Variants(t.Context(), part)
		if err != nil {
			t.Error(err)
		}
		DrawBoxes(part, results...)
	})
}
