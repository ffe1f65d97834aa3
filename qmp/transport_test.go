package qmp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"
)

// carrier is a Transport whose QEMU knows two commands, and sends an event before it answers "stop".
type carrier struct {
	events chan json.RawMessage
	seen   chan struct{} // an event was taken
	over   chan struct{}
}

func (c *carrier) Do(ctx context.Context, command map[string]any) (json.RawMessage, error) {
	switch command["execute"] {
	case "query-version":
		return json.RawMessage(`{"return": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}, "id": "libvirt-5"}`), nil
	case "stop":
		c.events <- json.RawMessage(`{"event": "STOP", "timestamp": {"seconds": 7, "microseconds": 8}}`)
		<-c.seen
		return json.RawMessage(`{"return": {}}`), nil
	case "slow":
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.over:
			return nil, &DisconnectedError{Cause: io.ErrUnexpectedEOF}
		}
	}
	return json.RawMessage(`{"error": {"class": "CommandNotFound", "desc": "no such command"}}`), nil
}

func (c *carrier) Watch(event func(json.RawMessage) error) error {
	for {
		select {
		case ev := <-c.events:
			if err := event(ev); err != nil {
				return err
			}
			c.seen <- struct{}{}
		case <-c.over:
			return io.EOF
		}
	}
}

func (c *carrier) Close() error { return nil }

// TestTransport: a client over another transport has the same answers, events and errors.
func TestTransport(t *testing.T) {
	tr := &carrier{make(chan json.RawMessage), make(chan struct{}), make(chan struct{})}
	ctx := testContext(t)
	c, err := NewOver(ctx, tr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.Version(); got != (Version{7, 2, 22}) {
		t.Errorf("the version is %v", got)
	}
	sub := c.SubscribeNew()
	if err := c.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if ev, err := sub.Next(ctx); err != nil || ev.Name != "STOP" || !ev.Time.Equal(time.UnixMicro(7_000_008)) {
		t.Errorf("got %+v, %v", ev, err)
	}
	var refused *Error
	if _, err := c.Execute(ctx, "foo", nil); !errors.As(err, &refused) || *refused != (Error{"foo", "CommandNotFound", "no such command"}) {
		t.Errorf("an unknown command: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	var late *TimeoutError
	if _, err := c.Execute(short, "slow", nil); !errors.As(err, &late) || late.Command != "slow" {
		t.Errorf("a slow command: %v", err)
	}
	close(tr.over)
	var gone *DisconnectedError
	if _, err := c.Execute(ctx, "slow", nil); !errors.As(err, &gone) || gone.Command != "slow" || !errors.Is(c.Err(), io.EOF) {
		t.Errorf("after the end: %v, %v", err, c.Err())
	}
}
