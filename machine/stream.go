package machine

import (
	"bytes"
	"context"
	"fmt"
	"unicode/utf8"
)

type streamKey struct{}

// WithStream returns a context in which Execute, Succeed and Fail log each line of the command's standard output as it
// comes, so that logs and the live view show how a long command gets on.
func WithStream(ctx context.Context) context.Context {
	return context.WithValue(ctx, streamKey{}, true)
}

func streams(ctx context.Context) bool { return ctx.Value(streamKey{}) != nil }

// Bounds of what is logged of a command's output as it comes. The result has all of it, and the command's entry in the log
// the beginning and the end.
const (
	streamLine  = 4096 // bytes of a line; a longer one is logged in pieces
	streamLines = 10000
)

// stream logs output line by line.
type stream struct {
	log   func(line string)
	part  []byte // a line that has not ended
	lines int
}

// Write takes output; it never fails.
func (s *stream) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && s.lines < streamLines {
		room := streamLine - len(s.part)
		end := bytes.IndexByte(p, '\n')
		switch {
		case end >= 0 && end <= room:
			s.part = append(s.part, p[:end]...)
			p = p[end+1:]
			s.emit(len(s.part))
		case len(p) > room:
			s.part = append(s.part, p[:room]...)
			p = p[room:]
			s.emit(len(s.part) - unfinished(s.part))
		default:
			s.part = append(s.part, p...)
			p = nil
		}
	}
	return n, nil
}

// unfinished returns the length of a character at the end of b whose bytes are not all there.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// emit logs the first n bytes of part.
func (s *stream) emit(n int) {
	s.log("| " + toText(string(s.part[:n])))
	s.part = append(s.part[:0], s.part[n:]...)
	if s.lines++; s.lines == streamLines {
		s.log(fmt.Sprintf("the command has written %d lines; the further ones are not shown as they come", streamLines))
	}
}

// flush logs the last line if it has no end.
func (s *stream) flush() {
	if len(s.part) > 0 && s.lines < streamLines {
		s.emit(len(s.part))
	}
}
