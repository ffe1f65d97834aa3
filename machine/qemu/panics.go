package qemu

import (
	"bytes"
	"io"
	"sync"
)

// panicLine is the beginning of Linux's message on its console when it panics.
var panicLine = []byte("Kernel panic - not syncing")

// panicWatch passes a console on and remembers whether the guest's kernel has panicked: a guest with panic=-1 then
// resets itself, which QEMU can't distinguish from a requested reboot.
type panicWatch struct {
	io.Writer

	mu   sync.Mutex
	last []byte // the end of the previous bytes, shorter than panicLine
	seen bool
}

// Write receives bytes of the console.
func (w *panicWatch) Write(p []byte) (int, error) {
	w.mu.Lock()
	text := append(w.last, p...)
	w.seen = w.seen || bytes.Contains(text, panicLine)
	w.last = append([]byte(nil), text[max(0, len(text)-len(panicLine)+1):]...)
	w.mu.Unlock()
	return w.Writer.Write(p)
}

func (w *panicWatch) panicked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// forget starts a new boot, and reports whether the kernel of the previous one has panicked.
func (w *panicWatch) forget() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = false
	return seen
}
