package libvirt

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"sync"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// monitor is the qmp.Transport of a domain's QEMU.
type monitor struct {
	host   *Host
	dom    golibvirt.Domain
	events <-chan golibvirt.DomainEvent
	cancel context.CancelFunc
	closed chan struct{}
	once   sync.Once
	ended  chan struct{} // closed when the domain has ended
}

var _ qmp.Transport = (*monitor)(nil)

// newMonitor subscribes to QEMU's events.
func newMonitor(ctx context.Context, h *Host, dom golibvirt.Domain) (*monitor, error) {
	m := &monitor{host: h, dom: dom, closed: make(chan struct{}), ended: make(chan struct{})}
	all, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m.cancel = cancel
	var err error
	m.events, err = await(ctx, func() (<-chan golibvirt.DomainEvent, error) { return h.calls.SubscribeQEMUEvents(all, dom.Name) }, drain)
	if err != nil {
		cancel()
		return nil, err
	}
	return m, nil
}

// drain takes what still comes, until the sender has noticed the end of its context.
func drain(events <-chan golibvirt.DomainEvent) {
	for range events {
	}
}

// Do runs a command.
func (m *monitor) Do(ctx context.Context, command map[string]any) (json.RawMessage, error) {
	text, err := json.Marshal(command)
	if err != nil {
		return nil, err
	}
	call, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	gone := &qmp.DisconnectedError{Cause: io.EOF}
	go func() {
		select {
		case <-m.closed:
			cancel(gone)
		case <-m.ended:
			cancel(gone)
		case <-call.Done():
		}
	}()
	answer, err := await(call, func() (string, error) { return m.host.calls.QEMUDomainMonitorCommand(m.dom, string(text), 0) }, nil)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return json.RawMessage(answer), err
}

// Watch passes on QEMU's events.
func (m *monitor) Watch(event func(json.RawMessage) error) error {
	defer func() {
		m.cancel()
		drain(m.events)
	}()
	for {
		select {
		case ev, ok := <-m.events:
			if !ok {
				return errDisconnected
			}
			text, err := json.Marshal(map[string]any{"event": ev.Event, "data": json.RawMessage(orNull(ev.Details)),
				"timestamp": map[string]any{"seconds": ev.Seconds, "microseconds": ev.Microseconds}})
			if err != nil {
				return err
			}
			if err := event(text); err != nil {
				return err
			}
		case <-m.ended:
			return io.EOF
		case <-m.closed:
			return net.ErrClosed
		}
	}
}

func orNull(details []byte) []byte {
	if len(details) == 0 {
		return []byte("null")
	}
	return details
}

// Close ends the subscription.
func (m *monitor) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}
