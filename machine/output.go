package machine

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// output collects the output of a command. A growing buffer would need two to three times the memory of its content
// until the garbage collector has run. A long output is therefore kept outside of the collector's heap, in chunks that
// are returned to the system while the string is built from them.
type output struct {
	most   int64           // the number of bytes that it takes; more are an errTooLong
	active func()          // called for each Write; nil: nothing
	head   strings.Builder // the first headSize bytes
	chunks [][]byte        // the rest, each full but for the last
	last   int             // bytes used of the last chunk
}

const (
	headSize  = 64 << 10
	chunkSize = 256 << 10
)

var errTooLong = errors.New("too much output")

// Write adds to the output.
func (o *output) Write(p []byte) (int, error) {
	if o.active != nil {
		o.active()
	}
	if int64(o.len()+len(p)) > o.most {
		return 0, errTooLong
	}
	n := min(len(p), headSize-o.head.Len())
	o.head.Write(p[:n])
	for n < len(p) {
		if len(o.chunks) == 0 || o.last == chunkSize {
			c, err := syscall.Mmap(-1, 0, chunkSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
			if err != nil {
				return n, fmt.Errorf("no memory for more than %d bytes of output: %w", o.len(), err)
			}
			o.chunks, o.last = append(o.chunks, c), 0
		}
		k := copy(o.chunks[len(o.chunks)-1][o.last:], p[n:])
		o.last += k
		n += k
	}
	return n, nil
}

func (o *output) len() int {
	if len(o.chunks) == 0 {
		return o.head.Len()
	}
	return o.head.Len() + (len(o.chunks)-1)*chunkSize + o.last
}

// take returns what was written; the output is empty afterwards.
func (o *output) take() string {
	var b strings.Builder
	if len(o.chunks) > 0 {
		b.Grow(o.len())
		b.WriteString(o.head.String())
	}
	for i, c := range o.chunks {
		used := chunkSize
		if i == len(o.chunks)-1 {
			used = o.last
		}
		b.Write(c[:used])
		o.release(i)
	}
	s := b.String()
	if len(o.chunks) == 0 {
		s = o.head.String()
	}
	o.chunks, o.last = nil, 0
	o.head.Reset()
	return s
}

// free releases the memory of what was not taken.
func (o *output) free() {
	for i := range o.chunks {
		o.release(i)
	}
	o.chunks = nil
}

func (o *output) release(i int) {
	if c := o.chunks[i]; c != nil {
		_ = syscall.Munmap(c) // it only fails for memory that was not mapped
		o.chunks[i] = nil
	}
}
