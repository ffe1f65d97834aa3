package libvirt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/digitalocean/go-libvirt/socket"
)

// The programs and procedures of libvirt's RPC (src/remote/remote_protocol.x, src/rpc/virkeepaliveprotocol.x) that a wire
// calls itself.
const (
	remoteProgram    = 0x20008086
	keepAliveProgram = 0x6b656570
	keepAlivePing    = 1
	keepAlivePong    = 2

	procConnectOpen     = 1
	procDomainCreateXML = 10
	procDomainDestroy   = 12
	procDomainResume    = 28
	procFeature         = 60
	procAuthList        = 66
	procAuthPolkit      = 70
	procOpenConsole     = 201
	procVolUpload       = 208
	procScreenshot      = 211
	procOpenChannel     = 296

	streamHole       = 6  // the type of a packet for a hole in a sparse stream
	featureKeepAlive = 10 // VIR_DRV_FEATURE_PROGRAM_KEEPALIVE
	authPolkit       = 2
	maxPacket        = 262_056 // libvirt's limit for the data of a stream's packet
)

// wire is a connection to libvirt for one stream, or for the domain that lives as long as the connection. Its owner makes one
// call at a time. The generated client of go-libvirt can't send on a stream, and has no keep-alive.
type wire struct {
	sock    *socket.Socket
	replies chan reply
	// stream takes the packets of the stream; it may block, which holds up the sender.
	stream func(reply)
	closed chan struct{}
	once   sync.Once
	serial int32
}

type reply struct {
	status  uint32
	payload []byte
}

// dialer makes the connection that it is given.
type dialer func() (net.Conn, error)

func (d dialer) Dial() (net.Conn, error) { return d() }

// openWire connects and opens libvirt's QEMU driver.
func openWire(ctx context.Context, t target) (*wire, error) {
	w := &wire{replies: make(chan reply, 1), stream: func(reply) {}, closed: make(chan struct{})}
	w.sock = socket.New(dialer(func() (net.Conn, error) { return t.dial(ctx) }), w)
	if err := w.sock.Connect(); err != nil {
		return nil, err
	}
	if err := w.open(ctx, t.driver); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *wire) open(ctx context.Context, driver string) error {
	methods, err := w.call(ctx, procAuthList, nil)
	if err != nil {
		return err
	}
	for ; len(methods) > 4; methods = methods[:len(methods)-4] {
		if binary.BigEndian.Uint32(methods[len(methods)-4:]) == authPolkit {
			if _, err := w.call(ctx, procAuthPolkit, nil); err != nil {
				return err
			}
			break
		}
	}
	// libvirt then notices within half a minute that a client has gone without a word.
	if _, err := w.call(ctx, procFeature, xdr{}.uint32(featureKeepAlive)); err != nil {
		return err
	}
	_, err = w.call(ctx, procConnectOpen, xdr{}.uint32(1).text(driver).uint32(0))
	return err
}

// Route takes a packet of libvirt's.
func (w *wire) Route(h *socket.Header, payload []byte) {
	switch {
	case h.Program == keepAliveProgram:
		if h.Procedure == keepAlivePing {
			_ = w.sock.SendPacket(0, keepAlivePong, keepAliveProgram, nil, socket.Message, socket.StatusOK) // libvirt gives the client up otherwise
		}
	case h.Type == socket.Reply:
		select {
		case w.replies <- reply{h.Status, payload}:
		case <-w.closed:
		}
	case h.Type == socket.Stream:
		w.stream(reply{h.Status, payload})
	}
}

// call makes a call and returns its answer. When it fails by the context's end, the wire is of no more use.
func (w *wire) call(ctx context.Context, proc uint32, payload xdr) ([]byte, error) {
	w.serial++
	if err := w.sock.SendPacket(w.serial, proc, remoteProgram, payload, socket.Call, socket.StatusOK); err != nil {
		return nil, fmt.Errorf("%w: %w", errDisconnected, err)
	}
	select {
	case r := <-w.replies:
		return r.payload, r.err()
	case <-w.sock.Disconnected():
		select {
		case r := <-w.replies: // it came just before the end
			return r.payload, r.err()
		default:
			return nil, errDisconnected
		}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

var errDisconnected = errors.New("libvirt has closed the connection")

// err returns the error that a packet carries, nil when it carries none.
func (r reply) err() error {
	if r.status != socket.StatusError {
		return nil
	}
	e := &Error{Text: "an error without a text"}
	if p := r.payload; len(p) >= 16 && binary.BigEndian.Uint32(p[8:]) == 1 {
		e.Code = binary.BigEndian.Uint32(p)
		if n := binary.BigEndian.Uint32(p[12:]); uint64(n) <= uint64(len(p)-16) {
			e.Text = string(p[16 : 16+n])
		}
	}
	return e
}

// Error is what libvirt says of a call that failed.
type Error struct {
	Code uint32 // virErrorNumber
	Text string
}

func (e *Error) Error() string { return e.Text }

// send sends a packet of the stream that the last call, of proc, has begun.
func (w *wire) send(proc, typ, status uint32, data []byte) error {
	return w.sock.SendPacket(w.serial, proc, remoteProgram, data, typ, status)
}

// close ends the connection.
func (w *wire) close() {
	w.once.Do(func() {
		close(w.closed)
		_ = w.sock.Disconnect() // it has ended, in any case
	})
}

// openStream opens a stream in both directions by a call, and returns it as a connection. Both sides are slowed down to what the
// other one takes.
func openStream(ctx context.Context, t target, proc uint32, args xdr) (net.Conn, error) {
	w, err := openWire(ctx, t)
	if err != nil {
		return nil, err
	}
	outer, inner := net.Pipe()
	w.stream = func(r reply) {
		if r.status != socket.StatusContinue || len(r.payload) == 0 { // an empty packet is the end of what libvirt reads
			inner.Close()
			return
		}
		_, _ = inner.Write(r.payload) // it fails when the other end is closed, and so does the reading below
	}
	if _, err := w.call(ctx, proc, args); err != nil {
		w.close()
		return nil, err
	}
	go func() {
		<-w.sock.Disconnected()
		inner.Close()
	}()
	go func() {
		defer w.close()
		buf := make([]byte, maxPacket)
		for {
			n, err := inner.Read(buf)
			if err == nil {
				err = w.send(proc, socket.Stream, socket.StatusContinue, buf[:n])
			}
			if err != nil {
				inner.Close()
				return
			}
		}
	}()
	return outer, nil
}

// xdr is a text in the External Data Representation (RFC 4506).
type xdr []byte

func (x xdr) uint32(v uint32) xdr { return binary.BigEndian.AppendUint32(x, v) }
func (x xdr) uint64(v uint64) xdr { return binary.BigEndian.AppendUint64(x, v) }

func (x xdr) text(s string) xdr {
	x = append(x.uint32(uint32(len(s))), s...)
	return append(x, make([]byte, -len(s)&3)...)
}
