package shell

import (
	"context"
	"net"
	"sync"
	"time"
)

// DataPortName is the name that the virtserialport for the session's data must have:
// -device virtserialport,chardev=…,name=<DataPortName>.
const DataPortName = "org.gotest-driver.shell"

// Greeting is part of the first line of the guest's root shell.
const Greeting = "Spawning backdoor root shell..."

// Options are the options of a session. The zero value is useful.
type Options struct {
	// Logf gets the lines that the guest writes to the console outside the protocol, and the session's messages:
	// unexpected answers, a guest that does not answer.
	Logf func(format string, args ...any)
	// HeldAfter is the time after the end of a command until OnHeld is called for processes that still hold its
	// standard output; 0 means 10 s.
	HeldAfter time.Duration
	// Grace is the time from SIGTERM to SIGKILL for a command that is cut; 0 means 5 s.
	Grace time.Duration
	// Patience is the time that Run waits for the end of a command that was cut; 0 means 1.5 s. The next command does
	// not start before the command has ended.
	Patience time.Duration
	// Silence is the time without an answer after which the session logs a message; 0 means 4 s.
	Silence time.Duration
	// State, if not nil, returns what the host knows about a guest that does not answer, such as "the guest is paused",
	// or "".
	State func(ctx context.Context) string
	// Used, if not nil, returns the processor time that the guest has used so far.
	Used func() time.Duration
	// DataFD is the descriptor under which the root shell already has the data port open; 0 makes it search for
	// the virtserialport named DataPortName.
	DataFD int
}

// Session is a guest's root shell, and the next one when it ends. It runs one command at a time; other callers
// wait in a queue. One goroutine owns the state of the protocol, and others send it functions to call.
type Session struct {
	console *link
	data    *link // nil without a data port
	opts    Options

	do     chan func()     // functions for the goroutine that owns the following
	closed context.Context // ends when the session is closed
	close  context.CancelFunc
	work   sync.WaitGroup

	phase    phase
	mark     string    // begins each message of this shell's worker
	workers  int       // the number of workers so far, which is the number of the last one
	launched time.Time // when the root shell last got the command to start a worker; zero: not since the guest started
	stranger bool      // a worker that was started earlier has sent a message
	failures int       // the number of workers in a row that ended before they were ready
	relaunch <-chan time.Time
	gone     <-chan time.Time // after the port was closed: until this counts as the end of the shell, unless a reset explains it
	lines    map[*link]*lines // input that is not part of an answer
	port     *link            // data or console, from the worker's first message on
	scan     scanner          // of port
	next     record           // the worker's message after the output that is being passed on
	greeting bool             // the console may have had one, within a command's output
	tail     []byte           // the end of the input from the console
	queue    []*run
	cur      *run
	ready    process // the bash that waits for a script
	runs     uint64  // of this worker
	outbox   []message
	unread   bool // the worker has not acknowledged the last message yet
	pulse    pulse
	lost     map[string]bool // programs that this shell's guest has no longer

	mu    sync.Mutex
	state state
}

// state is the state that other goroutines may read.
type state struct {
	up      bool
	info    Info
	lost    int           // the number of lost shells
	missing error         // why the guest's shell can't work
	dead    *DeadError    // set at the end
	changed chan struct{} // closed at the next change
}

// phase is the state of the root shell.
type phase int

const (
	waiting  phase = iota // for the greeting
	starting              // the root shell got the command to start a worker
	loading               // the worker's first part has asked for the rest
	up                    // commands can be run
)

// process is a process in the guest, and the number of the command that it runs or will run.
type process struct {
	pid     string
	command uint64
}

// Info describes the guest of a session.
type Info struct {
	// DataPort reports whether the session uses the flow-controlled port, not the console.
	DataPort bool
	// Bash is the version of the guest's bash.
	Bash string
}

// New returns a session over the virtio console and, unless it is nil, the data port. The session owns
// both connections. Call Handshake next.
func New(console, data net.Conn, opts Options) *Session {
	s := newSession(console, data, opts)
	s.work.Go(s.own)
	return s
}

// newSession returns a session that nobody owns yet.
func newSession(console, data net.Conn, opts Options) *Session {
	if opts.Logf == nil {
		opts.Logf = func(string, ...any) {}
	}
	if opts.HeldAfter == 0 {
		opts.HeldAfter = 10 * time.Second
	}
	if opts.Grace == 0 {
		opts.Grace = 5 * time.Second
	}
	if opts.Silence == 0 {
		opts.Silence = 4 * time.Second
	}
	if opts.Patience == 0 {
		opts.Patience = 1500 * time.Millisecond
	}
	s := &Session{opts: opts, do: make(chan func()), console: newLink(console), lines: map[*link]*lines{}}
	s.state.changed = make(chan struct{})
	s.lines[s.console] = &lines{}
	if data != nil {
		s.data = newLink(data)
		s.lines[s.data] = &lines{}
	}
	s.closed, s.close = context.WithCancel(context.Background())
	s.pulse.s = s
	return s
}

// Info returns what is known of the guest since its last handshake.
func (s *Session) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.info
}

// Err returns a [*DeadError] when the session is dead or closed, else nil.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.dead == nil {
		return nil
	}
	return s.state.dead
}

// Lost returns the number of root shells that have ended: by a reset, or by themselves.
func (s *Session) Lost() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.lost
}

// change changes the state and wakes those who wait for a change.
func (s *Session) change(f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.state)
	close(s.state.changed)
	s.state.changed = make(chan struct{})
}

// Close ends the session and its connections. Waiting calls fail with a [*DeadError].
func (s *Session) Close() error {
	s.close()
	s.work.Wait()
	s.console.close()
	if s.data != nil {
		s.data.close()
	}
	return nil
}

// Handshake waits until commands can run. It may take as long as the guest's boot; ctx limits it.
func (s *Session) Handshake(ctx context.Context) error {
	for {
		s.mu.Lock()
		st := s.state
		s.mu.Unlock()
		switch {
		case st.dead != nil:
			return st.dead
		case st.missing != nil:
			return st.missing
		case st.up:
			return nil
		}
		select {
		case <-st.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Reset reports to the session that the guest restarted (a reboot, the stage after an initrd) at that time by the wall
// clock. The session drops all earlier requests and waits for the next shell. It ignores the reset if it reached its
// shell after that time. reason is the reason of a command's [LostError], such as [ReasonReset].
func (s *Session) Reset(at time.Time, reason string) {
	s.since(at, func() {
		s.console.flush()
		if s.data != nil {
			s.data.flush()
		}
		s.launched = time.Time{}
		s.lose(&LostError{Reason: reason, Broken: reason == ReasonPanic})
		if s.greeting && s.phase == waiting { // of the next shell, unless it only looked like a greeting
			s.launch()
		}
	})
}

// PortClosed reports to the session that the last process in the guest closed the data port at that time by the wall clock.
func (s *Session) PortClosed(at time.Time) {
	s.since(at, func() {
		if s.gone == nil && s.phase == up && s.port == s.data {
			s.gone = time.After(resetDelay)
		}
	})
}

// resetDelay is the longest time from the closing of the ports to the report of a reset.
const resetDelay = 500 * time.Millisecond

// since calls f unless the shell started after that time.
func (s *Session) since(at time.Time, f func()) {
	s.post(func() {
		if s.launched.IsZero() || !at.Before(s.launched) {
			f()
		}
	})
}

// post makes the owner call f. It returns false when the session is closed.
func (s *Session) post(f func()) bool {
	select {
	case s.do <- f:
		return true
	case <-s.closed.Done():
		return false
	}
}

// own is the goroutine that owns the session's state.
func (s *Session) own() {
	ticker := time.NewTicker(pulseEvery)
	defer ticker.Stop()
	for s.step(ticker.C) {
	}
	s.pulse.work.Wait()
}

// step waits for the next event and handles it. It returns false when the session is closed.
func (s *Session) step(tick <-chan time.Time) bool {
	consoleIn, consoleClosed := s.console.in, s.console.closed
	var dataIn, dataClosed = chan []byte(nil), chan struct{}(nil)
	if s.data != nil {
		dataIn, dataClosed = s.data.in, s.data.closed
	}
	if s.Err() != nil {
		consoleIn, consoleClosed, dataIn, dataClosed = nil, nil, nil, nil
	}
	w := &run{}
	if s.cur != nil {
		w = s.cur
	}
	var out chan<- delivery
	if w.pending != (delivery{}) { // read no more input before it is delivered
		out = w.out
		if s.port == s.console {
			consoleIn, consoleClosed = nil, nil
		} else {
			dataIn, dataClosed = nil, nil
		}
	}
	var first <-chan time.Time
	if len(s.queue) > 0 {
		first = s.queue[0].deadline
	}
	select {
	case b := <-consoleIn:
		s.take(s.console, b)
	case b := <-dataIn:
		s.take(s.data, b)
	case <-consoleClosed:
		s.drain(s.console, "its console was closed")
	case <-dataClosed:
		s.drain(s.data, "its data port was closed")
	case out <- w.pending:
		w.pending = delivery{}
		s.advance()
	case f := <-s.do:
		f()
	case <-w.deadline:
		w.deadline = nil
		s.cut(w, nil)
	case <-w.grace:
		s.cut(w, w.cause)
	case <-w.patience:
		s.giveUp(w)
	case b := <-w.next:
		s.input(w, b)
	case <-w.probe:
		if s.ready.command == w.id {
			s.ask("p %d %s", w.id, s.ready.pid)
		}
	case <-first:
		s.finish(s.pop(), s.busy())
		s.begin()
	case <-s.relaunch:
		s.launch()
	case <-s.gone:
		s.lose(&LostError{Reason: "the guest's root shell ended: no process has its port open any more"})
	case <-tick:
		s.pulse.tick()
	case <-s.closed.Done():
		s.die(&DeadError{Reason: "it was closed"})
		return false
	}
	return true
}

// drain handles the input from before a link's end, and then the end.
func (s *Session) drain(l *link, reason string) {
	select {
	case b := <-l.in:
		s.take(l, b)
	default:
		s.die(&DeadError{Reason: reason, Cause: l.reason()})
	}
}

// die ends the session for good.
func (s *Session) die(dead *DeadError) {
	if s.Err() != nil {
		return
	}
	s.change(func(st *state) { st.dead = dead })
	s.lose(dead)
}

// lose gives up the worker. The command that it ran gets the error; the queued commands were not sent.
func (s *Session) lose(err error) {
	s.relaunch, s.gone = nil, nil
	port, rest := s.port, s.scan.buf
	s.port, s.scan, s.next, s.ready, s.runs, s.mark = nil, scanner{}, record{}, process{}, 0, ""
	s.outbox, s.unread, s.lost = nil, false, nil
	s.pulse.forget()
	was := s.phase
	s.phase = waiting
	s.change(func(st *state) {
		if was == up || st.missing != nil {
			st.lost++
		}
		st.up, st.missing = false, nil
	})
	if cur := s.cur; cur != nil {
		s.cur = nil
		s.finish(cur, err)
	}
	for len(s.queue) > 0 {
		s.finish(s.pop(), s.absent())
	}
	if len(rest) > 0 { // may be the next shell's greeting
		s.aside(port, rest)
	}
}

// absent returns why a command can't start now, or nil.
func (s *Session) absent() error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.phase != up {
		return &NoShellError{}
	}
	return nil
}
