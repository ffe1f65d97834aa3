package vlan

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// hub is a network within the driver. The machines' QEMUs connect to it, each to a socket of its own, with
// -netdev stream (qemu(1)): before each packet its length, four bytes in big-endian order.
type hub struct {
	nr      int
	dir     string
	onDeath func(error)
	work    sync.WaitGroup

	mu     sync.RWMutex
	ports  map[string]*hubPort // by machine
	taps   map[*capture]bool
	closed bool
}

// hubPort is where a machine connects.
type hubPort struct {
	hub      *hub
	machine  string
	path     string
	listener *net.UnixListener

	// Guarded by the hub's mutex.
	group   int
	impair  *Impairment
	in, out *shaper // what the network carries to the machine, and from it; nil: not impaired
	conn    *hubConn
}

const (
	// maxPacket is the longest packet that QEMU's streams carry, in bytes (NET_BUFSIZE in QEMU's include/net/net.h).
	maxPacket = 4096 + 65536
	// lengthSize is the size of the length before a packet.
	lengthSize = 4
	// maxQueue is how many bytes wait for a machine that does not read; more are lost, as on any network that is too slow.
	maxQueue = 4 << 20
	// hubName is the longest name of a hub's socket.
	hubName = 12
)

func startHub(nr int, dir string, onDeath func(error)) (*hub, error) {
	if err := sockpath.Check(dir, hubName); err != nil {
		return nil, fmt.Errorf("vlan%d: %w", nr, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("vlan%d: %w", nr, err)
	}
	return &hub{nr: nr, dir: dir, onDeath: onDeath, ports: map[string]*hubPort{}, taps: map[*capture]bool{}}, nil
}

// fail ends the run: the network can't work any more.
func (h *hub) fail(reason string) {
	if h.onDeath != nil {
		h.onDeath(&DeadError{Nr: h.nr, Program: "hub", Reason: reason})
	}
}

// port returns the port of a machine, which it makes if necessary; group is that of a new one.
func (h *hub) port(machine string, group int) *hubPort {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.ports[machine]; p != nil {
		return p
	}
	p := &hubPort{hub: h, machine: machine, path: filepath.Join(h.dir, strconv.Itoa(len(h.ports)+1)), group: group}
	h.ports[machine] = p
	if h.closed {
		return p
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.path, Net: "unix"})
	if err != nil {
		h.work.Go(func() { h.fail(fmt.Sprintf("has no socket for %s: %v", machine, err)) })
		return p
	}
	p.listener = l
	h.work.Go(p.accept)
	return p
}

// place sets the faults of a machine.
func (h *hub) place(machine string, group int, impair *Impairment) {
	p := h.port(machine, group)
	h.mu.Lock()
	defer h.mu.Unlock()
	p.group = group
	if impair == nil && p.impair == nil || impair != nil && p.impair != nil && *impair == *p.impair {
		return
	}
	p.unimpair()
	p.impair = impair
	if impair == nil || h.closed {
		return
	}
	p.out = newShaper(*impair, p.spread)
	h.work.Go(p.out.run)
	if !impair.outOnly {
		p.in = newShaper(*impair, p.deliver)
		h.work.Go(p.in.run)
	}
}

// unimpair ends the shapers; what waits in them is lost.
func (p *hubPort) unimpair() {
	for _, s := range []*shaper{p.in, p.out} {
		if s != nil {
			s.close()
		}
	}
	p.in, p.out = nil, nil
}

// accept serves the machine's connections, one after the other: each start of the machine makes a new one.
func (p *hubPort) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // the hub was closed
		}
		conn := newHubConn(c)
		p.hub.mu.Lock()
		old := p.conn
		p.conn = conn
		closed := p.hub.closed
		if !closed {
			p.hub.work.Go(conn.write)
			p.hub.work.Go(func() { p.read(conn) })
		}
		p.hub.mu.Unlock()
		if old != nil {
			old.close()
		}
		if closed {
			conn.close()
		}
	}
}

// read takes the packets that the machine sends, until the connection ends.
func (p *hubPort) read(c *hubConn) {
	defer c.close()
	r := bufio.NewReaderSize(c.Conn, maxPacket)
	var head [lengthSize]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(head[:])
		if n > maxPacket {
			p.hub.fail(fmt.Sprintf("got a packet of %d bytes from the QEMU of %s, which is no packet", n, p.machine))
			return
		}
		packet := make([]byte, lengthSize+n)
		copy(packet, head[:])
		if _, err := io.ReadFull(r, packet[lengthSize:]); err != nil {
			return
		}
		p.hub.mu.RLock()
		out := p.out
		p.hub.mu.RUnlock()
		if out != nil {
			out.push(packet)
		} else {
			p.spread(packet)
		}
	}
}

// spread gives a packet of the machine to all others of its group. A packet has its length in front.
func (p *hubPort) spread(packet []byte) {
	h := p.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.taps {
		c.record(packet[lengthSize:])
	}
	for _, q := range h.ports {
		switch {
		case q == p || q.group != p.group:
		case q.in != nil:
			q.in.push(packet)
		case q.conn != nil:
			q.conn.push(packet)
		}
	}
}

// deliver gives a packet to the machine.
func (p *hubPort) deliver(packet []byte) {
	p.hub.mu.RLock()
	defer p.hub.mu.RUnlock()
	if p.conn != nil {
		p.conn.push(packet)
	}
}

// tap adds a capture, or removes it.
func (h *hub) tap(c *capture, on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if on {
		h.taps[c] = true
	} else {
		delete(h.taps, c)
	}
}

// Close ends the network.
func (h *hub) Close() error {
	h.mu.Lock()
	h.closed = true
	var errs []error
	for _, p := range h.ports {
		p.unimpair()
		if p.listener != nil {
			errs = append(errs, p.listener.Close())
		}
		if p.conn != nil {
			p.conn.close()
		}
	}
	h.mu.Unlock()
	h.work.Wait()
	return errors.Join(append(errs, os.RemoveAll(h.dir))...)
}

// hubConn is a connection to a machine, with the packets that wait for it.
type hubConn struct {
	net.Conn
	wake chan struct{} // has an element while there may be packets
	done chan struct{} // closed with the connection

	mu      sync.Mutex
	packets net.Buffers
	size    int
	closed  bool
}

func newHubConn(c net.Conn) *hubConn {
	return &hubConn{Conn: c, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// push queues a packet, which nobody changes any more.
func (c *hubConn) push(packet []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.size+len(packet) > maxQueue {
		return
	}
	c.packets = append(c.packets, packet)
	c.size += len(packet)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write sends the packets until the connection ends.
func (c *hubConn) write() {
	defer c.close()
	for {
		select {
		case <-c.wake:
		case <-c.done:
			return
		}
		c.mu.Lock()
		packets, size := c.packets, c.size
		c.packets = nil
		c.mu.Unlock()
		if _, err := packets.WriteTo(c.Conn); err != nil {
			return
		}
		c.mu.Lock()
		c.size -= size // not before they are gone: what QEMU does not read counts
		c.mu.Unlock()
	}
}

func (c *hubConn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.done)
		c.Conn.Close()
	}
}
