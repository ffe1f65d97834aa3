package shell

import (
	"errors"
	"fmt"
	"io"
)

// stdinBlock is the size of the blocks of a command's standard input, in bytes; one is sent at a time.
const stdinBlock = 1 << 20

// block is a piece of a command's standard input.
type block struct {
	data []byte
	err  error
}

// readBlock reads the next block in its own goroutine, which ends when the reader does.
func readBlock(r io.Reader) <-chan block {
	out := make(chan block, 1)
	go func() {
		buf := make([]byte, stdinBlock)
		n, err := io.ReadFull(r, buf)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		out <- block{buf[:n], err}
	}()
	return out
}

// input sends a block of standard input. The guest asks for the next one when the command has read it.
func (s *Session) input(r *run, b block) {
	r.next = nil
	if len(b.data) > 0 {
		s.send("i", r.id, string(b.data), "")
	}
	r.asking = b.err == nil
	if b.err != nil {
		s.ask("c %d", r.id)
		if b.err != io.EOF {
			r.err = fmt.Errorf("read the command's standard input: %w", b.err)
		}
	}
}
