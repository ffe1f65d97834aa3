package shell

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// maxRecord is the longest record after its mark, in bytes.
const maxRecord = 256

// record is a message of the worker between the bytes of a command's output: a mark that no output
// contains, a letter, arguments and a semicolon.
type record struct {
	kind byte
	args string
}

// scanner extracts records from a stream. It holds back bytes that may be the beginning of a record.
type scanner struct {
	mark []byte
	buf  []byte
}

// feed adds bytes of the stream.
func (s *scanner) feed(p []byte) { s.buf = append(s.buf, p...) }

// next returns the bytes before the next record and that record, or all bytes that are certainly not part of a
// record. The bytes are valid until the next call.
func (s *scanner) next() (data []byte, rec record, ok bool, err error) {
	i := bytes.Index(s.buf, s.mark)
	if i < 0 {
		keep := s.partial()
		data = s.buf[:len(s.buf)-keep]
		s.buf = s.buf[len(s.buf)-keep:]
		return data, record{}, false, nil
	}
	data = s.buf[:i]
	rest := s.buf[i+len(s.mark):]
	end := bytes.IndexByte(rest, ';')
	if end < 0 {
		if len(rest) > maxRecord {
			return data, record{}, false, fmt.Errorf("a record without an end: %q", rest[:40])
		}
		s.buf = s.buf[i:]
		return data, record{}, false, nil
	}
	if end == 0 {
		return data, record{}, false, fmt.Errorf("an empty record")
	}
	rec = record{rest[0], string(rest[1:end])}
	s.buf = rest[end+1:]
	return data, rec, true, nil
}

// partial returns the length of the longest end of buf that is a beginning of the mark.
func (s *scanner) partial() int {
	for n := min(len(s.mark)-1, len(s.buf)); n > 0; n-- {
		if bytes.HasPrefix(s.mark, s.buf[len(s.buf)-n:]) {
			return n
		}
	}
	return 0
}

// command splits the arguments of a record about a command: its number, and the rest.
func (r record) command() (id uint64, rest string, err error) {
	number, rest, _ := strings.Cut(r.args, " ")
	id, err = strconv.ParseUint(number, 10, 64)
	return id, rest, err
}
