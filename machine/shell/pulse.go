package shell

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// pulseEvery is how often the worker is asked for a sign of life while a command runs. It answers at once, whatever
	// the command does.
	pulseEvery = 250 * time.Millisecond
	// silentAgain is how often it is told that it still does not answer.
	silentAgain = 30 * time.Second
	// silentLeast is the shortest silence that is worth a word at the end of a command.
	silentLeast = time.Second
)

// pulse asks the worker for signs of life. That there is none is no reason to give it up: the guest may be paused, or have
// too much to do. It is what the log tells, and whoever waited in vain.
type pulse struct {
	s     *Session
	asked int           // the number of the last question
	since time.Time     // since when its answer has been awaited; zero when it has come
	used  time.Duration // processor time of the guest a moment after that; below 0: not asked for, or not known
	tell  time.Duration // after which silence something is to be told
	moved int64         // bytes that had been written at the last tick
	last  time.Time     // of the tick before
	work  sync.WaitGroup
}

// ask sends a question unless one is under way.
func (p *pulse) ask() {
	if !p.since.IsZero() {
		return
	}
	p.asked++
	p.since, p.tell = time.Now(), p.s.opts.Silence
	p.used = -1
	p.s.ask("e %d", p.asked)
}

// forget awaits no answer any more.
func (p *pulse) forget() { p.since = time.Time{} }

// answered takes an answer. Those to questions of earlier commands come late and are dropped.
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

// silent is for how long there has been no answer, 0 where that is not long.
func (p *pulse) silent() time.Duration {
	if p.since.IsZero() || time.Since(p.since) < silentLeast {
		return 0
	}
	return time.Since(p.since)
}

// tick asks, or tells that there is no answer.
func (p *pulse) tick() {
	now := time.Now()
	late := now.Sub(p.last) > 2*pulseEvery
	p.last = now
	if p.s.cur == nil {
		return
	}
	port := p.s.port
	written := port.written.Load()
	moved := written != p.moved || len(port.in) > 0
	p.moved = written
	if p.since.IsZero() {
		p.ask()
		return
	}
	if p.used < 0 && p.s.opts.Used != nil {
		p.used = p.s.opts.Used()
	}
	switch silent := time.Since(p.since); {
	case late || moved:
		// This process has been stopped, or there is more to be sent or to be read: the answer may be on its way.
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

// silence says what is known of a guest that does not answer. used is the processor time that it has used meanwhile, below
// 0 when that is not known.
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
		text += fmt.Sprintf("; it has used %.1f s of processor time meanwhile", used.Seconds())
	}
	return text
}

// stateTimeout bounds the question for a guest's state.
const stateTimeout = time.Second
