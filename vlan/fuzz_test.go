package vlan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// FuzzHub: whatever a machine's QEMU sends, the others get whole packets, in order, or the network says why it has ended.
func FuzzHub(f *testing.F) {
	packet := func(size uint32, content string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, size), content...)
	}
	f.Add(append(packet(3, "abc"), packet(0, "")...))
	f.Add(packet(60, "cut"))
	f.Add(packet(maxPacket+1, "too long"))
	f.Add(append(packet(maxPacket, string(make([]byte, maxPacket))), 0, 0))
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > maxQueue {
			return
		}
		death := make(chan error, 1)
		n, err := Start(t.Context(), 1, Options{Dir: t.TempDir(), Hub: true, OnDeath: func(err error) { death <- err }})
		if err != nil {
			t.Fatal(err)
		}
		var peers []peer
		for _, name := range []string{"a", "b"} {
			n.Add(&fakeMember{name: name})
			peers = append(peers, connect(t, n, name))
			_ = peers[len(peers)-1].SetDeadline(time.Now().Add(time.Minute))
		}
		var want []byte
		dead := false
		for rest := sent; len(rest) >= lengthSize && !dead; {
			size := binary.BigEndian.Uint32(rest)
			if dead = size > maxPacket; dead || len(rest) < lengthSize+int(size) {
				break
			}
			want, rest = append(want, rest[:lengthSize+size]...), rest[lengthSize+size:]
		}
		if _, err := peers[0].Write(sent); err != nil && !dead { // what follows a packet that is none is not read
			t.Error(err)
		}
		if err := peers[0].Conn.(*net.UnixConn).CloseWrite(); err != nil && !dead {
			t.Error(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(peers[1], got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v, or the bytes differ", err)
		}
		if _, err := io.ReadAll(peers[0]); err != nil && !dead { // until the hub has read everything
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if rest, _ := io.ReadAll(peers[1]); len(rest) > 0 {
			t.Errorf("%q is no packet that was sent", rest)
		}
		close(death)
		err = <-death
		if e, ok := errors.AsType[*DeadError](err); ok != dead || ok && e.Nr != 1 {
			t.Errorf("the network died of %v", err)
		}
	})
}
