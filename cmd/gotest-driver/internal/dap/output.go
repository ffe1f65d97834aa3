package dap

import (
	"path/filepath"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/report"
)

// output shows a text.
func (s *session) output(category, text string, at *report.Source) {
	b := godap.OutputEventBody{Category: category, Output: text}
	if at != nil && at.File != "" && at.Line > 0 {
		b.Source = &godap.Source{Name: filepath.Base(at.File), Path: absolute(at.File)}
		b.Line = at.Line - 1 + s.client.base
	}
	s.event(&godap.OutputEvent{Body: b}, "output")
}

// sink is the log for the editor: lines, with the place in the script at the beginning of an entry.
type sink struct {
	*report.Plain
	s  *session
	at *report.Source
}

func (s *session) sink(o report.PlainOptions) report.Sink {
	o.Color = s.client.ansi
	k := &sink{s: s}
	k.Plain = report.NewPlain(k, o)
	return k
}

// Handle writes an event.
func (k *sink) Handle(e report.Event) {
	k.at = e.Source
	k.Plain.Handle(e)
}

// Write shows the lines of an event.
func (k *sink) Write(p []byte) (int, error) {
	k.s.output("stdout", string(p), k.at)
	return len(p), nil
}
