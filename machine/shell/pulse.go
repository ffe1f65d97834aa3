package shell

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// pulseEvery is the interval between questions to the worker for a sign of life while a command runs, and the time until
	// the first one. The worker answers at once, whatever the command does.
	pulseEvery = 250 * time.Millisecond
	// silentAgain is the interval between log messages about a guest that still does not answer.
	silentAgain = 30 * time.Second
	// silentLeast is the shortest silence that is mentioned at the end of a command.
	silentLeast = time.Second
)

// pulse asks the worker for signs of life. A missing answer is no reason to give up, because the guest may be paused or
// busy; it is only logged, and mentioned in the result of a command that was cut.
type pulse struct {
	s     *Session
	asked int           // the number of the last question
	since time.Time     // since when its answer has been missing; zero when it has come
	used  time.Duration // processor time of the guest a moment after that; below 0: not asked for, or unknown
	tell  time.Duration // the silence after which the next message is logged
	moved int64         // bytes written before the last tick
	last  time.Time     // of the last tick
	work  sync.WaitGroup
}

// ask sends a question unless the last one is still unanswered.
func (p *pulse) ask() {
	if !p.since.IsZero() {
		return
	}
	p.asked++
	p.since, p.tell = time.Now(), p.s.opts.Silence
	p.used = -1
	p.s.ask("e %d", p.asked)
}

// forget stops waiting for an answer.
func (p *pulse) forget() { p.since = time.Time{} }

// answered handles an answer. Late answers to questions of earlier commands are dropped.
func (p *pulse) answered(args string) {
	var n, alive int
	if _, err := fmt.Sscanf(args, "%d %d", &n, &alive); err != nil || n != p.asked || p.since.IsZero() {
		return
	}
	if silent := time.Since(p.since); p.tell != p.s.opts.Silence {
		p.s.opts.Logf("the guest's root shell answers again, after %v", silent.Round(100*time.Millisecond))
	}
	p.forget()
	if alive == 0 && p.s.cur != nil {
		p.s.killed()
	}
}

// silent returns for how long there has been no answer, 0 if that is not long.
func (p *pulse) silent() time.Duration {
	if p.since.IsZero() || time.Since(p.since) < silentLeast {
		return 0
	}
	return time.Since(p.since)
}

// tick asks, or logs that there is no answer.
func (p *pulse) tick() {
	now := time.Now()
	late := now.Sub(p.last) > 2*pulseEvery
	p.last = now
	if p.s.cur == nil || p.s.cur.frozen {
		return
	}
	port := p.s.port
	written := port.written.Load()
	moved := written != p.moved || len(port.in) > 0
	p.moved = written
	if p.since.IsZero() {
		if now.Sub(p.s.cur.start) >= pulseEvery { // short commands need none
			p.ask()
		}
		return
	}
	if p.used < 0 && p.s.opts.Used != nil {
		p.used = p.s.opts.Used()
	}
	switch silent := time.Since(p.since); {
	case late || moved:
		// This process was stopped, or there is still data to send or to read: the answer may be on its way.
		if p.tell == p.s.opts.Silence {
			p.since = now
		}
	case silent > p.tell:
		p.tell = silentAgain * (1 + silent/silentAgain)
		used := time.Duration(-1)
		if p.used >= 0 {
			used = max(0, p.s.opts.Used()-p.used)
		}
		p.work.Go(func() { p.s.opts.Logf("%s", p.s.silence(silent, used)) })
	}
}

// silence describes a guest that does not answer. used is the processor time that it has used in that time, below 0 when
// it is unknown.
func (s *Session) silence(silent, used time.Duration) string {
	text := fmt.Sprintf("the guest's root shell has not answered for %v", silent.Round(time.Second))
	if s.opts.State != nil {
		ctx, cancel := context.WithTimeout(s.closed, stateTimeout)
		defer cancel()
		if state := s.opts.State(ctx); state != "" {
			text += ": " + state
		}
	}
	if used >= 0 {
		text += fmt.Sprintf("; it has used %.1f s of processor time since", used.Seconds())
	}
	return text
}

// stateTimeout bounds the question for a guest's state.
const stateTimeout = time.Second
