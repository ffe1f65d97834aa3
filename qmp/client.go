package qmp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
)

// Client is a connection to the monitor of one QEMU. [Dial] and [New] make a client, Close ends it.
type Client struct {
	conn    net.Conn
	send    chan packet
	greeted chan struct{}
	done    chan struct{}
	wg      sync.WaitGroup
	events  *history

	mu       sync.Mutex
	nextID   uint64
	calls    map[uint64]*call
	err      error
	greeting greeting
	isGreet  bool
	noPNG    bool
}

// packet is a command's text, and the file that goes with it, nil for none. Who holds the packet closes the file.
type packet struct {
	text []byte
	file *os.File
}

// call is a command that QEMU has not answered yet. It stays in the map when its caller gives up, so
// that the late answer is recognised.
type call struct {
	command string
	answer  chan message
}

type greeting struct {
	Version struct {
		QEMU Version `json:"qemu"`
	} `json:"version"`
}

// message is any message from QEMU; raw is its whole text.
type message struct {
	Greeting *greeting       `json:"QMP"`
	ID       *uint64         `json:"id"`
	Return   json.RawMessage `json:"return"`
	Error    *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
	Event string `json:"event"`

	raw json.RawMessage
}

// New returns a client for a new connection. It waits for QEMU's greeting and leaves the negotiation
// mode. The client owns conn, and closes it even when New fails.
func New(ctx context.Context, conn net.Conn) (*Client, error) {
	c := &Client{
		conn:    conn,
		send:    make(chan packet),
		greeted: make(chan struct{}),
		done:    make(chan struct{}),
		events:  newHistory(historySize),
		calls:   map[uint64]*call{},
	}
	c.wg.Add(2)
	go c.read()
	go c.write()
	if err := c.negotiate(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) negotiate(ctx context.Context) error {
	select {
	case <-c.greeted:
	case <-c.done:
		return &DisconnectedError{Command: "greeting", Cause: c.Err()}
	case <-ctx.Done():
		return &TimeoutError{Command: "greeting", Cause: ctx.Err()}
	}
	_, err := c.Execute(ctx, "qmp_capabilities", nil)
	return err
}

// Version is a version of QEMU.
type Version struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
	Micro int `json:"micro"`
}

// String returns the version in the usual form, such as 7.2.22.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro) }

// Version returns QEMU's version, which the greeting contains.
func (c *Client) Version() Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.greeting.Version.QEMU
}

// Done returns a channel that is closed when the connection ends.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the connection ended: io.EOF when QEMU closed it, net.ErrClosed after Close, or a
// [*ProtocolError]. It returns nil while the connection is up.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection and waits for the client's goroutines. Waiting commands fail with a
// [*DisconnectedError]. It may be called more than once and always returns nil.
func (c *Client) Close() error {
	c.fail(net.ErrClosed)
	c.wg.Wait()
	return nil
}

// fail ends the connection for the given reason. The first one counts.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	c.conn.Close()
	c.events.end()
}

// Execute runs a command and returns its result. args is anything that encodes to a JSON object, or nil.
// The error is a [*Error] when QEMU refuses the command, a [*TimeoutError] when ctx ends first (QEMU may
// still execute the command), a [*DisconnectedError] when the connection has ended.
func (c *Client) Execute(ctx context.Context, command string, args any) (json.RawMessage, error) {
	req := map[string]any{"execute": command}
	if args != nil {
		req["arguments"] = args
	}
	m, err := c.roundTrip(ctx, command, req, nil)
	if err != nil {
		return nil, err
	}
	return m.Return, nil
}

// Query runs a command and decodes its result into a T.
func Query[T any](ctx context.Context, c *Client, command string, args any) (T, error) {
	var v T
	out, err := c.Execute(ctx, command, args)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return v, fmt.Errorf("QMP %s: unexpected answer: %w", command, err)
	}
	return v, nil
}

// roundTrip sends a command, and a file with it unless that is nil, which it closes.
func (c *Client) roundTrip(ctx context.Context, command string, req map[string]any, file *os.File) (_ message, err error) {
	p := packet{file: file}
	defer func() { p.close() }()
	cl := &call{command: command, answer: make(chan message, 1)}
	c.mu.Lock()
	c.nextID++
	id := c.nextID
	c.mu.Unlock()
	req["id"] = id
	if p.text, err = json.Marshal(req); err != nil {
		return message{}, fmt.Errorf("QMP %s: bad arguments: %w", command, err)
	}
	p.text = append(p.text, '\n')
	c.mu.Lock()
	c.calls[id] = cl
	c.mu.Unlock()
	// The call may be deleted only if the writer has not taken the command yet.
	select {
	case c.send <- p:
		p.file = nil // the writer has it
	case <-c.done:
		return message{}, &DisconnectedError{Command: command, Cause: c.Err()}
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.calls, id)
		c.mu.Unlock()
		return message{}, &TimeoutError{Command: command, Cause: ctx.Err()}
	}
	var m message
	select {
	case m = <-cl.answer:
	case <-c.done:
		// The answer may have come just before the end.
		select {
		case m = <-cl.answer:
		default:
			return message{}, &DisconnectedError{Command: command, Cause: c.Err()}
		}
	case <-ctx.Done():
		return message{}, &TimeoutError{Command: command, Cause: ctx.Err()}
	}
	if m.Error != nil {
		return m, &Error{Command: command, Class: m.Error.Class, Desc: m.Error.Desc}
	}
	return m, nil
}

// write sends whole commands, one after the other: a caller that gives up never leaves half a command.
func (c *Client) write() {
	defer c.wg.Done()
	for {
		select {
		case p := <-c.send:
			err := p.write(c.conn)
			p.close()
			if err != nil {
				c.fail(err)
				return
			}
		case <-c.done:
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

func (c *Client) read() {
	defer c.wg.Done()
	dec := json.NewDecoder(c.conn)
	for {
		var raw json.RawMessage // new for each message: nothing is shared with the decoder's buffer
		if err := dec.Decode(&raw); err != nil {
			if _, ok := err.(*json.SyntaxError); ok {
				rest := new(bytes.Buffer)
				rest.ReadFrom(dec.Buffered())
				err = protocolError(err.Error(), rest.Bytes())
			}
			c.fail(err)
			return
		}
		if err := c.dispatch(raw); err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *Client) dispatch(raw json.RawMessage) error {
	m := message{raw: raw}
	if err := json.Unmarshal(raw, &m); err != nil {
		return protocolError(err.Error(), raw)
	}
	switch {
	case m.Event != "":
		ev, err := parseEvent(raw)
		if err != nil {
			return protocolError(err.Error(), raw)
		}
		c.events.add(ev)
	case m.Greeting != nil:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.isGreet {
			return protocolError("a second greeting", raw)
		}
		c.isGreet, c.greeting = true, *m.Greeting
		close(c.greeted)
	case m.Return != nil || m.Error != nil:
		c.answer(m)
	default:
		return protocolError("expected a greeting, an answer or an event", raw)
	}
	return nil
}

// answer passes an answer to its call. An answer without an id belongs to the oldest call: QEMU leaves the
// id out only when it could not parse the command.
func (c *Client) answer(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var id uint64
	if m.ID != nil {
		id = *m.ID
	} else {
		for k := range c.calls {
			if id == 0 || k < id {
				id = k
			}
		}
	}
	if cl := c.calls[id]; cl != nil {
		delete(c.calls, id)
		cl.answer <- m
	}
}
