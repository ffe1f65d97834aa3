package report

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Sink handles events, one at a time, in order. Handle must not block for long: it is called with the log
// locked, and must not call the log.
type Sink interface {
	Handle(Event)
	// Close writes the rest. It is called once.
	Close() error
}

// Log gives events numbers, times and parents, and sends them to its sinks. It is safe for concurrent use.
// The nil *Log drops everything.
type Log struct {
	now func() time.Time

	masks  atomic.Pointer[masks]
	active atomic.Int64 // the time of the last sign of life, in nanoseconds since 1970

	mu     sync.Mutex
	sinks  []Sink
	seq    uint64
	entry  uint64
	closed bool
}

// NewLog returns a log that writes to the sinks. now returns the time; nil means time.Now.
func NewLog(now func() time.Time, sinks ...Sink) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{now: now, sinks: sinks}
}

// Add adds a sink, which gets all later events.
func (l *Log) Add(s Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sinks = append(l.sinks, s)
}

// Remove removes a sink without closing it.
func (l *Log) Remove(s Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, x := range l.sinks {
		if x == s {
			l.sinks = append(l.sinks[:i:i], l.sinks[i+1:]...)
			return
		}
	}
}

// Close closes all sinks and returns their errors. Later events are dropped.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var errs []error
	for _, s := range l.sinks {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (l *Log) emit(e Event) Event {
	if l == nil {
		return e
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e = l.masks.Load().event(e)
	l.seq++
	e.Seq, e.Time = l.seq, l.now()
	if e.Kind != Progress { // which tells of attempts
		l.active.Store(e.Time.UnixNano())
	}
	if e.Kind == Begin {
		l.entry++
		e.Entry = l.entry
	}
	if !l.closed {
		for _, s := range l.sinks {
			s.Handle(e)
		}
	}
	return e
}

// Active notes a sign of life that is no event, such as output of a command that runs.
func (l *Log) Active() {
	if l != nil {
		l.active.Store(l.now().UnixNano())
	}
}

// Silence returns the time since the last event, except Progress, or call of Active.
func (l *Log) Silence() time.Duration { return l.now().Sub(time.Unix(0, l.active.Load())) }

// Emit sends an event, in the innermost entry of ctx unless it names one.
func (l *Log) Emit(ctx context.Context, e Event) {
	if p := Current(ctx); p != nil && e.Entry == 0 {
		e.Entry = p.entry
		if e.Machine == "" && e.Kind == Message {
			e.Machine = p.machine
		}
	}
	l.emit(e)
}

// Logf writes a message in the innermost entry of ctx.
func (l *Log) Logf(ctx context.Context, level Level, format string, args ...any) {
	l.Emit(ctx, Event{Kind: Message, Level: level, Text: fmt.Sprintf(format, args...)})
}

type (
	spanKey   struct{}
	sourceKey struct{}
)

// WithSource returns a context whose entries have the place in the script that src returns.
func WithSource(ctx context.Context, src func() *Source) context.Context {
	return context.WithValue(ctx, sourceKey{}, src)
}

// Current returns the innermost open entry of the context, nil when there is none.
func Current(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// WithSpan returns a context in which s is the innermost open entry. Scopes of a script use it, because they
// outlive the call that opened them.
func WithSpan(ctx context.Context, s *Span) context.Context {
	return context.WithValue(ctx, spanKey{}, s)
}

// Entry describes an entry for [Log.Begin].
type Entry struct {
	Action  Action
	Machine string
	Text    string
	Timeout time.Duration     // of a wait
	Attrs   map[string]string // further ones, for the reports
}

// Span is an open entry.
type Span struct {
	log     *Log
	entry   uint64
	machine string
	start   time.Time

	mu    sync.Mutex
	ended bool
	cmd   *Command
}

// Begin opens an entry below the innermost one of ctx and returns a context in which it is the innermost.
// The caller must call End.
func (l *Log) Begin(ctx context.Context, e Entry) (context.Context, *Span) {
	ev := Event{Kind: Begin, Action: e.Action, Machine: e.Machine, Text: e.Text, Timeout: e.Timeout, Attrs: e.Attrs}
	if p := Current(ctx); p != nil {
		ev.Parent = p.entry
	}
	if f, ok := ctx.Value(sourceKey{}).(func() *Source); ok {
		ev.Source = f()
	}
	ev = l.emit(ev)
	s := &Span{log: l, entry: ev.Entry, machine: e.Machine, start: ev.Time}
	return WithSpan(ctx, s), s
}

// SetCommand sets the command of the entry, which its End event includes.
func (s *Span) SetCommand(c *Command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = c
}

// Progress reports what the entry is doing now. A nil Span drops it.
func (s *Span) Progress(format string, args ...any) {
	if s != nil {
		s.log.emit(Event{Kind: Progress, Entry: s.entry, Machine: s.machine, Text: fmt.Sprintf(format, args...)})
	}
}

// End closes the entry: passed when err is nil, interrupted when it is a cancelled context, what it says itself when it
// has the method Outcome() (Status, string), else failed. Later calls do nothing.
func (s *Span) End(err error) {
	s.mu.Lock()
	ended, cmd := s.ended, s.cmd
	s.ended = true
	s.mu.Unlock()
	if ended || s.log == nil {
		return
	}
	ev := Event{Kind: End, Entry: s.entry, Machine: s.machine, Status: Passed, Command: cmd, Duration: s.log.now().Sub(s.start)}
	if err != nil {
		var own interface{ Outcome() (Status, string) }
		switch {
		case errors.Is(err, context.Canceled):
			ev.Status, ev.Error = Interrupted, err.Error()
		case errors.As(err, &own):
			ev.Status, ev.Error = own.Outcome()
		default:
			ev.Status, ev.Error = Failed, err.Error()
		}
	}
	s.log.emit(ev)
}

// SetSerial shows or hides the machines' serial lines in the sinks that show them on a terminal; the reports
// keep them.
func (l *Log) SetSerial(on bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sinks {
		if s, ok := s.(interface{ SetSerial(bool) }); ok {
			s.SetSerial(on)
		}
	}
}
