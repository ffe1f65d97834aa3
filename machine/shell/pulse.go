package shell

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

const (
	// pulseEvery is how often the worker is asked for a sign of life while somebody waits for it.
	pulseEvery = 250 * time.Millisecond
	// pulseAfter is for how long after a command it is asked: whoever waits pauses between two attempts.
	pulseAfter = 1500 * time.Millisecond
	// slownessFactor is how much longer than its slowest answer of late the worker may be silent.
	slownessFactor = 5
	// slowest bounds the time of an answer that counts.
	slowest = time.Second
	// readCost is how long the slowest guest takes to read a byte of a script; readAhead is how much of one
	// may be under way after it was sent.
	readCost  = 20 * time.Microsecond
	readAhead = 1 << 20
)

// pulse finds out whether the worker is alive: it is asked, again and again, and answers at once whatever a
// command does.
type pulse struct {
	s      *Session
	ticker *time.Ticker
	last   time.Time // of the tick before this one

	asked    int       // the number of the last question
	since    time.Time // since when its answer has been awaited; zero when it has come
	read     int       // bytes that the worker has to read before it can answer
	written  int64     // bytes that had been written at the last tick
	excuse   chan string
	silentAt time.Time // when the first question was asked that has no answer yet
}

func newPulse(s *Session, script int) *pulse {
	return &pulse{s: s, ticker: time.NewTicker(pulseEvery), last: time.Now(), read: script}
}

func (p *pulse) stop() { p.ticker.Stop() }

// ask sends a question unless one is under way.
func (p *pulse) ask() {
	if !p.since.IsZero() {
		return
	}
	p.s.questions++
	p.asked = p.s.questions
	p.since = time.Now()
	p.silentAt = p.since
	p.s.send(p.s.port, fmt.Sprintf("e %d\n", p.asked))
}

// answered takes an answer. Those to questions of earlier commands come late and are dropped.
func (p *pulse) answered(args string) {
	if n, err := strconv.Atoi(args); err != nil || n != p.asked || p.since.IsZero() {
		return
	}
	took := min(time.Since(p.since), slowest)
	p.s.slowest = max(took, p.s.slowest-p.s.slowest/16)
	p.since, p.read = time.Time{}, 0
}

// limit is how long the worker may be silent.
func (p *pulse) limit() time.Duration {
	return max(p.s.opts.Silence, slownessFactor*p.s.slowest) + time.Duration(min(p.read, readAhead))*readCost
}

// tick asks, or finds that the worker has been silent for too long. Then the channel gets why that may be, or "".
func (p *pulse) tick() {
	now := time.Now()
	late := now.Sub(p.last) - pulseEvery
	p.last = now
	written := p.s.port.written.Load()
	moved := written != p.written
	p.written = written
	switch {
	case p.since.IsZero():
		p.ask()
	case late > pulseEvery, moved, len(p.s.port.in) > 0:
		// This process has been stopped, or there is more to be sent or to be read: the answer may be on its way.
		p.since = now
	case now.Sub(p.since) > p.limit() && p.excuse == nil:
		p.excuse = make(chan string, 1)
		silent := now.Sub(p.silentAt)
		ask := p.s.opts.Excuse
		if ask == nil {
			p.excuse <- ""
			return
		}
		out := p.excuse
		p.s.work.Go(func() { out <- ask(p.s.closed, silent) })
	}
}

// judge takes what the guest is excused by; without an excuse the session is dead.
func (p *pulse) judge(excuse string) error {
	p.excuse = nil
	switch {
	case p.since.IsZero() || len(p.s.port.in) > 0:
		return nil
	case excuse != "":
		p.since = time.Now()
		return nil
	}
	return p.s.fall(&DeadError{Silent: true,
		Reason: fmt.Sprintf("it is silent, it has not answered for %v", time.Since(p.silentAt).Round(10*time.Millisecond))})
}

// keep asks the worker for a while after each command, so that whoever pauses between two attempts learns of its end.
func (s *Session) keep() {
	for {
		select {
		case <-s.ran:
		case <-s.closed.Done():
			return
		}
		until := time.Now().Add(pulseAfter)
		for time.Now().Before(until) {
			select {
			case <-time.After(pulseEvery):
			case <-s.ran:
				until = time.Now().Add(pulseAfter)
				continue
			case <-s.closed.Done():
				return
			}
			select {
			case <-s.turn:
				s.ping()
				s.unlock()
			default: // whoever has the turn asks
			}
		}
	}
}

// ping asks once and waits for the answer. The caller has the turn.
func (s *Session) ping() {
	if s.port == nil || s.busy != nil || s.Err() != nil {
		return
	}
	w := waiter{s: s, r: &run{}, ctx: context.Background(), pulse: newPulse(s, 0), ping: true}
	defer w.pulse.stop()
	w.pulse.ask()
	_ = w.loop() // that the session is dead is told to whoever needs it
}
