package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The kinds of rows; html/data.js reads them. Each row is an array: kind, sequence number, milliseconds since the
// start, and the fields of the kind.
const (
	rowBegin  = 0
	rowEnd    = 1
	rowMsg    = 2
	rowSerial = 3
	rowShot   = 4
	rowFile   = 5
	rowState  = 6
	rowFail   = 7
	rowStart  = 8
	rowRunEnd = 9
	rowLeft   = 10
	rowName   = 11 // a machine's name, for its serial lines
	rowFault  = 12
)

// Limits of texts in the report, in bytes.
const (
	htmlText   = 16 << 10
	htmlSerial = 4 << 10
	htmlOutput = 64 << 10
	htmlImage  = 4 << 20
)

// Handle takes an event.
func (h *HTML) Handle(e Event) {
	if h.start.IsZero() {
		h.start = e.Time
	}
	must := e.Kind == RunStart || e.Kind == RunEnd || e.Kind == Failure
	switch e.Kind {
	case RunStart:
		h.began = true
	case RunEnd:
		h.status = e.Status
	case Failure:
		h.failed = true
	case End:
		must = h.kept[e.Entry]
		delete(h.kept, e.Entry)
	case Serial:
		machine := Clean(e.Machine)
		n, ok := h.names[machine]
		if !ok {
			n = len(h.names)
			h.names[machine] = n
			h.put(e.Time, rowName, e.Seq, n, machine)
		}
		h.keep(row{seq: e.Seq, at: e.Time.Sub(h.start), machine: n, text: Clean(shorten(e.Text, htmlSerial))})
		return
	}
	kind, fields := rowFields(e, h.image)
	switch {
	case fields == nil:
	case must:
		h.put(e.Time, kind, e.Seq, fields...)
	default:
		kept := h.row(e.Time, kind, e.Seq, fields...)
		if e.Kind == Begin {
			h.kept[e.Entry] = kept
		}
	}
}

// rowFields returns the kind of an event's row and the fields of that kind, which are nil for an event without a row.
// image embeds a picture and returns its number, -1 if it can't be shown.
func rowFields(e Event, image func(path string) int) (kind int, fields []any) {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	text := Clean(shorten(e.Text, htmlText))
	machine := Clean(e.Machine)
	switch e.Kind {
	case RunStart:
		attrs := map[string]string{}
		for k, v := range e.Attrs {
			attrs[Clean(k)] = Clean(shorten(v, htmlText))
		}
		return rowStart, []any{text, attrs}
	case RunEnd:
		return rowRunEnd, []any{e.Status, ms(e.Duration), CleanLines(shorten(e.Error, htmlText))}
	case Begin:
		var src []any
		if e.Source != nil {
			src = []any{Clean(e.Source.File), e.Source.Line, CleanLines(shorten(e.Source.Text, htmlText))}
		}
		return rowBegin, []any{e.Entry, e.Parent, machine, e.Action, CleanLines(shorten(e.Text, htmlText)), ms(e.Timeout), src}
	case End:
		var cmd []any
		if c := e.Command; c != nil {
			cmd = []any{CleanLines(shorten(c.Line, htmlText)), c.Status, CleanLines(shorten(c.Output, htmlOutput)), CleanLines(shorten(c.Stderr, htmlOutput)), c.Truncated}
		}
		return rowEnd, []any{e.Entry, e.Status, ms(e.Duration), CleanLines(shorten(e.Error, htmlText)), cmd}
	case Message:
		return rowMsg, []any{e.Entry, machine, e.Level, CleanLines(shorten(e.Text, htmlText))}
	case Serial:
		return rowSerial, []any{machine, Clean(shorten(e.Text, htmlSerial))}
	case Screenshot:
		return rowShot, []any{e.Entry, machine, Clean(e.Path), text, image(e.Path)}
	case Artifact:
		return rowFile, []any{e.Entry, Clean(e.Path), text}
	case State:
		return rowState, []any{machine, text}
	case Fault:
		return rowFault, []any{machine, Clean(e.Attrs["network"]), text}
	case Failure:
		if e.Failure != nil {
			return rowFail, []any{cleanFailure(*e.Failure)}
		}
	case Progress:
	}
	return 0, nil
}

// row writes a row unless the report is full, and reports whether it did.
func (h *HTML) row(t time.Time, kind int, seq uint64, more ...any) bool {
	return h.keep(h.encode(t, kind, seq, more))
}

// keep writes a row, or, past the limit, keeps it in the ring until later rows replace it. It reports whether it wrote it.
func (h *HTML) keep(r row) bool {
	if h.n < h.opts.MaxRows && h.rows.total < htmlBytes {
		h.n++
		h.rows.add(r)
		return true
	}
	h.ring = append(h.ring, r)
	h.inRing += r.size()
	if len(h.ring) <= h.opts.MaxRows/10+1 && h.inRing <= htmlRing {
		return false
	}
	if h.left == 0 {
		h.leftAt, h.leftSeq = h.start.Add(h.ring[0].at), h.ring[0].seq
	}
	drop := len(h.ring)/10 + 1
	for _, r := range h.ring[:drop] {
		h.inRing -= r.size()
	}
	h.left += drop
	h.ring = append([]row(nil), h.ring[drop:]...)
	return false
}

// put always writes a row.
func (h *HTML) put(t time.Time, kind int, seq uint64, more ...any) {
	h.rows.add(h.encode(t, kind, seq, more))
}

func (h *HTML) encode(t time.Time, kind int, seq uint64, more []any) row {
	at := t.Sub(h.start)
	b, err := encodeRow(at, kind, seq, more)
	if err != nil && h.err == nil {
		h.err = err
	}
	return row{seq: seq, at: at, json: b}
}

// encodeRow returns a row as JSON, with a line break at its end.
func encodeRow(at time.Duration, kind int, seq uint64, more []any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(append([]any{kind, seq, float64(at.Microseconds()) / 1000}, more...))
	return b.Bytes(), err
}

// cleanFailure makes every text of a failure harmless.
func cleanFailure(f FailureInfo) FailureInfo {
	lines := func(s string) string { return CleanLines(shorten(s, htmlOutput)) }
	out := FailureInfo{Class: Clean(f.Class), Message: lines(f.Message), Subtest: Clean(f.Subtest), Machine: Clean(f.Machine), Rerun: Clean(f.Rerun), Traceback: lines(f.Traceback)}
	for _, s := range f.Backtrace {
		out.Backtrace = append(out.Backtrace, Source{File: Clean(s.File), Line: s.Line, Col: s.Col, Text: lines(s.Text), Func: Clean(s.Func)})
	}
	if c := f.Command; c != nil {
		out.Command = &Command{Line: lines(c.Line), Status: c.Status, Output: lines(c.Output), Stderr: lines(c.Stderr), Truncated: c.Truncated}
	}
	for m, l := range f.Console {
		if out.Console == nil {
			out.Console = map[string][]string{}
		}
		out.Console[Clean(m)] = strings.Split(lines(strings.Join(l, "\n")), "\n")
	}
	for _, p := range f.Paths {
		out.Paths = append(out.Paths, Clean(p))
	}
	return out
}

// maxPath is the longest path of Linux, in bytes (PATH_MAX).
const maxPath = 4096

// find searches for a file of the log: at its path, or, if the log was moved together with its files, below the
// report's directory. A log of somebody else's may have any text as a path.
func (h *HTML) find(path string) (string, os.FileInfo) {
	if len(path) > maxPath {
		return "", nil
	}
	try := []string{path}
	if !filepath.IsAbs(path) {
		try = []string{filepath.Join(h.opts.Dir, path), path}
	}
	for rest := filepath.ToSlash(path); ; {
		_, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		rest = after
		if filepath.IsLocal(rest) {
			try = append(try, filepath.Join(h.opts.Dir, filepath.FromSlash(rest)))
		}
	}
	for _, p := range try {
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			return p, st
		}
	}
	return "", nil
}

// imageType is the media type of a picture that browsers show, empty for other content.
func imageType(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return "image/gif"
	case len(b) >= 14 && string(b[:4]) == "RIFF" && string(b[8:14]) == "WEBPVP":
		return "image/webp"
	}
	return ""
}

// image embeds an image and returns its number, or -1 when the file is not an image, too large, or beyond the limit.
func (h *HTML) image(path string) int {
	path, st := h.find(path)
	if st == nil || st.Size() > htmlImage || h.bytes+st.Size() > h.opts.MaxImages {
		return -1
	}
	f, err := os.Open(path)
	if err != nil {
		return -1
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, htmlImage))
	if err != nil {
		return -1
	}
	mime := imageType(b)
	if mime == "" {
		return -1
	}
	n := h.images
	err = h.rows.element(fmt.Sprintf(`id="i%d" data-mime=%q`, n, mime), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		h.err = err
		return -1
	}
	h.images++
	h.bytes += int64(len(b))
	return n
}
