package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/report"
)

// screenPoll is the longest pause between two looks at the screen.
const screenPoll = 150 * time.Millisecond

// Screen takes a picture of the screen.
func (m *Machine) Screen(ctx context.Context) (image.Image, error) {
	data, err := m.Picture(ctx)
	if err != nil {
		return nil, err
	}
	return m.decodeScreen(data)
}

func (m *Machine) decodeScreen(data []byte) (image.Image, error) {
	img, err := ocr.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: the picture of the screen: %w", m.o.Name, err)
	}
	return img, nil
}

// ScreenText reads the screen in the one way that suits most screens.
func (m *Machine) ScreenText(ctx context.Context) (text string, err error) {
	ctx, span := m.entry(ctx, report.ActionScreen, "performing optical character recognition")
	defer func() { span.End(err) }()
	err = m.look(ctx, "get_screen_text", func(ctx context.Context, img image.Image) error {
		res, err := m.reader.Read(ctx, img)
		text = res.Text
		return err
	})
	return text, err
}

// ScreenTextVariants reads the screen in every way there is, the best first.
func (m *Machine) ScreenTextVariants(ctx context.Context) (texts []string, err error) {
	ctx, span := m.entry(ctx, report.ActionScreen, "performing optical character recognition")
	defer func() { span.End(err) }()
	err = m.look(ctx, "get_screen_text_variants", func(ctx context.Context, img image.Image) error {
		all, err := m.reader.Variants(ctx, img)
		for _, r := range all {
			texts = append(texts, r.Text)
		}
		return err
	})
	return texts, err
}

// look calls f with a picture of the screen and a context that ends with the machine.
func (m *Machine) look(ctx context.Context, call string, f func(context.Context, image.Image) error) error {
	return m.runningOrStart(ctx, call, func(ctx context.Context, _ Instance) error {
		img, err := m.Screen(ctx)
		if err != nil {
			return err
		}
		return m.ocrError(f(ctx, img))
	})
}

// ocrError adds to an error of the OCR whose screen could not be read.
func (m *Machine) ocrError(err error) error {
	if errors.Is(err, ocr.ErrUnavailable) {
		return fmt.Errorf("%s: %w", m.o.Name, err)
	}
	return err
}

// FindText returns where the screen's text matches now, in pixels; nothing when it matches nowhere.
func (m *Machine) FindText(ctx context.Context, re Pattern) (found []ocr.Found, err error) {
	ctx, span := m.entry(ctx, report.ActionScreen, "looking for %s on screen", re)
	defer func() { span.End(err) }()
	err = m.look(ctx, "find_text", func(ctx context.Context, img image.Image) (err error) {
		found, _, err = m.find(ctx, re, img, m.reader.Match)
		return err
	})
	return found, err
}

// reading is a method of Reader that reads an image until a text matches.
type reading func(ctx context.Context, img image.Image, match func(text string) bool) (ocr.Result, bool, []ocr.Result, error)

// find reads img until re matches.
func (m *Machine) find(ctx context.Context, re Pattern, img image.Image, read reading) ([]ocr.Found, []ocr.Result, error) {
	var spans [][]int
	var broken error
	res, ok, seen, err := read(ctx, img, func(text string) bool {
		spans, broken = matches(re, text)
		return len(spans) > 0 || broken != nil
	})
	if err = errors.Join(broken, m.ocrError(err)); err != nil || !ok {
		return nil, seen, err
	}
	return res.Find(func(string) [][]int { return spans }), seen, nil
}

// matches returns the byte offsets of re's matches in the text of a screen. Blanks at the end of a line are invisible,
// so a pattern such as a prompt with a blank at its end still matches.
func matches(re Pattern, text string) (spans [][]int, err error) {
	if spans, err = searchAll(re, text, -1); err != nil || len(spans) > 0 {
		return spans, err
	}
	padded := strings.ReplaceAll(text, "\n", " \n") + " "
	inText := func(at int) int {
		blanks := strings.Count(padded[:at], "\n")
		if strings.HasSuffix(padded[:at], " ") && (at == len(padded) || padded[at] == '\n') {
			blanks++
		}
		return at - blanks
	}
	spans, err = searchAll(re, padded, -1)
	for _, s := range spans {
		s[0], s[1] = inText(s[0]), inText(s[1])
	}
	return spans, err
}

// screenWait is a wait that looks at the screen repeatedly.
type screenWait struct {
	m       *Machine
	data    []byte // the last picture, as received
	img     image.Image
	changed bool // the last picture differs from the one before
}

// next takes the next picture.
func (s *screenWait) next(ctx context.Context) error {
	data, err := s.m.Picture(ctx)
	if err != nil {
		return err
	}
	if s.changed = !bytes.Equal(data, s.data); !s.changed {
		return nil
	}
	img, err := s.m.decodeScreen(data)
	if err == nil {
		s.data, s.img = data, img
	}
	return err
}

// WaitForText waits until the screen's text matches. When the time runs out, the error has the nearest line and names a
// screenshot with the recognised text drawn in.
func (m *Machine) WaitForText(ctx context.Context, re Pattern, w Wait) error {
	_, err := m.waitForText(ctx, re, w, "wait_for_text")
	return err
}

// seenText returns what was read, for the error of a wait.
func seenText(re Pattern, results []ocr.Result) string {
	if len(results) == 0 {
		return "no picture of the screen was read in this time"
	}
	var b strings.Builder
	for _, r := range results {
		if line := ocr.NearestLine(re.String(), r.Text); line != "" {
			fmt.Fprintf(&b, "the nearest line is %q\n", line)
			break
		}
	}
	var before []string
	for _, r := range results {
		text := strings.TrimSpace(r.Text)
		if slices.Contains(before, text) {
			continue
		}
		before = append(before, text)
		switch {
		case text == "":
			b.WriteString("the screen has no text that could be read\n")
		case r.Variant == "":
			fmt.Fprintf(&b, "the screen's text:\n%s\n", text)
		default:
			fmt.Fprintf(&b, "the screen's text (variant %s):\n%s\n", r.Variant, text)
		}
	}
	return b.String()
}
