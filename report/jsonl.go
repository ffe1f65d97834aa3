package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// JSONLines writes each event at once as one line of JSON, so that the log of a killed run can be read up to
// its last event.
type JSONLines struct {
	w      io.Writer
	file   *lineFile // nil: w is the caller's
	serial serialLimit
	err    error
}

// NewJSONLines returns a sink that writes to w and does not close it.
func NewJSONLines(w io.Writer) *JSONLines { return &JSONLines{w: w} }

// CreateJSONLines returns a sink that writes to a file, which it creates, or replaces at the first event.
func CreateJSONLines(path string) (*JSONLines, error) {
	o, err := createFile(path)
	if err != nil {
		return nil, fmt.Errorf("creating the JSON log: %w", err)
	}
	f := &lineFile{outFile: o}
	return &JSONLines{w: f, file: f}, nil
}

// lineFile is a file that has only whole lines; each write is a line.
type lineFile struct {
	*outFile
	off int64
}

// Write writes a line.
func (l *lineFile) Write(p []byte) (int, error) {
	l.writeAt(p, l.off, func() { _ = l.f.Truncate(l.off) })
	if l.err != nil {
		return 0, l.err
	}
	l.off += int64(len(p))
	return len(p), nil
}

// Handle writes an event.
func (j *JSONLines) Handle(e Event) {
	if j.err != nil {
		return
	}
	line, err := jsonLine(e)
	if err == nil {
		_, err = j.w.Write(line)
	}
	if j.err = err; err == nil && e.Kind == Serial && j.file != nil && j.file.whole {
		j.shorten(e.Machine, len(line))
	}
}

// shorten counts the serial line of n bytes that was written last. If its machine has too many, the file gets shorter.
func (j *JSONLines) shorten(machine string, n int) {
	m := j.serial.add(machine, j.file.off-int64(n), n)
	if m == nil {
		return
	}
	off, err := j.serial.shorten(j.file.outFile, m, j.file.off, "")
	if err != nil { // such as a full disk: the file is as it was
		j.serial.most = 0
		return
	}
	j.file.off = off
}

// LimitSerial bounds the bytes that the file has of each machine's serial lines: the first and the last ones are kept. It
// has no effect on a file that can't be replaced, such as a pipe.
func (j *JSONLines) LimitSerial(most int64) {
	j.serial = serialLimit{most: most, note: func(first []byte, machine string, n int) []byte {
		var e Event
		_ = json.Unmarshal(first, &e) // it was written by Handle
		e.Text = leftOutNote(n)
		line, _ := jsonLine(e)
		return line
	}}
}

// jsonLine returns an event as a line of a JSON log.
func jsonLine(e Event) ([]byte, error) {
	line, err := json.Marshal(e)
	return append(escapeUnsafe(line), '\n'), err
}

// escapeUnsafe replaces the characters of JSON text that can harm a terminal by \u escapes, which mean the same.
// (encoding/json escapes the C0 controls itself.)
func escapeUnsafe(line []byte) []byte {
	unsafe := func(r rune) bool { return r == 0x7f || unsafeRune(r) }
	if bytes.IndexFunc(line, unsafe) < 0 {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		switch {
		case !unsafe(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// Close closes the file.
func (j *JSONLines) Close() error {
	if j.file != nil {
		if err := j.file.close(); err != nil {
			return fmt.Errorf("the JSON log: %w", err)
		}
	}
	if j.err != nil {
		return fmt.Errorf("writing the JSON log: %w", j.err)
	}
	return nil
}

// TornError reports that a JSON log ends within a line, which may happen when a run is killed.
type TornError struct {
	Line int // the line's number
}

func (e *TornError) Error() string {
	return fmt.Sprintf("line %d, the last one, is incomplete: the run was killed while it wrote it", e.Line)
}

// maxJSONLine limits the length of a line of a JSON log.
const maxJSONLine = 64 << 20

// maxDepth limits how many entries of a JSON log are within each other. A test has some ten.
const maxDepth = 1000

// FromJSONL reads a JSON log and sends its events to the sinks, which it does not close. For an incomplete last line it
// returns a *TornError, after it has sent all earlier events. The error for any other line that is not an event, or an entry
// that does not follow the one that encloses it, names the line. When ctx ends, FromJSONL returns its cause.
func FromJSONL(ctx context.Context, r io.Reader, sinks ...Sink) error {
	br := bufio.NewReaderSize(r, 1<<16)
	depths := map[uint64]int{} // of the open entries
	for n := 1; ; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := readLine(br)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		torn := errors.Is(err, io.EOF)
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			if torn {
				return &TornError{Line: n}
			}
			return fmt.Errorf("line %d is not an event of a JSON log (gotest-driver run --log-json writes one): %w", n, err)
		}
		if e.Kind == "" {
			return fmt.Errorf("line %d is not an event of a JSON log: it has no \"kind\"", n)
		}
		switch e.Kind {
		case Begin: // a log counts its entries: sinks go from an entry to those around it
			if e.Entry <= e.Parent {
				return fmt.Errorf("line %d is not an event of a JSON log: entry %d can't be within entry %d, which begins before it", n, e.Entry, e.Parent)
			}
			if depths[e.Entry] = depths[e.Parent] + 1; depths[e.Entry] > maxDepth {
				return fmt.Errorf("line %d: more than %d entries within each other", n, maxDepth)
			}
		case End:
			delete(depths, e.Entry)
		}
		for _, s := range sinks {
			s.Handle(e)
		}
	}
}

func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxJSONLine {
			return nil, fmt.Errorf("longer than %d bytes", maxJSONLine)
		}
	}
}
