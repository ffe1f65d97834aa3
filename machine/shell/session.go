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

// Greeting is in the line with which the guest's root shell begins.
const Greeting = "Spawning backdoor root shell..."

// Options change how a session works. The zero value is good.
type Options struct {
	// Logf gets what the guest writes to the console outside of the protocol, a line at a time, and what the session
	// has to tell: answers that nobody has asked for, a guest that does not answer.
	Logf func(format string, args ...any)
	// HeldAfter is how long a command may be over while something still holds its standard output
	// before OnHeld is called; 0 is 10 s.
	HeldAfter time.Duration
	// Grace is how long a command that was cut has to end before it is killed; 0 is 5 s.
	Grace time.Duration
	// Patience is how long whoever waits for a command that was cut waits for its end; 0 is 1.5 s. The command after it
	// is not begun before.
	Patience time.Duration
	// Silence is how long the guest may not answer until Logf is told; 0 is 4 s.
	Silence time.Duration
	// State, if not nil, tells what the host knows about a guest that does not answer, such as "the guest is paused"; ""
	// is nothing.
	State func(ctx context.Context) string
	// Used, if not nil, tells how much processor time the guest has used so far.
	Used func() time.Duration
	// DataFD is the descriptor under which the root shell has the data port open already; 0 lets it look for
	// the virtserialport named DataPortName.
	DataFD int
}

// Session is a guest's root shell, and the next one when that ends. It runs one command at a time; further callers
// queue. One goroutine owns the protocol's state, and others hand it what to do.
type Session struct {
	console *link
	data    *link // nil without a data port
	opts    Options

	do     chan func()     // what the owner of the following is to do
	closed context.Context // ends when the session is closed
	close  context.CancelFunc
	work   sync.WaitGroup

	phase    phase
	mark     string    // begins what this shell's worker says
	workers  int       // how many were started; the number of the last one
	launched time.Time // when the root shell was last told to start a worker; zero: not since the guest has begun
	stranger bool      // a worker has come that was started before
	failures int       // how many workers in a row have ended before they were ready
	relaunch <-chan time.Time
	gone     <-chan time.Time // after the port was closed: until that is told, unless a reset explains it
	lines    map[*link]*lines // what is no answer
	port     *link            // data or console, from the worker's first word on
	scan     scanner          // of port
	next     record           // what the worker has told behind the output that is being taken
	greeting bool             // the console has brought one, perhaps, within a command's output
	tail     []byte           // the end of what the console has brought
	queue    []*run
	cur      *run
	ready    process // the bash that waits for a script
	runs     uint64  // of this worker
	outbox   []message
	unread   bool // the worker has not acknowledged the last message yet
	pulse    pulse

	mu    sync.Mutex
	state state
}

// state is what others may know.
type state struct {
	up      bool
	info    Info
	lost    int           // how many shells have been lost
	missing error         // what keeps the guest's shell from working
	dead    *DeadError    // set for good
	changed chan struct{} // closed at the next change
}

// phase is how far the root shell is.
type phase int

const (
	waiting  phase = iota // for the greeting
	starting              // the root shell was told to start a worker
	loading               // the worker's first part has asked for the rest
	up                    // commands can be run
)

// process is one in the guest, and the number of the command that it runs or will run.
type process struct {
	pid     string
	command uint64
}

// Info is what a session found out about its guest.
type Info struct {
	// DataPort reports whether the flow-controlled port is used, not the console.
	DataPort bool
	// Bash is the version of the guest's bash.
	Bash string
}

// New returns a session over the virtio console and, unless it is nil, the data port. The session owns
// both connections. Call Handshake next.
func New(console, data net.Conn, opts Options) *Session {
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
	s.work.Go(s.own)
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

// change changes what others know, and tells them.
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

// Handshake waits until commands can be run. It may take as long as the guest's boot: ctx bounds it.
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

// Reset says that the guest has begun anew (a reboot, the stage after an initrd) at that time by the wall clock: what was
// asked of it before is forgotten, and the next shell is waited for. One that was reached after that time is not the
// one that is meant.
func (s *Session) Reset(at time.Time) {
	s.since(at, func() {
		s.console.flush()
		if s.data != nil {
			s.data.flush()
		}
		s.launched = time.Time{}
		s.lose(&LostError{Reason: reasonReset})
		if s.greeting && s.phase == waiting { // of the shell that is waited for, unless it only looked like one
			s.launch()
		}
	})
}

// PortClosed says that nobody in the guest has had the data port open any more at that time by the wall clock.
func (s *Session) PortClosed(at time.Time) {
	s.since(at, func() {
		if s.gone == nil && s.phase == up && s.port == s.data {
			s.gone = time.After(resetDelay)
		}
	})
}

// resetDelay is how much later than the end of its devices' use a reset may be told.
const resetDelay = 500 * time.Millisecond

// since does something unless the shell is younger.
func (s *Session) since(at time.Time, f func()) {
	s.post(func() {
		if s.launched.IsZero() || !at.Before(s.launched) {
			f()
		}
	})
}

// post has the owner do something. It reports false when the session is closed.
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
	s.pulse.s = s
	ticker := time.NewTicker(pulseEvery)
	defer ticker.Stop()
	for s.step(ticker.C) {
	}
	s.pulse.work.Wait()
}

// step waits for one thing to happen, and does what is to be done then. It reports false when the session was closed.
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
	if w.pending != (delivery{}) { // not before it is taken is more taken
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
		s.lose(&LostError{Reason: "the guest's root shell ended meanwhile: nobody has its port open any more"})
	case <-tick:
		s.pulse.tick()
	case <-s.closed.Done():
		s.die(&DeadError{Reason: "it was closed"})
		return false
	}
	return true
}

// drain takes what came before a link's end, and then that.
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

// lose forgets the worker. Whoever waits for its answer gets the error; what was not begun was not sent.
func (s *Session) lose(err error) {
	s.relaunch, s.gone = nil, nil
	port, rest := s.port, s.scan.buf
	s.port, s.scan, s.next, s.ready, s.runs, s.mark = nil, scanner{}, record{}, process{}, 0, ""
	s.outbox, s.unread = nil, false
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
	if len(rest) > 0 { // the next shell's greeting, perhaps
		s.aside(port, rest)
	}
}

// absent is why a command can't be begun now, or nil.
func (s *Session) absent() error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.phase != up {
		return &NoShellError{}
	}
	return nil
}
