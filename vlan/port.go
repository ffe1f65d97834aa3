package vlan

import (
	"bufio"
	"fmt"
	"io"
	"sync"
)

// Port is a port of a switch on which the driver itself sends and receives packets.
type Port struct {
	*process
	mu sync.Mutex // held while a packet is sent
}

// OpenPort connects to the switch of network nr with that control directory. It calls receive for each packet from the
// switch; the packet is valid only during the call.
func OpenPort(g Guard, nr int, socket string, receive func(packet []byte)) (*Port, error) {
	before, _ := sockets(socket)
	p, err := start(g, nr, func(r io.Reader) { readPackets(r, receive) }, "vde_plug", socket)
	if err != nil {
		return nil, err
	}
	p.joined(socket, before)
	return &Port{process: p}, nil
}

// Send sends a packet to the switch.
func (p *Port) Send(packet []byte) error {
	if len(packet) >= snapLen {
		return fmt.Errorf("vlan%d: a packet of %d bytes is too long", p.nr, len(packet))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.stdin.Write(append([]byte{byte(len(packet) >> 8), byte(len(packet))}, packet...))
	return err
}

// readPackets reads packets from vde_plug: two bytes with the length, the high one first, are before each packet.
func readPackets(r io.Reader, take func(packet []byte)) {
	br := bufio.NewReaderSize(r, snapLen)
	buf := make([]byte, snapLen)
	for {
		if _, err := io.ReadFull(br, buf[:2]); err != nil {
			return
		}
		size := int(buf[0])<<8 | int(buf[1])
		if _, err := io.ReadFull(br, buf[:size]); err != nil {
			return
		}
		take(buf[:size])
	}
}
