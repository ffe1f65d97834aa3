package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"time"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/console"
	"github.com/gotest-driver/gotest-driver/report"
)

// The times between two looks at a screen. A still one is looked at less often.
const (
	openLook  = 100 * time.Millisecond // of the machine that is shown large
	openStill = 500 * time.Millisecond
	tileLook  = 500 * time.Millisecond
	tileStill = 2 * time.Second
	// share is the part of the time, one in so many, that looking may take.
	share = 4
	// glanceLimit is how long a look may take: QEMU may be stopped.
	glanceLimit = 10 * time.Second
)

// screen looks at the screen of a machine.
type screen struct {
	w    *watch
	m    *machine.Machine
	ctx  context.Context
	stop context.CancelFunc
	news chan struct{} // something was done on the machine

	seen  []byte
	shown picture // guarded by the watch

	// Of load.
	pid    int
	used   time.Duration
	usedAt time.Time
}

func newScreen(w *watch, m *machine.Machine) *screen {
	s := &screen{w: w, m: m, news: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(w.ctx)
	return s
}

// run looks until it is stopped.
func (s *screen) run() {
	for pause := tileLook; s.ctx.Err() == nil; {
		least, most := tileLook, tileStill
		if s.w.isOpen(s.m.Name()) {
			least, most = openLook, openStill
		}
		began, changed := time.Now(), false
		if s.w.seen() {
			changed = s.look()
		}
		if pause = min(max(2*pause, least), most); changed {
			pause = least
		}
		select {
		case <-time.After(max(pause, share*time.Since(began))):
		case <-s.news:
			pause = least
		case <-s.ctx.Done():
		}
	}
}

// poke makes it look soon: somebody has done something on the machine.
func (s *screen) poke() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// look takes a picture and tells the pages of it if it is a new one.
func (s *screen) look() (changed bool) {
	if !s.m.Booted() {
		return s.show(nil)
	}
	ctx, cancel := context.WithTimeout(s.ctx, glanceLimit)
	defer cancel()
	data, err := s.m.Glance(ctx)
	if err != nil { // there is no screen, or the machine ends
		return false
	}
	return s.show(data)
}

// show makes a message of a picture; nil is the screen of a machine that does not run.
func (s *screen) show(data []byte) bool {
	if bytes.Equal(data, s.seen) {
		return false
	}
	kind, message, err := encode(report.Clean(s.m.Name()), data)
	if err != nil {
		return false
	}
	s.seen = data
	s.w.mu.Lock()
	s.w.number++
	s.shown = picture{report.Clean(s.m.Name()), s.w.number, kind, message}
	s.w.mu.Unlock()
	s.w.s.wake()
	return true
}

// encode makes a message of a screen: a text console as text, others as the length of the machine's name, the name, and a JPEG.
func encode(name string, data []byte) (websocket.MessageType, []byte, error) {
	text := func(lines []string, columns int) (websocket.MessageType, []byte, error) {
		b, err := json.Marshal(map[string]any{"screen": map[string]any{"machine": name, "text": lines, "columns": columns}})
		return websocket.MessageText, b, err
	}
	if data == nil {
		return text(nil, 0)
	}
	img, err := decode(data)
	if err != nil {
		return 0, nil, err
	}
	if c, ok := console.Read(img); ok {
		lines := make([]string, c.Rows)
		for i := range lines {
			lines[i] = c.Line(i)
		}
		return text(lines, c.Cols)
	}
	var b bytes.Buffer
	b.WriteByte(byte(len(name)))
	b.WriteString(name)
	err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	return websocket.MessageBinary, b.Bytes(), err
}

// decode decodes a picture. QEMU's PPM it reads itself, because that is the usual one and has no choices.
func decode(data []byte) (*image.RGBA, error) {
	var w, h, most, head int
	if n, err := fmt.Sscanf(string(data[:min(len(data), 64)]), "P6\n%d %d\n%d\n", &w, &h, &most); err == nil && n == 3 && most == 255 && w > 0 && h > 0 {
		head = len(fmt.Sprintf("P6\n%d %d\n%d\n", w, h, most))
		if pix := data[head:]; len(pix)/3/w >= h {
			img := image.NewRGBA(image.Rect(0, 0, w, h))
			for i, o := 0, 0; o < len(img.Pix); i, o = i+3, o+4 {
				img.Pix[o], img.Pix[o+1], img.Pix[o+2], img.Pix[o+3] = pix[i], pix[i+1], pix[i+2], 255
			}
			return img, nil
		}
	}
	any, err := ocr.Decode(data)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(any.Bounds())
	draw.Draw(img, img.Bounds(), any, any.Bounds().Min, draw.Src)
	return img, nil
}
