package machine

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/report"
)

// Picture takes a picture of the screen, as PNG.
func (m *Machine) Picture(ctx context.Context) (png []byte, err error) {
	err = m.runningOrStart(ctx, "screenshot", func(ctx context.Context, inst Instance) error {
		s, ok := inst.(Screenshotter)
		if !ok {
			return m.unsupported("screenshot")
		}
		png, err = s.Screenshot(ctx)
		return err
	})
	return png, err
}

// Glance takes a picture of the screen for somebody who watches, as PPM or PNG. It never starts the machine, and writes
// nothing into the log.
func (m *Machine) Glance(ctx context.Context) ([]byte, error) {
	inst := m.instance()
	if inst == nil {
		return nil, &NotRunningError{Machine: m.o.Name, Call: "screenshot"}
	}
	if g, ok := inst.(Glancer); ok {
		return g.Glance(ctx)
	}
	if s, ok := inst.(Screenshotter); ok {
		return s.Screenshot(ctx)
	}
	return nil, m.unsupported("screenshot")
}

// Screenshot writes the screen as PNG. A name without a dot gets ".png"; a name without a slash means a file in the
// output directory.
func (m *Machine) Screenshot(ctx context.Context, name string) (path string, err error) {
	if name == "" {
		return "", fmt.Errorf("%s: a screenshot needs a file name", m.o.Name)
	}
	if !strings.Contains(filepath.Base(name), ".") {
		name += ".png"
	}
	path = name
	if !strings.Contains(name, "/") {
		path = filepath.Join(m.o.OutDir, name)
	}
	ctx, span := m.entry(ctx, report.ActionScreen, "making screenshot %s", path)
	defer func() { span.End(err) }()
	png, err := m.Picture(ctx)
	if err != nil {
		return "", err
	}
	if err := m.writeFile(path, png); err != nil {
		return "", fmt.Errorf("%s: screenshot: %w", m.o.Name, err)
	}
	m.o.Log.Emit(ctx, report.Event{Kind: report.Screenshot, Machine: m.o.Name, Path: path, Text: name})
	return path, nil
}

// writeFile writes a file, and makes its directory if necessary. In the output directory it follows no link out of it, which a
// guest may have in what was copied there.
func (m *Machine) writeFile(path string, data []byte) error {
	return wholefile.WriteTo(m.o.OutDir, path, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
