package qmp

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// historySize is the number of events that a client keeps for later readers.
const historySize = 1024

// Event is an event of QEMU.
type Event struct {
	// Name is QEMU's name of the event: SHUTDOWN, RESET, VSERPORT_CHANGE…
	Name string
	// Data is what QEMU tells with it; numbers are float64. It is nil when there is nothing.
	Data map[string]any
	// Time is when it happened, by the host's clock.
	Time time.Time
	// Raw is the whole event as QEMU sent it, with the numbers that a float64 can't hold.
	Raw json.RawMessage
}

func parseEvent(raw json.RawMessage) (Event, error) {
	var e struct {
		Event     string
		Data      map[string]any
		Timestamp struct{ Seconds, Microseconds int64 }
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return Event{}, err
	}
	return Event{Name: e.Event, Data: e.Data, Time: time.Unix(e.Timestamp.Seconds, e.Timestamp.Microseconds*1000), Raw: raw}, nil
}

// history is a ring of the newest events. Events are numbered from 0; the ring has those in [first, next).
type history struct {
	mu          sync.Mutex
	ring        []Event
	first, next uint64
	ended       bool
	changed     chan struct{} // closed and replaced at each change
}

func newHistory(size int) *history {
	return &history{ring: make([]Event, size), changed: make(chan struct{})}
}

func (h *history) add(ev Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	size := uint64(len(h.ring))
	h.ring[h.next%size] = ev
	h.next++
	if h.next-h.first > size {
		h.first = h.next - size
	}
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *history) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	close(h.changed)
	h.changed = make(chan struct{})
}

// Subscription is a reader of events with its own position. It costs nothing while nobody reads.
// Only one goroutine may use it at a time.
type Subscription struct {
	c      *Client
	pos    uint64
	missed uint64
	closed chan struct{}
	once   sync.Once
}

// Subscribe returns a reader that begins with the oldest of the 1024 events that the client keeps, so it
// also returns events from before the call.
func (c *Client) Subscribe() *Subscription {
	return &Subscription{c: c, closed: make(chan struct{})}
}

// SubscribeNew returns a reader that begins with the next new event.
func (c *Client) SubscribeNew() *Subscription {
	s := c.Subscribe()
	c.events.mu.Lock()
	defer c.events.mu.Unlock()
	s.pos = c.events.next
	return s
}

// Next waits for the next event and returns it. After the end of the connection it returns the remaining
// events, then a [*DisconnectedError]. It returns ctx's error when ctx ends first.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	h := s.c.events
	for {
		h.mu.Lock()
		if s.pos < h.first {
			s.missed += h.first - s.pos
			s.pos = h.first
		}
		if s.pos < h.next {
			ev := h.ring[s.pos%uint64(len(h.ring))]
			s.pos++
			h.mu.Unlock()
			return ev, nil
		}
		ended, changed := h.ended, h.changed
		h.mu.Unlock()
		if ended {
			return Event{}, &DisconnectedError{Cause: s.c.Err()}
		}
		select {
		case <-changed:
		case <-s.closed:
			return Event{}, context.Canceled
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// Missed returns the number of events that left the history before this reader read them.
func (s *Subscription) Missed() uint64 { return s.missed }

// Close wakes a waiting Next, which returns context.Canceled.
func (s *Subscription) Close() { s.once.Do(func() { close(s.closed) }) }
