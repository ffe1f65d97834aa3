package vlan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// snapLen is the longest packet of a capture, in bytes: vde's own limit.
const snapLen = 1 << 16

// capture records the packets of a network into a pcap file (draft-ietf-opsawg-pcap). Every switch is a hub, so any of its
// ports sees all packets.
type capture struct {
	n    *Network
	path string

	mu    sync.Mutex
	f     *os.File
	w     *bufio.Writer
	err   error
	last  time.Time // of the last packet
	ports map[*Switch]*process
}

// Capture records the network's packets into a file, whose directory it makes, until the returned function is called or the
// network is closed.
func (n *Network) Capture(ctx context.Context, path string) (stop func() error, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errors.New("the network is closed")
	}
	f, err := wholefile.Create(n.o.OutDir, path)
	if err != nil {
		return nil, fmt.Errorf("%s: capture: %w", n.Name(), err)
	}
	c := &capture{n: n, path: path, f: f, w: bufio.NewWriter(f), ports: map[*Switch]*process{}}
	var h [24]byte
	le := binary.LittleEndian
	le.PutUint32(h[0:], 0xa1b2c3d4) // microseconds
	le.PutUint16(h[4:], 2)
	le.PutUint16(h[6:], 4)
	le.PutUint32(h[16:], snapLen)
	le.PutUint32(h[20:], 1) // LINKTYPE_ETHERNET
	c.write(h[:])
	if n.hub != nil {
		n.hub.tap(c, true)
	} else {
		for _, s := range append([]*Switch{n.main}, n.groups...) {
			c.add(ctx, s)
		}
	}
	if c.err != nil {
		return nil, errors.Join(c.err, c.Close())
	}
	n.captures[c] = true
	return func() error {
		n.mu.Lock()
		defer n.mu.Unlock()
		if !n.captures[c] {
			return nil
		}
		delete(n.captures, c)
		return c.Close()
	}, nil
}

// add starts recording a switch: it returns when the plug is in the switch.
func (c *capture) add(ctx context.Context, s *Switch) {
	if err := s.settle(ctx); err != nil {
		c.fail(err)
		return
	}
	before, _ := sockets(s.Dir())
	p, err := start(c.n.o.Guard, c.n.Nr, c.read, "vde_plug", s.Dir())
	if err != nil {
		c.fail(err)
		return
	}
	c.ports[s] = p
	p.joined(s.Dir(), before)
}

// remove stops recording a switch.
func (c *capture) remove(s *Switch) {
	if p := c.ports[s]; p != nil {
		delete(c.ports, s)
		c.fail(p.Close())
	}
}

// read records packets from vde_plug.
func (c *capture) read(r io.Reader) {
	readPackets(r, func(packet []byte) {
		if size := frameSize(packet); len(packet) == maxFrame && size > maxFrame {
			c.n.warnCut(size)
		}
		c.record(packet)
	})
}

// frameSize returns the size that a frame should have by the header of its IP packet, or 0 for anything else.
func frameSize(frame []byte) int {
	be := binary.BigEndian
	for at := 12; at+8 <= len(frame); at += 4 {
		switch be.Uint16(frame[at:]) {
		case 0x8100, 0x88a8: // a VLAN tag (IEEE 802.1Q): the type is behind it
			continue
		case 0x0800: // IPv4 (RFC 791)
			return at + 2 + int(be.Uint16(frame[at+4:]))
		case 0x86dd: // IPv6 (RFC 8200)
			return at + 2 + 40 + int(be.Uint16(frame[at+6:]))
		default:
			return 0
		}
	}
	return 0
}

// warnCut warns once that the network does not carry such frames.
func (n *Network) warnCut(size int) {
	n.cut.Do(func() {
		if n.o.Warn != nil {
			n.o.Warn(fmt.Sprintf("%s: a frame of %d bytes was cut to %d: vde_switch carries no longer ones; jumbo frames and full frames with two VLAN tags need a hub (GOTEST_NET=hub)", n.Name(), size, maxFrame))
		}
	})
}

// record records a packet.
func (c *capture) record(packet []byte) {
	now := time.Now()
	le := binary.LittleEndian
	var h [16]byte
	le.PutUint32(h[0:], uint32(now.Unix()))
	le.PutUint32(h[4:], uint32(now.Nanosecond()/1000))
	le.PutUint32(h[8:], uint32(len(packet)))
	le.PutUint32(h[12:], uint32(len(packet)))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = now
	c.write(h[:], packet)
}

// write appends to the file at once, so that a killed run leaves what it has recorded. The caller holds the mutex.
func (c *capture) write(parts ...[]byte) {
	var err error
	for _, b := range parts {
		if err == nil {
			_, err = c.w.Write(b)
		}
	}
	if err == nil {
		err = c.w.Flush()
	}
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("capture %s: %w", c.path, err)
	}
}

func (c *capture) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.err == nil {
		c.err = err
	}
}

const (
	// settled is the pause after which all packets sent before it are recorded.
	settled = 20 * time.Millisecond
	// settleMost bounds the wait for such a pause in a network that is never quiet.
	settleMost = 200 * time.Millisecond
)

// settle waits until the packets in flight are recorded.
func (c *capture) settle() {
	for start := time.Now(); time.Since(start) < settleMost; time.Sleep(plugLook) {
		c.mu.Lock()
		since := c.last
		c.mu.Unlock()
		if since.Before(start) {
			since = start
		}
		if time.Since(since) >= settled {
			return
		}
	}
}

// Close ends the recording.
func (c *capture) Close() error {
	c.settle()
	if h := c.n.hub; h != nil {
		h.tap(c, false)
	}
	for s := range c.ports {
		c.remove(s)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.err, c.f.Close())
}
