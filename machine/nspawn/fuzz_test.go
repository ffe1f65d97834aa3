package nspawn

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// FuzzXWD: whatever a container gives as the picture of its display is a picture or an error.
func FuzzXWD(f *testing.F) {
	header := xwdHeader{HeaderSize: 100, FileVersion: xwdVersion, PixmapFormat: xwdZPixmap, Width: 2, Height: 1, BitsPerPixel: 32, BytesPerLine: 8,
		VisualClass: xwdTrueColor, RedMask: 0xff0000, GreenMask: 0xff00, BlueMask: 0xff}
	for _, change := range []func(*xwdHeader){
		func(*xwdHeader) {}, func(h *xwdHeader) { h.Width = 1 << 31 }, func(h *xwdHeader) { h.NColors = 1 << 31 }, func(h *xwdHeader) { h.HeaderSize = 0 },
		func(h *xwdHeader) { h.Width, h.BytesPerLine, h.Height = 0, 0, 1<<15 }, func(h *xwdHeader) { h.RedMask = 1 << 31 },
	} {
		h := header
		change(&h)
		b, err := binary.Append(nil, binary.BigEndian, &h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(b, make([]byte, 28)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		img, err := decodeXWD(b)
		if (img == nil) == (err == nil) {
			t.Errorf("%v, %v", img, err)
		}
	})
}

// FuzzNotify: whatever messages come for systemd-nspawn's, a container has booted when one says so, and has a first process when
// one names it.
func FuzzNotify(f *testing.F) {
	f.Add("STATUS=starting\nX_NSPAWN_LEADER_PID=none", "X_NSPAWN_LEADER_PID=4711\nREADY=1")
	f.Add("READY=1\nREADY=1\n", "READY=1")
	f.Add("X_NSPAWN_LEADER_PID=-1\x00", "X_NSPAWN_LEADER_PID=99999999999999999999")
	f.Add("X_NSPAWN_LEADER_PID=0", "=\n\xff=1")
	f.Fuzz(func(t *testing.T, first, second string) {
		n := &notifySocket{leaderKnown: make(chan struct{}), ready: make(chan struct{})}
		n.take(first)
		n.take(second)
		isClosed := func(c chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		lines := strings.Split(first+"\n"+second, "\n")
		if ready := slices.Contains(lines, "READY=1"); isClosed(n.ready) != ready {
			t.Errorf("it has booted: %v, want %v", !ready, ready)
		}
		if pid := n.Leader(); pid < 0 || isClosed(n.leaderKnown) != (pid > 0) {
			t.Errorf("its first process is %d, which is known: %v", pid, isClosed(n.leaderKnown))
		}
	})
}
