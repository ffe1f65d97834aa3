package qmp

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"sync"
	"syscall"
)

// socket is the Transport of QEMU's own monitor socket.
type socket struct {
	conn    net.Conn
	send    chan packet
	greeted chan struct{} // closed when version is set
	version Version
	done    chan struct{}

	mu     sync.Mutex
	nextID uint64
	calls  map[uint64]chan json.RawMessage // commands without an answer; those that were given up stay until it comes
	err    error
}

// packet is a command's text, and the file that goes with it, nil for none. Who holds the packet closes the file.
type packet struct {
	text []byte
	file *os.File
}

// message is any message from QEMU.
type message struct {
	Greeting *struct {
		Version struct {
			QEMU Version `json:"qemu"`
		} `json:"version"`
	} `json:"QMP"`
	ID *uint64 `json:"id"`
	answer
	Event string `json:"event"`
}

func newSocket(conn net.Conn) *socket {
	return &socket{conn: conn, send: make(chan packet), greeted: make(chan struct{}), done: make(chan struct{}),
		calls: map[uint64]chan json.RawMessage{}}
}

// greeting waits for QEMU's greeting.
func (s *socket) greeting(ctx context.Context) error {
	select {
	case <-s.greeted:
		return nil
	case <-s.done:
		return s.gone()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *socket) gone() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &DisconnectedError{Cause: s.err}
}

// fail ends the connection for the given reason. The first one counts, and is returned.
func (s *socket) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
		close(s.done)
		s.conn.Close()
	}
	return s.err
}

// Close closes the socket.
func (s *socket) Close() error {
	_ = s.fail(net.ErrClosed)
	return nil
}

// Do runs a command.
func (s *socket) Do(ctx context.Context, command map[string]any) (json.RawMessage, error) {
	return s.do(ctx, command, nil)
}

// do sends a command, and a file with it unless that is nil, which it closes.
func (s *socket) do(ctx context.Context, command map[string]any, file *os.File) (_ json.RawMessage, err error) {
	p := packet{file: file}
	defer func() { p.close() }()
	got := make(chan json.RawMessage, 1)
	s.mu.Lock()
	s.nextID++
	id := s.nextID
	s.mu.Unlock()
	command["id"] = id
	if p.text, err = json.Marshal(command); err != nil {
		return nil, err
	}
	p.text = append(p.text, '\n')
	s.mu.Lock()
	s.calls[id] = got
	s.mu.Unlock()
	// The call may be deleted only if the writer has not taken the command yet.
	select {
	case s.send <- p:
		p.file = nil // the writer has it
	case <-s.done:
		return nil, s.gone()
	case <-ctx.Done():
		s.mu.Lock()
		delete(s.calls, id)
		s.mu.Unlock()
		return nil, ctx.Err()
	}
	select {
	case raw := <-got:
		return raw, nil
	case <-s.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case raw := <-got: // it came just before the end
		return raw, nil
	default:
		return nil, s.gone()
	}
}

// write sends whole commands, one after the other: a caller that gives up never leaves half a command.
func (s *socket) write() {
	for {
		select {
		case p := <-s.send:
			err := p.write(s.conn)
			p.close()
			if err != nil {
				_ = s.fail(err)
				return
			}
		case <-s.done:
			return
		}
	}
}

// write writes the packet. A file goes with its first bytes (unix(7), SCM_RIGHTS).
func (p packet) write(conn net.Conn) error {
	text := p.text
	if p.file != nil {
		n, _, err := conn.(*net.UnixConn).WriteMsgUnix(text, syscall.UnixRights(int(p.file.Fd())), nil)
		if err != nil {
			return err
		}
		text = text[n:]
	}
	_, err := conn.Write(text)
	return err
}

func (p packet) close() {
	if p.file != nil {
		p.file.Close()
	}
}

// Watch reads and writes the socket until it ends.
func (s *socket) Watch(event func(json.RawMessage) error) error {
	var writer sync.WaitGroup
	writer.Go(s.write)
	defer writer.Wait()
	dec := json.NewDecoder(s.conn)
	for {
		var raw json.RawMessage // new for each message: nothing is shared with the decoder's buffer
		if err := dec.Decode(&raw); err != nil {
			if _, ok := err.(*json.SyntaxError); ok {
				rest := new(bytes.Buffer)
				rest.ReadFrom(dec.Buffered())
				err = protocolError(err.Error(), rest.Bytes())
			}
			return s.fail(err)
		}
		if err := s.dispatch(raw, event); err != nil {
			return s.fail(err)
		}
	}
}

func (s *socket) dispatch(raw json.RawMessage, event func(json.RawMessage) error) error {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return protocolError(err.Error(), raw)
	}
	switch {
	case m.Event != "":
		return event(raw)
	case m.Greeting != nil:
		select {
		case <-s.greeted:
			return protocolError("a second greeting", raw)
		default:
		}
		s.version = m.Greeting.Version.QEMU
		close(s.greeted)
	case m.Return != nil || m.Error != nil:
		s.answer(m.ID, raw)
	default:
		return protocolError("expected a greeting, an answer or an event", raw)
	}
	return nil
}

// answer passes an answer to its call. An answer without an id belongs to the oldest call: QEMU leaves the
// id out only when it could not parse the command.
func (s *socket) answer(id *uint64, raw json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var nr uint64
	if id != nil {
		nr = *id
	} else {
		for k := range s.calls {
			if nr == 0 || k < nr {
				nr = k
			}
		}
	}
	if got := s.calls[nr]; got != nil {
		delete(s.calls, nr)
		got <- raw
	}
}
