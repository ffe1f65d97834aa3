package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Exit statuses that the session gives itself.
const (
	// StatusTimeout is the status of a command that its timeout cut.
	StatusTimeout = 124
	// StatusUnknown is the status of a command with NoWait.
	StatusUnknown = -2
)

// Command is one command for the guest.
type Command struct {
	// Script is run by a fresh bash -c, as root, with set -euo pipefail. It may be of any size but
	// can't contain NUL.
	Script string
	// Timeout is how long it may run until it is cut, with status 124; 0 is no limit.
	Timeout time.Duration
	// Stdin, if not nil, is streamed to the command's standard input; else that is /dev/null.
	Stdin io.Reader
	// Stdout gets the standard output while it comes, from the goroutine that called Run; nil drops it.
	Stdout io.Writer
	// NoWait returns as soon as the script has been sent, with StatusUnknown. Its output is dropped;
	// the next command waits for its end.
	NoWait bool
	// OnHeld is called once, from the goroutine that called Run, when the command has ended but something
	// that it started has held its standard output for Options.HeldAfter. It gets those processes, each as name(pid).
	OnHeld func(holders []string)
}

// Result is what came of a command.
type Result struct {
	// Status is the exit status: 0 to 255, as bash tells it.
	Status int
	// Bytes is the length of the standard output.
	Bytes int64
	// TimedOut tells that the command's timeout cut it.
	TimedOut bool
	// Silent is for how long the guest had not answered when its command was given up; 0 is not long.
	Silent time.Duration
	// Duration is the time from the request to the end of the output.
	Duration time.Duration
}

// run is a command that is to be run, or under way.
type run struct {
	cmd    Command
	out    chan delivery // to the goroutine that called Run
	done   chan struct{} // closed when result and err are set
	result Result
	err    error

	id       uint64 // 0: not begun
	start    time.Time
	received int64 // bytes of output
	finished bool  // done is closed: nobody waits

	pending  delivery
	deadline <-chan time.Time // the command's timeout
	grace    <-chan time.Time // until it is killed, and again
	patience <-chan time.Time // until nobody waits for the end of what was cut
	probe    <-chan time.Time // asks whether the command has ended but something holds its output
	probes   int
	ticker   *time.Ticker // probe's
	cuts     int
	wasCut   time.Time
	cause    error        // why it was cut: nil is the timeout
	next     <-chan block // the block of standard input that is being read
	asking   bool         // the guest is to ask for the next block
}

// delivery is what whoever waits for a command gets: output, or who holds it.
type delivery struct {
	data    *[]byte
	holders *string
}

// name is the command in messages.
func (r *run) name() string {
	const most = 100
	line, _, more := strings.Cut(strings.TrimSpace(r.cmd.Script), "\n")
	if len(line) > most {
		line, more = strings.ToValidUTF8(line[:most], ""), true
	}
	if more {
		line += " …"
	}
	return line
}

// Run runs a command and waits until it has ended and its standard output was closed. When ctx ends first, the command
// is killed and the error is a [*CutError]. The error is a [*NoShellError] when nothing was sent because there is no
// root shell, and a [*LostError] when that ended before the command.
func (s *Session) Run(ctx context.Context, cmd Command) (Result, error) {
	if strings.IndexByte(cmd.Script, 0) >= 0 {
		return Result{}, errors.New("a command can't contain a NUL byte")
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	r := &run{cmd: cmd, out: make(chan delivery), done: make(chan struct{})}
	if !s.post(func() { s.enqueue(r) }) {
		return Result{}, s.Err()
	}
	defer context.AfterFunc(ctx, func() { s.post(func() { s.abandon(r, ctx.Err()) }) })()
	var failed error
	for {
		select {
		case d := <-r.out:
			if d.holders != nil {
				cmd.OnHeld(strings.Fields(*d.holders))
			} else if failed == nil {
				_, failed = cmd.Stdout.Write(*d.data)
			}
		case <-r.done:
			if r.err == nil && failed != nil {
				return r.result, fmt.Errorf("pass the command's output on: %w", failed)
			}
			return r.result, r.err
		}
	}
}

// enqueue has a command run after those before it.
func (s *Session) enqueue(r *run) {
	if err := s.absent(); err != nil {
		s.finish(r, err)
		return
	}
	s.queue = append(s.queue, r)
	s.begin()
}

// pop takes the first of the queue.
func (s *Session) pop() *run {
	r := s.queue[0]
	s.queue = s.queue[1:]
	return r
}

// begin sends the next script to the bash that waits for it, when there is one and no other command runs.
func (s *Session) begin() {
	if len(s.queue) == 0 || s.gone != nil {
		return
	}
	if s.cur != nil {
		// Nobody knows when a command ends that does not although it was cut.
		if first := s.queue[0]; s.cur.finished && s.cur.cuts > 0 && first.deadline == nil && first.cmd.Timeout > 0 {
			first.deadline = time.After(first.cmd.Timeout)
		}
		return
	}
	r := s.pop()
	s.cur = r
	s.greeting, s.tail = false, nil
	s.runs++
	r.id, r.start = s.runs, time.Now()
	stdin := " 0"
	if r.cmd.Stdin != nil {
		stdin = " 1"
	}
	s.send("x", r.id, r.cmd.Script, stdin)
	if r.cmd.NoWait {
		r.result.Status = StatusUnknown
		s.finish(r, nil)
		return
	}
	if r.cmd.Stdin != nil {
		r.next = readBlock(r.cmd.Stdin)
	}
	if r.cmd.Timeout > 0 && r.deadline == nil {
		r.deadline = time.After(r.cmd.Timeout)
	}
	if r.cmd.OnHeld != nil {
		r.ticker = time.NewTicker(s.opts.HeldAfter / heldProbes)
		r.probe = r.ticker.C
	}
}

// busy is why a command could not be begun within its limit.
func (s *Session) busy() error {
	if s.cur == nil { // it has ended, and so, it seems, has the shell
		return &NoShellError{}
	}
	return &BusyError{Command: s.cur.name(), Since: time.Since(s.cur.wasCut)}
}

// finish tells whoever waits for a command what came of it.
func (s *Session) finish(r *run, err error) {
	if r.ticker != nil {
		r.ticker.Stop()
	}
	r.pending, r.probe, r.patience, r.next = delivery{}, nil, nil, nil
	if r.finished {
		return
	}
	r.finished, r.err = true, err
	if r.id > 0 {
		r.result.Duration = time.Since(r.start)
	}
	close(r.done)
}

// abandon cuts a command whose context has ended, or takes it out of the queue.
func (s *Session) abandon(r *run, cause error) {
	if r.finished {
		return
	}
	for i, q := range s.queue {
		if q == r {
			s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
			s.finish(r, cause)
			s.begin()
			return
		}
	}
	r.deadline = nil
	s.cut(r, cause)
}

// heldProbes is how many times in a row, evenly within HeldAfter, a command's output must be found held.
const heldProbes = 2

// advance handles what the worker has said, until whoever waits for the output has to take some.
func (s *Session) advance() {
	for s.port != nil && (s.cur == nil || s.cur.pending == delivery{}) {
		if rec := s.next; rec.kind != 0 {
			s.next = record{}
			s.record(rec)
			continue
		}
		data, rec, ok, err := s.scan.next()
		s.next = rec
		if len(data) > 0 {
			s.output(data)
		}
		if err != nil {
			s.violated("%v", err)
			return
		}
		if !ok && len(data) == 0 {
			return
		}
	}
}

// output passes the command's output on. What comes while no command runs, or after nobody waits any more, may be a new
// shell's first line, where that has no other way.
func (s *Session) output(data []byte) {
	r := s.cur
	if r != nil {
		r.received += int64(len(data))
	}
	if s.port == s.console {
		s.tail = append(s.tail, data...)
		s.greeting = s.greeting || bytes.Contains(s.tail, []byte(Greeting))
		s.tail = bytes.Clone(s.tail[max(0, len(s.tail)-len(Greeting)):])
	}
	switch {
	case r == nil, r.finished && s.port == s.console:
		s.aside(s.port, data)
	case !r.finished && r.cmd.Stdout != nil:
		data = bytes.Clone(data)
		r.pending.data = &data
	}
}

// record handles what the worker tells.
func (s *Session) record(rec record) {
	switch rec.kind {
	case 'H':
		if s.phase == loading {
			s.started(rec.args)
			return
		}
	case 'P':
		s.pulse.answered(rec.args)
		return
	case 'Z':
		s.workerEnded()
		return
	case 'M':
		s.sendOut(true)
		return
	}
	id, rest, err := rec.command()
	if err != nil {
		s.violated("record %c%s", rec.kind, rec.args)
		return
	}
	if rec.kind == 'R' {
		s.ready = process{pid: rest, command: id}
		if r := s.cur; r != nil && r.id == id && r.cuts > 0 { // it was cut before it was there
			r.cuts = 0
			s.cut(r, r.cause)
		}
		return
	}
	r := s.cur
	if r == nil || r.id != id {
		if rec.kind == 'A' || rec.kind == 'G' { // these may come after the command's end
			return
		}
		s.opts.Logf("an answer about command %d of the guest's root shell was dropped: nobody waits for it (%c %s)", id, rec.kind, rest)
		return
	}
	switch rec.kind {
	case 'T':
		var status int
		var sent int64
		if _, err := fmt.Sscanf(rest, "%d %d", &status, &sent); err != nil {
			s.violated("a command's end was told as %q", rec.args)
			return
		}
		s.end(r, status, sent)
	case 'C':
		s.ask("a %d", id)
	case 'G':
		if r.probes++; r.probes == heldProbes+1 && !r.finished && r.cmd.OnHeld != nil {
			r.pending.holders = &rest
		}
	case 'A':
		if r.asking && !r.finished {
			r.asking = false
			r.next = readBlock(r.cmd.Stdin)
		}
	default:
		s.violated("record %c%s", rec.kind, rec.args)
	}
}

// cut ends a command in the guest: kindly, and after a while by force, again and again.
func (s *Session) cut(r *run, cause error) {
	if r.cuts == 0 && r.wasCut.IsZero() {
		r.wasCut, r.cause = time.Now(), cause
		r.patience = time.After(s.opts.Patience)
		s.pulse.ask()
	}
	r.cuts++
	r.grace = time.After(s.opts.Grace)
	if s.ready.command != r.id {
		return
	}
	signal := "TERM"
	if r.cuts > 1 {
		signal = "KILL"
	}
	s.ask("k %d %s %s", r.id, signal, s.ready.pid)
}

// giveUp lets go whoever waits for a command that was cut.
func (s *Session) giveUp(r *run) {
	r.result.Silent = s.pulse.silent()
	s.finish(r, s.cutResult(r))
	if s.greeting { // among its output, over the console: the shell that ran it may have gone
		s.lose(&LostError{Reason: reasonAnew})
		s.launch()
	}
	s.begin()
}

// cutResult is what came of a command that was cut.
func (s *Session) cutResult(r *run) error {
	if r.cause != nil {
		return &CutError{Elapsed: time.Since(r.start), Cause: r.cause}
	}
	r.result.Status, r.result.TimedOut, r.result.Bytes = StatusTimeout, true, r.received
	return nil
}

// end takes the status of a command and the length of its output. The worker makes itself ready for the next command, but it
// waits to be told when this one may have left something of its standard input or, ended by a signal, of its script.
func (s *Session) end(r *run, status int, sent int64) {
	if r.cmd.Stdin != nil || status > 128 {
		s.ask("n %d", r.id)
	}
	if r.finished { // whoever waited for it has what there was then
		s.over(r, nil)
		return
	}
	r.result.Status, r.result.Bytes = status, r.received
	err := r.err
	if r.cuts > 0 {
		err = s.cutResult(r)
	}
	if sent != r.received {
		err = cmp.Or(err, error(&LostBytesError{Sent: sent, Received: r.received}))
	}
	s.over(r, err)
}

// over lets the next command begin.
func (s *Session) over(r *run, err error) {
	s.cur = nil
	s.pulse.forget()
	s.finish(r, err)
	s.begin()
}

// killed says that the process that ran a command has gone without a word.
func (s *Session) killed() {
	r := s.cur
	if s.ready.command == r.id {
		s.ask("k %d KILL %s", r.id, s.ready.pid)
	}
	s.ask("n %d", r.id)
	s.over(r, &LostError{Reason: "the process in the guest that runs commands was killed (did the command kill its parent?)"})
}

// Output runs a command and returns its standard output, for short answers.
func (s *Session) Output(ctx context.Context, cmd Command) ([]byte, Result, error) {
	var out bytes.Buffer
	cmd.Stdout = &out
	res, err := s.Run(ctx, cmd)
	return out.Bytes(), res, err
}
