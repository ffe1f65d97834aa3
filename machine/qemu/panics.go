package qemu

import (
	"bytes"
	"io"
	"sync"
)

// panicLine begins what Linux prints on its console when it panics.
var panicLine = []byte("Kernel panic - not syncing")

// panicWatch passes a console on and remembers whether the guest's kernel has panicked: a guest with panic=-1
// resets itself then, which QEMU can't tell from a reboot that somebody asked for.
type panicWatch struct {
	io.Writer

	mu   sync.Mutex
	last []byte // the end of what came before, shorter than panicLine
	seen bool
}

// Write takes bytes of the console.
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

// forget begins with a new boot, and reports whether the kernel of the one before has panicked.
func (w *panicWatch) forget() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = false
	return seen
}
