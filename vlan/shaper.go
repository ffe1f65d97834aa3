package vlan

import (
	"math/rand/v2"
	"sync"
	"time"
)

// shaper carries packets one way over an impaired wire, in their order.
type shaper struct {
	Impairment
	deliver func([]byte)
	wake    chan struct{} // has an element while there may be packets
	done    chan struct{}

	mu    sync.Mutex
	queue []timed
	size  int
	free  time.Time // when the wire has sent all before
	last  time.Time // when the last packet arrives
}

// timed is a packet and the time at which it arrives.
type timed struct {
	packet []byte
	at     time.Time
}

const (
	// maxDelayed is how many bytes are on a slow wire at the same time; further packets are lost.
	maxDelayed = 16 << 20
	// maxBacklog is how long packets wait for a wire with a limited rate; those that would wait longer are lost.
	maxBacklog = time.Second
	// minBacklog is how many bytes may wait for such a wire anyway.
	minBacklog = 1 << 16
)

func newShaper(i Impairment, deliver func([]byte)) *shaper {
	return &shaper{Impairment: i, deliver: deliver, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func chance(percent float64) bool { return rand.Float64()*100 < percent }

// push puts a packet on the wire.
func (s *shaper) push(packet []byte) {
	if chance(s.Loss) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(packet)
	if chance(s.Duplicate) {
		s.add(packet)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *shaper) add(packet []byte) {
	if s.size+len(packet) > maxDelayed {
		return
	}
	at := time.Now()
	if s.Rate > 0 {
		takes := func(bytes int) time.Duration {
			return time.Duration(float64(bytes) / float64(s.Rate) * float64(time.Second))
		}
		if s.free.Before(at) {
			s.free = at
		}
		if wait := s.free.Sub(at); wait > max(maxBacklog, takes(minBacklog)) {
			return
		}
		s.free = s.free.Add(takes(len(packet) - lengthSize))
		at = s.free
	}
	at = at.Add(milliseconds(s.Delay + (2*rand.Float64()-1)*s.Jitter))
	if at.Before(s.last) {
		at = s.last
	}
	s.last = at
	s.queue = append(s.queue, timed{packet, at})
	s.size += len(packet)
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// run delivers the packets until close.
func (s *shaper) run() {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		s.mu.Lock()
		var due []timed
		now := time.Now()
		for len(due) < len(s.queue) && !s.queue[len(due)].at.After(now) {
			due = s.queue[:len(due)+1]
		}
		s.queue = s.queue[len(due):]
		for _, p := range due {
			s.size -= len(p.packet)
		}
		wait := time.Hour
		if len(s.queue) > 0 {
			wait = s.queue[0].at.Sub(now)
		}
		s.mu.Unlock()
		for _, p := range due {
			s.deliver(p.packet)
		}
		t.Reset(wait)
		select {
		case <-t.C:
		case <-s.wake:
		case <-s.done:
			return
		}
	}
}

// close ends the wire; what is on it is lost.
func (s *shaper) close() { close(s.done) }
