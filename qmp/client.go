package qmp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

// Client is a connection to the monitor of one QEMU. [Dial], [New] and [NewOver] make a client, Close ends it.
type Client struct {
	t       Transport
	done    chan struct{}
	wg      sync.WaitGroup
	events  *history
	version Version

	mu    sync.Mutex
	err   error
	noPNG bool
}

// answer is QEMU's answer to a command.
type answer struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
}

// New returns a client for a new connection. It waits for QEMU's greeting and leaves the negotiation
// mode. The client owns conn, and closes it even when New fails.
func New(ctx context.Context, conn net.Conn) (*Client, error) {
	s := newSocket(conn)
	c := start(s)
	err := s.greeting(ctx)
	if err == nil {
		err = c.order(ctx, "qmp_capabilities", nil)
	} else {
		err = c.failure(ctx, "greeting", err)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.version = s.version
	return c, nil
}

// NewOver returns a client over a transport whose QEMU takes commands already. The client owns the transport, and closes it
// even when NewOver fails.
func NewOver(ctx context.Context, t Transport) (*Client, error) {
	c := start(t)
	v, err := Query[struct {
		QEMU Version `json:"qemu"`
	}](ctx, c, "query-version", nil)
	if err != nil {
		c.Close()
		return nil, err
	}
	c.version = v.QEMU
	return c, nil
}

// start takes over a transport.
func start(t Transport) *Client {
	c := &Client{t: t, done: make(chan struct{}), events: newHistory(historySize)}
	c.wg.Go(func() { c.fail(t.Watch(c.event)) })
	return c
}

func (c *Client) event(raw json.RawMessage) error {
	ev, err := parseEvent(raw)
	if err != nil {
		return protocolError(err.Error(), raw)
	}
	c.events.add(ev)
	return nil
}

// Version is a version of QEMU.
type Version struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
	Micro int `json:"micro"`
}

// String returns the version in the usual form, such as 7.2.22.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro) }

// Version returns QEMU's version.
func (c *Client) Version() Version { return c.version }

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
	first := c.err == nil
	if first {
		c.err = err
		close(c.done)
	}
	c.mu.Unlock()
	if first {
		_ = c.t.Close() // the reason is known
		c.events.end()
	}
}

// Execute runs a command and returns its result. args is anything that encodes to a JSON object, or nil.
// The error is a [*Error] when QEMU refuses the command, a [*TimeoutError] when ctx ends first (QEMU may
// still execute the command), a [*DisconnectedError] when the connection has ended.
func (c *Client) Execute(ctx context.Context, command string, args any) (json.RawMessage, error) {
	return c.execute(ctx, command, args, func(cmd map[string]any) (json.RawMessage, error) { return c.t.Do(ctx, cmd) })
}

// execute runs a command by do.
func (c *Client) execute(ctx context.Context, command string, args any,
	do func(map[string]any) (json.RawMessage, error)) (json.RawMessage, error) {
	cmd := map[string]any{"execute": command}
	if args != nil {
		text, err := json.Marshal(args)
		if err != nil {
			return nil, fmt.Errorf("QMP %s: bad arguments: %w", command, err)
		}
		cmd["arguments"] = json.RawMessage(text)
	}
	raw, err := do(cmd)
	if err != nil {
		return nil, c.failure(ctx, command, err)
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, fmt.Errorf("QMP %s: unexpected answer: %w", command, err)
	}
	if a.Error != nil {
		return nil, &Error{Command: command, Class: a.Error.Class, Desc: a.Error.Desc}
	}
	return a.Return, nil
}

// failure returns the error of a command that the transport has no answer to.
func (c *Client) failure(ctx context.Context, command string, err error) error {
	var gone *DisconnectedError
	switch {
	case errors.As(err, &gone):
		<-c.done // Watch ends, too
		return &DisconnectedError{Command: command, Cause: c.Err()}
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return &TimeoutError{Command: command, Cause: err}
	}
	return fmt.Errorf("QMP %s: %w", command, err)
}

// withFile runs a command that gives QEMU a file, which it closes.
func (c *Client) withFile(ctx context.Context, command string, args any, f *os.File) (json.RawMessage, error) {
	s, ok := c.t.(*socket)
	if ok {
		_, ok = s.conn.(*net.UnixConn)
	}
	if !ok {
		f.Close()
		return nil, fmt.Errorf("QMP %s: files go through Unix sockets only", command)
	}
	return c.execute(ctx, command, args, func(cmd map[string]any) (json.RawMessage, error) { return s.do(ctx, cmd, f) })
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
