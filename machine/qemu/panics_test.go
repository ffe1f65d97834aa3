package qemu

import (
	"io"
	"testing"
)

func TestPanicWatch(t *testing.T) {
	for _, parts := range [][]string{
		{"[    1.2] Kernel panic - not syncing: sysrq triggered crash\n"},
		{"boot\n[    1.2] Kernel pa", "nic - not", " syncing: VFS"},
	} {
		w := &panicWatch{Writer: io.Discard}
		for i, p := range parts {
			if w.panicked() {
				t.Errorf("%q: seen before part %d", parts, i)
			}
			if n, err := w.Write([]byte(p)); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		if !w.panicked() {
			t.Errorf("%q: not seen", parts)
		}
		if !w.forget() || w.panicked() || w.forget() {
			t.Errorf("%q: not forgotten in the next boot", parts)
		}
	}
	w := &panicWatch{Writer: io.Discard}
	for range 100 {
		_, _ = w.Write([]byte("Kernel panic"))
	}
	if w.panicked() || len(w.last) >= len(panicLine) {
		t.Errorf("half a message was taken for a panic, or %d bytes kept", len(w.last))
	}
}
