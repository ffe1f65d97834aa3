package shell

import (
	"errors"
	"fmt"
	"io"
)

// stdinBlock is how much of a command's standard input is under way at a time, in bytes.
const stdinBlock = 1 << 20

// block is a piece of a command's standard input.
type block struct {
	data []byte
	err  error
}

// readBlock reads the next piece in a goroutine of its own, which ends when the reader does.
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

// input sends a piece of standard input. The guest asks for the next one when the command has read it.
func (w *waiter) input(b block) {
	w.next = nil
	var text []byte
	if len(b.data) > 0 {
		text = append(fmt.Appendf(nil, "i %d %d\n", len(b.data), w.r.id), b.data...)
	}
	w.asking = b.err == nil
	if b.err != nil {
		text = append(text, "c\n"...)
		if b.err != io.EOF {
			w.r.err = fmt.Errorf("read the command's standard input: %w", b.err)
		}
	}
	w.s.send(w.s.port, string(text))
}
