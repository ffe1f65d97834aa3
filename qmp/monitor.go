package qmp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	goqemu "github.com/digitalocean/go-qemu/qmp"
)

var (
	_ goqemu.Monitor = (*Client)(nil)
	_ goqemu.Monitor = (*boundMonitor)(nil)
)

// Connect is part of go-qemu's Monitor. A client is connected from the start, so Connect only returns
// an error when it no longer is.
func (c *Client) Connect() error {
	if err := c.Err(); err != nil {
		return &DisconnectedError{Cause: err}
	}
	return nil
}

// Disconnect is part of go-qemu's Monitor. It does the same as Close.
func (c *Client) Disconnect() error { return c.Close() }

// Run is part of go-qemu's Monitor. It sends a command in JSON form and returns the whole answer. It
// waits until the connection ends; [Client.WithContext] sets a limit.
func (c *Client) Run(command []byte) ([]byte, error) { return c.run(context.Background(), command) }

func (c *Client) run(ctx context.Context, command []byte) ([]byte, error) {
	var parsed map[string]json.RawMessage
	if err := json.Unmarshal(command, &parsed); err != nil {
		return nil, fmt.Errorf("QMP command is not a JSON object: %w", err)
	}
	var name string
	for _, key := range []string{"execute", "exec-oob"} {
		if raw, ok := parsed[key]; ok {
			if err := json.Unmarshal(raw, &name); err != nil {
				return nil, fmt.Errorf("QMP command: %q is not a string: %w", key, err)
			}
		}
	}
	if name == "" {
		return nil, errors.New(`QMP command has no "execute"`)
	}
	req := make(map[string]any, len(parsed)+1)
	for k, v := range maps.All(parsed) {
		req[k] = v
	}
	m, err := c.roundTrip(ctx, name, req)
	if err != nil {
		return nil, err
	}
	return m.raw, nil
}

// Events is part of go-qemu's Monitor. The channel begins with the events that the client keeps
// and is closed when ctx or the connection ends. A slow reader that falls behind by more than the history
// misses events and blocks nobody.
func (c *Client) Events(ctx context.Context) (<-chan goqemu.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, &DisconnectedError{Cause: c.err}
	}
	out := make(chan goqemu.Event)
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		defer close(out)
		sub := c.Subscribe()
		for {
			ev, err := sub.Next(ctx)
			if err != nil {
				return
			}
			select {
			case out <- ev.Event:
			case <-ctx.Done():
				return
			case <-c.done:
				return
			}
		}
	}()
	return out, nil
}

// WithContext returns a monitor for go-qemu's raw.NewMonitor that uses this client and whose commands end with ctx.
func (c *Client) WithContext(ctx context.Context) goqemu.Monitor { return &boundMonitor{c, ctx} }

type boundMonitor struct {
	*Client
	ctx context.Context
}

func (m *boundMonitor) Run(command []byte) ([]byte, error) { return m.run(m.ctx, command) }
