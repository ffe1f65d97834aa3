package vlan

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ipFrame returns a broadcast frame of that size that has an IPv4 packet behind these VLAN tags.
func ipFrame(size int, tags ...uint16) []byte {
	f := append(bytes.Repeat([]byte{0xff}, 6), 0x52, 0x54, 0, 0x12, 1, 1)
	for _, t := range tags {
		f = binary.BigEndian.AppendUint16(f, t)
		f = binary.BigEndian.AppendUint16(f, 7)
	}
	length := size - len(f) - 2
	f = append(f, 0x08, 0x00, 0x45, 0x00, byte(length>>8), byte(length))
	return append(f, make([]byte, size-len(f))...)
}

const (
	tagQ  = 0x8100
	tagAD = 0x88a8
)

func TestFrameSize(t *testing.T) {
	ip6 := append(make([]byte, 12), 0x86, 0xdd, 0x60, 0, 0, 0, 0x05, 0xb4)
	for name, c := range map[string]struct {
		frame []byte
		want  int
	}{
		"whole":           {ipFrame(1514), 1514},
		"one tag":         {ipFrame(1518, tagQ), 1518},
		"two tags, cut":   {ipFrame(1522, tagAD, tagQ)[:maxFrame], 1522},
		"jumbo, cut":      {ipFrame(9014)[:maxFrame], 9014},
		"IPv6":            {append(ip6, make([]byte, 100)...), 1514},
		"ARP":             {append(append(make([]byte, 12), 0x08, 0x06), make([]byte, 46)...), 0},
		"ends in its tag": {ipFrame(1518, tagQ)[:15], 0},
		"nothing":         {nil, 0},
	} {
		if got := frameSize(c.frame); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestLongFrames: a switch carries full frames with a tag; of what is longer, a capture tells that it was cut.
func TestLongFrames(t *testing.T) {
	warned := make(chan string, 100)
	n, err := Start(t.Context(), 4, Options{Dir: t.TempDir(), Guard: startGuard(t), Warn: func(text string) { warned <- text }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	stop, err := n.Capture(t.Context(), filepath.Join(t.TempDir(), "net.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan int, 100)
	to, err := OpenPort(nil, 4, n.Dir(), func(packet []byte) { got <- len(packet) })
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	from, err := OpenPort(nil, 4, n.Dir(), func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	cut := false
	for _, frame := range [][]byte{ipFrame(1514), ipFrame(1518, tagQ), ipFrame(1522, tagAD, tagQ), ipFrame(9014)} {
		if err := from.Send(frame); err != nil {
			t.Fatal(err)
		}
		select {
		case size := <-got:
			if size < len(frame) && len(frame) <= maxFrame {
				t.Errorf("%d of %d bytes arrived", size, len(frame))
			}
			cut = cut || size < len(frame)
		case <-time.After(time.Minute):
			t.Fatalf("a frame of %d bytes was lost", len(frame))
		}
	}
	if cut { // else it is a switch that carries all
		select {
		case text := <-warned:
			if !strings.Contains(text, "vlan4") || !strings.Contains(text, "1522 bytes was cut to 1518") || !strings.Contains(text, "GOTEST_NET=hub") {
				t.Errorf("the warning is %q", text)
			}
		case <-time.After(time.Minute):
			t.Error("there is no warning")
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if len(warned) > 0 {
		t.Errorf("one more warning: %s", <-warned)
	}
}

// TestManyPorts: a network carries packets between more machines than vde_switch has ports by itself.
func TestManyPorts(t *testing.T) {
	n := startNetwork(t)
	got := make(chan int, 100)
	var ports []*Port
	for i := range 40 {
		p, err := OpenPort(nil, 1, n.Dir(), func([]byte) { got <- i })
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		ports = append(ports, p)
	}
	if err := ports[len(ports)-1].Send(ipFrame(60)); err != nil {
		t.Fatal(err)
	}
	arrived := map[int]bool{}
	for len(arrived) < len(ports)-1 {
		select {
		case i := <-got:
			arrived[i] = true
		case <-time.After(time.Minute):
			t.Fatalf("the packet arrived at %d machines, want all %d others", len(arrived), len(ports)-1)
		}
	}
}
