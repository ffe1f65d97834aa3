package qmp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"

	goqemu "github.com/digitalocean/go-qemu/qmp"
)

// Client is a connection to one QEMU's monitor. Make one with [Dial] or [New], end it with Close.
type Client struct {
	conn    net.Conn
	send    chan []byte
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

// call is a command that QEMU has not answered yet. It stays in the map when its caller has given up, so
// that the late answer is recognised.
type call struct {
	command string
	answer  chan message
}

type greeting struct {
	Version      goqemu.Version    `json:"version"`
	Capabilities []json.RawMessage `json:"capabilities"`
}

// message is anything QEMU sends. Raw is the whole of it.
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

// New makes a client of a fresh connection: it waits for QEMU's greeting and leaves the negotiation
// mode. The client owns conn, and closes it also when New fails.
func New(ctx context.Context, conn net.Conn) (*Client, error) {
	c := &Client{
		conn:    conn,
		send:    make(chan []byte),
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

// Version is the QEMU version of the greeting.
func (c *Client) Version() goqemu.Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.greeting.Version
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the connection has ended: io.EOF when QEMU closed it, net.ErrClosed after Close, a
// [*ProtocolError]; nil while it is up.
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

// Execute runs a command and returns what it returned. args is anything that encodes to a JSON object, or nil.
// The error is a [*Error] when QEMU refused, a [*TimeoutError] when ctx ended first (QEMU may
// still carry the command out), a [*DisconnectedError] when the connection is gone.
func (c *Client) Execute(ctx context.Context, command string, args any) (json.RawMessage, error) {
	req := map[string]any{"execute": command}
	if args != nil {
		req["arguments"] = args
	}
	m, err := c.roundTrip(ctx, command, req)
	if err != nil {
		return nil, err
	}
	return m.Return, nil
}

// Query runs a command and decodes what it returned into a T.
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

func (c *Client) roundTrip(ctx context.Context, command string, req map[string]any) (message, error) {
	cl := &call{command: command, answer: make(chan message, 1)}
	c.mu.Lock()
	c.nextID++
	id := c.nextID
	c.mu.Unlock()
	req["id"] = id
	data, err := json.Marshal(req)
	if err != nil {
		return message{}, fmt.Errorf("QMP %s: bad arguments: %w", command, err)
	}
	c.mu.Lock()
	c.calls[id] = cl
	c.mu.Unlock()
	// Only a caller that gave up before the writer took the command may forget the call.
	select {
	case c.send <- append(data, '\n'):
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

// write sends whole commands, one after the other: a caller that gives up never leaves half a one.
func (c *Client) write() {
	defer c.wg.Done()
	for {
		select {
		case data := <-c.send:
			if _, err := c.conn.Write(data); err != nil {
				c.fail(err)
				return
			}
		case <-c.done:
			return
		}
	}
}

func (c *Client) read() {
	defer c.wg.Done()
	dec := json.NewDecoder(c.conn)
	for {
		var raw json.RawMessage // a fresh one for each message: nothing is shared with the decoder's buffer
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
		ev := Event{Raw: raw}
		if err := json.Unmarshal(raw, &ev.Event); err != nil {
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

// answer hands an answer to the call that it belongs to. QEMU leaves the id out only when it could not
// parse the command: that is the oldest one.
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
