package machine

import (
	"context"
	"fmt"
	"image"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// textWait is a wait for text. It reads each new picture at once in the way that is most likely to match. The other
// ways, which take seconds on a graphical screen, run in parallel, so that they don't delay the next picture.
type textWait struct {
	screenWait
	re     Pattern
	first  []ocr.Result // what was read of the picture at once
	others chan textRead
	busy   bool
	rest   textRead // the last reading in the other ways
}

// textRead is the text that was found and read in a picture.
type textRead struct {
	img   image.Image
	found []ocr.Found
	seen  []ocr.Result
	err   error
}

func (m *Machine) waitForText(ctx context.Context, re Pattern, w Wait, call string) (found []ocr.Found, err error) {
	what := fmt.Sprintf("waiting for %s to appear on screen", re)
	w.most, w.last = screenPoll, lastPicture
	err = m.runningOrStart(ctx, call, func(ctx context.Context, _ Instance) error {
		s := textWait{screenWait: screenWait{m: m}, re: re, others: make(chan textRead, 1)}
		beside, cancel := context.WithCancel(ctx)
		err := m.wait(ctx, what, w, func(ctx context.Context, last bool) (ok bool, seen string, err error) {
			found, ok, err = s.look(ctx, beside, last)
			return ok, seenText(re, s.read()), err
		})
		cancel()
		if s.busy {
			<-s.others
		}
		return m.withEvidence(ctx, err, call, s.img, s.read())
	})
	return found, err
}

// look takes a picture and looks for the text. What it starts in parallel ends with the context beside; the last look
// waits for it.
func (s *textWait) look(ctx, beside context.Context, last bool) ([]ocr.Found, bool, error) {
	if err := s.next(ctx); err != nil {
		return nil, false, err
	}
	if s.changed || s.first == nil {
		s.first = nil
		found, seen, err := s.m.find(ctx, s.re, s.img, s.m.reader.MatchFirst)
		if err != nil {
			return nil, false, err
		}
		s.first = seen
		if s.matches(found, seen) {
			return found, true, nil
		}
	}
	if found, ok, err := s.collect(ctx, last); ok || err != nil || s.busy {
		return found, ok, err
	}
	if img, tried := s.img, s.first[len(s.first)-1]; s.rest.img != img && tried.Method == ocr.MethodOCR {
		s.busy = true
		go func() {
			found, seen, err := s.m.find(beside, s.re, img, func(ctx context.Context, img image.Image, match func(string) bool) (ocr.Result, bool, []ocr.Result, error) {
				return s.m.reader.MatchOthers(ctx, img, tried.Variant, match)
			})
			s.others <- textRead{img, found, seen, err}
		}()
	}
	if last {
		return s.collect(ctx, true)
	}
	return nil, false, nil
}

// collect takes what was read in parallel, if that is ready or is to be waited for.
func (s *textWait) collect(ctx context.Context, wait bool) ([]ocr.Found, bool, error) {
	if !s.busy || !wait && len(s.others) == 0 {
		return nil, false, nil
	}
	select {
	case s.rest = <-s.others:
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	s.busy = false
	if s.rest.err != nil {
		return nil, false, s.rest.err
	}
	return s.rest.found, s.matches(s.rest.found, s.rest.seen), nil
}

// matches reports whether the text is on the screen. A pattern that matches the empty text is, although it has no
// position.
func (s *textWait) matches(found []ocr.Found, seen []ocr.Result) bool {
	if len(found) > 0 || len(seen) == 0 {
		return len(found) > 0
	}
	matched, _ := matchString(s.re, seen[len(seen)-1].Text)
	return matched
}

// read returns all text that was read of the last picture.
func (s *textWait) read() []ocr.Result {
	if s.rest.img != s.img {
		return s.first
	}
	return append(s.first[:len(s.first):len(s.first)], s.rest.seen...)
}
