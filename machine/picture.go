package machine

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr/needle"
	"github.com/gotest-driver/gotest-driver/report"
)

// WaitForImage waits until the screen shows a needle: a PNG, or an openQA needle (PNG and JSON with areas). A
// similarity of 0 means needle.DefaultSimilarity; unless it is empty, area is the part of the screen to search.
func (m *Machine) WaitForImage(ctx context.Context, path string, similarity float64, area image.Rectangle, w Wait) (found needle.Match, err error) {
	n, err := m.needle(path, similarity)
	if err != nil {
		return found, err
	}
	w.most, w.last = screenPoll, lastPicture
	err = m.runningOrStart(ctx, "wait_for_image", func(ctx context.Context, _ Instance) error {
		s := screenWait{m: m}
		err := m.wait(ctx, fmt.Sprintf("waiting for image %s to appear on screen", n.Name), w, func(ctx context.Context, _ bool) (bool, string, error) {
			if err := s.next(ctx); err != nil {
				return false, similar(found), err
			}
			if s.changed {
				found = n.Match(s.img, similarity, area)
			}
			return found.OK, similar(found), nil
		})
		return m.withEvidence(ctx, err, "wait_for_image", s.img, nil)
	})
	return found, err
}

// AssertScreen fails unless the screen shows a needle now; see WaitForImage.
func (m *Machine) AssertScreen(ctx context.Context, path string, similarity float64, area image.Rectangle) (found needle.Match, err error) {
	n, err := m.needle(path, similarity)
	if err != nil {
		return found, err
	}
	ctx, span := m.entry(ctx, report.ActionScreen, "screen must show image %s", n.Name)
	defer func() { span.End(err) }()
	err = m.look(ctx, "assert_screen", func(ctx context.Context, img image.Image) error {
		if found = n.Match(img, similarity, area); found.OK {
			return nil
		}
		err := &AssertionError{Machine: m.o.Name, Message: fmt.Sprintf("the screen does not show the image %s: %s", n.Name, similar(found))}
		return m.withEvidence(ctx, err, "assert_screen", img, nil)
	})
	return found, err
}

func (m *Machine) needle(path string, similarity float64) (*needle.Needle, error) {
	if similarity < 0 || similarity > 1 {
		return nil, fmt.Errorf("%s: a similarity is between 0 and 1, not %v", m.o.Name, similarity)
	}
	n, err := needle.Load(m.hostPath(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.o.Name, err)
	}
	return n, nil
}

func similar(f needle.Match) string {
	if f.Box.Empty() {
		return "nothing on the screen is like it"
	}
	return fmt.Sprintf("the most similar place, %v, is %.1f %% like it", f.Box, 100*f.Score)
}

// cursorWidth and cursorHeight are the size, in pixels, of what may blink on a still screen: a cursor.
const (
	cursorWidth  = 20
	cursorHeight = 40
)

// WaitForStillScreen waits until the screen has not changed for the duration still. A share of 1-similarity of its
// pixels may change, and an area of the size of a text cursor may blink.
func (m *Machine) WaitForStillScreen(ctx context.Context, still time.Duration, similarity float64, w Wait) error {
	if similarity < 0 || similarity > 1 {
		return fmt.Errorf("%s: a similarity is between 0 and 1, not %v", m.o.Name, similarity)
	}
	w.most, w.last = screenPoll, lastPicture
	return m.runningOrStart(ctx, "wait_for_still_screen", func(ctx context.Context, _ Instance) error {
		s := screenWait{m: m}
		var reference image.Image
		var looked time.Time        // the time of the last look
		var unchanged time.Duration // how long the screen has been the same as reference
		seen := "no picture of the screen was taken"
		return m.wait(ctx, fmt.Sprintf("waiting for the screen to be still for %s", seconds(still)), w, func(ctx context.Context, _ bool) (bool, string, error) {
			if err := s.next(ctx); err != nil {
				return false, seen, err
			}
			now := time.Now()
			// Between two looks that are far apart, on a busy machine, anything may have been shown: at least three are
			// needed.
			unchanged += min(now.Sub(looked), (still+1)/2)
			looked = now
			if reference == nil {
				reference, unchanged = s.img, 0
				return still <= 0, seen, nil
			}
			if s.changed {
				share, where := needle.Difference(reference, s.img, 0)
				if share > 1-similarity && (where.Dx() > cursorWidth || where.Dy() > cursorHeight) {
					reference, unchanged = s.img, 0
					seen = fmt.Sprintf("the last change was of %.2f %% of the screen, within %v", 100*share, where)
				}
			}
			return unchanged >= still, seen, nil
		})
	})
}
