package shell

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// DataPortName is the name that the virtserialport for the session's data must have:
// -device virtserialport,chardev=…,name=<DataPortName>.
const DataPortName = "org.gotest-driver.shell"

// Greeting is in the line with which the guest's root shell begins.
const Greeting = "Spawning backdoor root shell..."

//go:embed worker.sh
var worker string

// Options change how a session works. The zero value is good.
type Options struct {
	// Logf gets what the guest writes to the console outside of the protocol, a line at a time.
	Logf func(format string, args ...any)
	// HeldAfter is how long a command may be over while something still holds its standard output
	// before OnHeld is called; 0 is 10 s.
	HeldAfter time.Duration
	// Silence is how long the worker may be silent, which answers at once whatever a command does, before Excuse is
	// asked; 0 is 1.5 s. A guest that has been slower of late is given more time.
	Silence time.Duration
	// Excuse, if not nil, tells why a guest that has been silent for that long can't be expected to answer (it is
	// paused, it has much to do), so that it is waited for; "" means that there is no reason, and ends the session.
	// The context ends when the session is closed. It may be called again before it has returned.
	Excuse func(ctx context.Context, silent time.Duration) string
	// Grace is how long a command that was cut has to end before it is killed, and again before the
	// session is declared dead; 0 is 5 s.
	Grace time.Duration
	// DataFD is the descriptor under which the root shell has the data port open already; 0 lets it look for
	// the virtserialport named DataPortName.
	DataFD int
}

// Session is a guest's root shell. It runs one command at a time; further callers queue.
type Session struct {
	console *link
	data    *link // nil without a data port
	port    *link // the one in use: data or console
	opts    Options
	info    Info

	turn  chan struct{} // holds one token; its owner uses port, scan and the fields below
	scan  scanner
	ready string // process id of the bash that waits for a script, or empty
	runs  uint64
	busy  *run // a command that nobody waits for

	questions int           // how many signs of life the worker was asked for
	slowest   time.Duration // that one took, of late

	ran    chan struct{}   // gets a token when a command was waited for
	closed context.Context // ends when the session is closed
	close  context.CancelFunc
	work   sync.WaitGroup

	mu   sync.Mutex
	dead *DeadError
	done chan struct{} // closed when dead is set
}

// Info is what a session found out about its guest.
type Info struct {
	// DataPort tells whether the flow-controlled port is used, not the console.
	DataPort bool
	// Bash is the version of the guest's bash.
	Bash string
}

// New makes a session over the virtio console and, unless it is nil, the data port. The session owns
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
		opts.Silence = 1500 * time.Millisecond
	}
	s := &Session{opts: opts, turn: make(chan struct{}, 1), done: make(chan struct{}), ran: make(chan struct{}, 1)}
	s.closed, s.close = context.WithCancel(context.Background())
	broken := func(err error) { s.die("a request could not be sent", err) }
	s.console = newLink(console, broken)
	if data != nil {
		s.data = newLink(data, broken)
	}
	s.turn <- struct{}{}
	s.work.Go(s.keep)
	return s
}

// Info tells what Handshake found out.
func (s *Session) Info() Info { return s.info }

// Done is closed when the session is dead or closed. After a Reset it is another channel.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// Err is a [*DeadError] when the session is dead or closed, else nil.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead == nil {
		return nil
	}
	return s.dead
}

// Close ends the session and its connections. Waiting calls fail with a [*DeadError].
func (s *Session) Close() error {
	s.die("it was closed", nil)
	s.close()
	s.console.close()
	if s.data != nil {
		s.data.close()
	}
	s.work.Wait()
	return nil
}

func (s *Session) die(reason string, cause error) error {
	return s.fall(&DeadError{Reason: reason, Cause: cause})
}

func (s *Session) fall(dead *DeadError) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead == nil {
		s.dead = dead
		close(s.done)
	}
	return s.dead
}

// Reset forgets the worker: the guest has begun anew (a reboot, the stage after an initrd), and Handshake
// will wait for its greeting. A session that is dead stays so, unless it was for its silence.
func (s *Session) Reset(ctx context.Context) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer s.unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead != nil {
		if !s.dead.Silent {
			return s.dead
		}
		s.dead, s.done = nil, make(chan struct{})
	}
	s.port, s.ready, s.busy, s.scan = nil, "", nil, scanner{}
	return nil
}

// lock waits for the caller's turn.
func (s *Session) lock(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return err
	}
	select {
	case <-s.turn:
		return nil
	case <-s.Done():
		return s.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) unlock() { s.turn <- struct{}{} }

// Handshake waits for the guest's root shell and puts the worker into it. What the guest writes before is
// logged. It may take as long as the guest's boot: ctx bounds it.
func (s *Session) Handshake(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	if err := s.awaitGreeting(ctx); err != nil {
		return err
	}
	s.scan = scanner{mark: []byte("\x1e" + rand.Text() + ":")}
	tries := 0
	if s.data != nil {
		tries = 20
	}
	// In a session of its own the worker has no terminal, so that commands can have process groups. Its
	// standard input is no terminal because bash opens that one anew, which would make it the session's.
	line := fmt.Sprintf("M=%s N=%s T=%d F=%d $(type -P setsid) bash -c %s 30<&0 29>&1 </dev/null >/dev/null\n",
		shellescape.Quote(string(s.scan.mark)), DataPortName, tries, s.opts.DataFD, shellescape.Quote(worker))
	s.send(s.console, line)
	return s.awaitWorker(ctx)
}

func (s *Session) awaitGreeting(ctx context.Context) error {
	var rest []byte
	for {
		block, err := s.receive(ctx, s.console)
		if err != nil {
			return err
		}
		rest = append(rest, block...)
		for {
			line, after, ok := strings.Cut(string(rest), "\n")
			if !ok {
				break
			}
			rest = []byte(after)
			if line = strings.TrimRight(line, "\r"); strings.Contains(line, Greeting) {
				return nil
			}
			s.opts.Logf("%s", strings.ToValidUTF8(line, ""))
		}
		if len(rest) > readSize { // not a line: keep what the greeting may begin in
			s.opts.Logf("%s", strings.ToValidUTF8(string(rest[:readSize/2]), ""))
			rest = append([]byte(nil), rest[readSize/2:]...)
		}
	}
}

// awaitWorker waits for the worker's first record, on the console or on the data port.
func (s *Session) awaitWorker(ctx context.Context) error {
	scans := map[*link]*scanner{s.console: {mark: s.scan.mark}}
	var dataIn chan []byte
	if s.data != nil {
		scans[s.data] = &scanner{mark: s.scan.mark}
		dataIn = s.data.in
	}
	for {
		from := s.console
		var block []byte
		select {
		case block = <-s.console.in:
		case block = <-dataIn:
			from = s.data
		case <-s.console.closed:
			select {
			case block = <-s.console.in: // what came before the end
			default:
				return s.die("its console was closed", s.console.err)
			}
		case <-s.Done():
			return s.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
		scan := scans[from]
		scan.feed(block)
		_, rec, ok, err := scan.next()
		switch {
		case err != nil:
			return s.die(err.Error(), nil)
		case !ok:
			continue
		case rec.kind != 'H':
			return s.die(fmt.Sprintf("it began with record %c", rec.kind), nil)
		}
		words := strings.Fields(rec.args)
		if len(words) < 2 {
			return s.die(fmt.Sprintf("it began with %q", rec.args), nil)
		}
		if len(words) > 2 {
			return &MissingToolError{Tools: words[2:]}
		}
		s.port, s.scan = from, *scan
		s.info = Info{DataPort: from == s.data, Bash: words[1]}
		return nil
	}
}

// receive returns the next block of bytes from a link.
func (s *Session) receive(ctx context.Context, l *link) ([]byte, error) {
	select {
	case block := <-l.in:
		return block, nil
	default:
	}
	select {
	case block := <-l.in:
		return block, nil
	case <-l.closed:
		select {
		case block := <-l.in:
			return block, nil
		default:
		}
		return nil, s.die("its connection was closed", l.err)
	case <-s.Done():
		return nil, s.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// send has a message sent. That it can't be is the session's end.
func (s *Session) send(l *link, text string) {
	select {
	case l.out <- []byte(text):
	case <-s.Done():
	}
}
