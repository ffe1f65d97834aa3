package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/report"
)

// withEvidence adds a picture to the failure of a call that looked at the screen: the screen with the recognised text
// drawn in. It returns other errors unchanged.
func (m *Machine) withEvidence(ctx context.Context, err error, call string, img image.Image, read []ocr.Result) error {
	var timeout *TimeoutError
	var assertion *AssertionError
	isTimeout, isAssertion := errors.As(err, &timeout), errors.As(err, &assertion)
	if img == nil || !isTimeout && !isAssertion {
		return err
	}
	path, perr := m.saveEvidence(ctx, call, img, read)
	note := "see " + path
	if perr != nil {
		note = fmt.Sprintf("(a screenshot could not be written: %v)", perr)
	}
	if isTimeout {
		timeout.Seen = note + "\n" + timeout.Seen
	} else {
		assertion.Message += "\n" + note
	}
	return err
}

func (m *Machine) saveEvidence(ctx context.Context, call string, img image.Image, read []ocr.Result) (string, error) {
	var buf bytes.Buffer
	if err := png.Encode(&buf, ocr.DrawBoxes(img, read...)); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s-%s-failed-%d.png", m.o.Name, call, n)
		path := filepath.Join(m.o.OutDir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := m.writeFile(path, buf.Bytes()); err != nil {
			return "", err
		}
		m.o.Log.Emit(ctx, report.Event{Kind: report.Screenshot, Machine: m.o.Name, Path: path, Text: call + " failed: what the driver read"})
		return path, nil
	}
}
