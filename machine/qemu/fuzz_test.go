package qemu

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzForward: what QEMU sends of a card gets to the switch in whole packets, or ends the card's traffic with an error.
func FuzzForward(f *testing.F) {
	packet := func(size uint32, content string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, size), content...)
	}
	f.Add(append(packet(3, "abc"), packet(0, "")...))
	f.Add(packet(60, "cut"))
	f.Add(append(packet(maxPacket+1, ""), packet(3, "abc")...))
	f.Add(append(packet(maxPacket, string(make([]byte, maxPacket))), 0, 0))
	f.Fuzz(func(t *testing.T, sent []byte) {
		rest, broken := bytes.Clone(sent), false
		err := forward(bytes.NewReader(sent), func(p []byte) error {
			want := packet(uint32(len(p)), string(p))
			if !bytes.HasPrefix(rest, want) {
				t.Fatalf("a packet of %d bytes was not sent", len(p))
			}
			rest = rest[len(want):]
			return nil
		})
		if len(rest) >= 4 {
			size := binary.BigEndian.Uint32(rest)
			if broken = size > maxPacket; !broken && int(size) <= len(rest)-4 {
				t.Errorf("a packet of %d bytes was not passed on", size)
			}
		}
		if (err != nil) != broken {
			t.Errorf("error %v, though what follows is no packet: %v", err, broken)
		}
	})
}
