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

// Exit statuses that the session sets itself.
const (
	// StatusTimeout is the status of a command that was cut at its timeout.
	StatusTimeout = 124
	// StatusUnknown is the status of a command with NoWait.
	StatusUnknown = -2
)

// Command is a command for the guest.
type Command struct {
	// Script is run by a fresh bash -c, as root, with set -euo pipefail. It may have any size but
	// can't contain NUL.
	Script string
	// Timeout is the time after which the command is cut, with status 124; 0 means no limit.
	Timeout time.Duration
	// Stdin, if not nil, is streamed to the command's standard input, which otherwise is /dev/null.
	Stdin io.Reader
	// Stdout gets the standard output as it arrives, from the goroutine that called Run; nil drops it. An error of it
	// ends the command.
	Stdout io.Writer
	// NoWait makes Run return with StatusUnknown as soon as the script has been sent. The output is dropped;
	// the next command waits for the end of this one.
	NoWait bool
	// WaitIdle, if not 0, is how long Run waits for the end of an earlier command that nobody waits for any more: one with
	// NoWait, or one that was cut. Run then returns a [*BusyError].
	WaitIdle time.Duration
	// OnHeld is called once, from the goroutine that called Run, when the command has ended but processes
	// that it started have held its standard output for Options.HeldAfter. It gets these processes, each as name(pid).
	OnHeld func(holders []string)
}

// Result is the result of a command.
type Result struct {
	// Status is the exit status as bash reports it, 0 to 255.
	Status int
	// Bytes is the length of the standard output.
	Bytes int64
	// TimedOut reports whether the command was cut at its timeout.
	TimedOut bool
	// Silent is the time for which the guest had not answered when its command was given up; 0 if that is not long.
	Silent time.Duration
	// Duration is the time from the request to the end of the output.
	Duration time.Duration
}

// run is a command that waits or runs.
type run struct {
	cmd    Command
	out    chan delivery // to the goroutine that called Run
	done   chan struct{} // closed when result and err are set
	result Result
	err    error

	id       uint64 // 0: not started
	start    time.Time
	received int64 // bytes of output
	finished bool  // done is closed: nobody waits

	pending  delivery
	deadline <-chan time.Time // the command's timeout
	grace    <-chan time.Time // until it is killed, and again
	patience <-chan time.Time // until nobody waits for the end of the cut command
	probe    <-chan time.Time // asks whether the command has ended but something holds its output
	probes   int
	ticker   *time.Ticker // probe's
	cuts     int
	wasCut   time.Time
	cause    error        // why it was cut: nil is the timeout
	next     <-chan block // the next block of standard input
	asking   bool         // the guest must ask for the next block

	freeze chan State // nil: a command; else Freeze, which gets the state when the worker is idle
	frozen bool       // it has
}

// delivery is a message to the caller of Run: output, or the processes that hold it.
type delivery struct {
	data    *[]byte
	holders *string
}

// name returns the command for messages.
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

// Run runs a command and waits until it has ended and its standard output is closed. When ctx ends first, Run kills the
// command and returns a [*CutError]. The error is a [*NoShellError] when nothing was sent because there is no root shell,
// and a [*LostError] when the shell ended before the command.
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
				if _, failed = cmd.Stdout.Write(*d.data); failed != nil {
					s.post(func() { s.abandon(r, failed) })
				}
			}
		case <-r.done:
			if failed != nil && (r.err == nil || errors.Is(r.err, failed)) {
				return r.result, fmt.Errorf("write the command's output: %w", failed)
			}
			return r.result, r.err
		}
	}
}

// enqueue queues a command.
func (s *Session) enqueue(r *run) {
	if err := s.absent(); err != nil {
		s.finish(r, err)
		return
	}
	s.queue = append(s.queue, r)
	s.begin()
}

// pop removes the first command from the queue and returns it.
func (s *Session) pop() *run {
	r := s.queue[0]
	s.queue = s.queue[1:]
	return r
}

// begin sends the next script to the bash that waits for it, if there is one and no other command runs.
func (s *Session) begin() {
	if len(s.queue) == 0 || s.gone != nil {
		return
	}
	if s.cur != nil {
		// A command that was cut but does not end may run for any time.
		if first := s.queue[0]; s.cur.finished && first.deadline == nil {
			if first.cmd.WaitIdle > 0 {
				first.deadline = time.After(first.cmd.WaitIdle)
			} else if s.cur.cuts > 0 && first.cmd.Timeout > 0 {
				first.deadline = time.After(first.cmd.Timeout)
			}
		}
		return
	}
	r := s.pop()
	s.cur = r
	if r.freeze != nil {
		r.deadline = nil
		s.pulse.ask()
		return
	}
	s.greeting, s.tail = false, nil
	s.runs++
	r.id, r.start = s.runs, time.Now()
	stdin := ""
	if r.cmd.Stdin != nil {
		stdin = " 1"
	}
	s.send("x", r.id, r.cmd.Script, stdin)
	if r.cmd.NoWait {
		r.result.Status = StatusUnknown
		s.finish(r, nil)
		s.begin()
		return
	}
	if r.cmd.Stdin != nil {
		r.next = readBlock(r.cmd.Stdin)
	}
	if r.cmd.WaitIdle > 0 {
		r.deadline = nil
	}
	if r.cmd.Timeout > 0 && r.deadline == nil {
		r.deadline = time.After(r.cmd.Timeout)
	}
	if r.cmd.OnHeld != nil {
		r.ticker = time.NewTicker(s.opts.HeldAfter / heldProbes)
		r.probe = r.ticker.C
	}
}

// busy returns why a command could not start within its timeout.
func (s *Session) busy() error {
	if s.cur == nil { // it has ended, and so, it seems, has the shell
		return &NoShellError{}
	}
	busy := &BusyError{Command: s.cur.name()}
	if !s.cur.wasCut.IsZero() {
		busy.Since = time.Since(s.cur.wasCut)
	}
	return busy
}

// finish gives the caller of Run the result of the command.
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

// abandon cuts a command whose context has ended, or removes it from the queue.
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
	if r.freeze != nil {
		if !r.frozen {
			s.over(r, cause)
		}
		return
	}
	r.deadline = nil
	s.cut(r, cause)
}

// heldProbes is the number of consecutive probes, evenly within HeldAfter, that must find a command's output held.
const heldProbes = 2

// advance handles the worker's messages until there is output for the caller of Run.
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

// output passes on the command's output. Output that comes while no command runs, or when nobody waits any more, may be the
// first line of a new shell, if that shares the port.
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

// record handles a message of the worker.
func (s *Session) record(rec record) {
	switch rec.kind {
	case 'H':
		if s.phase == loading {
			s.started(rec.args)
			return
		}
	case 'P':
		s.pulse.answered(rec.args)
		s.settle()
		return
	case 'Z':
		s.workerEnded()
		return
	case 'M':
		s.sendOut(true)
		return
	case 'L':
		s.lacking(rec.args)
		return
	}
	id, rest, err := rec.command()
	if err != nil {
		s.violated("record %c%s", rec.kind, rec.args)
		return
	}
	if rec.kind == 'R' {
		s.ready = process{pid: rest, command: id}
		s.settle()
		if r := s.cur; r != nil && r.id == id && r.cuts > 0 { // it was cut before it started
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
			s.violated("the end of a command was %q", rec.args)
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

// cut ends a command in the guest: first with SIGTERM, later repeatedly with SIGKILL.
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

// giveUp makes the caller of Run return before the end of a command that was cut.
func (s *Session) giveUp(r *run) {
	r.result.Silent = s.pulse.silent()
	s.finish(r, s.cutResult(r))
	if s.greeting { // in its output, over the console: the shell that ran it may have ended
		s.lose(&LostError{Reason: reasonRestart})
		s.launch()
	}
	s.begin()
}

// cutResult sets the result of a command that was cut, and returns its error.
func (s *Session) cutResult(r *run) error {
	if r.cause != nil {
		return &CutError{Elapsed: time.Since(r.start), Cause: r.cause}
	}
	r.result.Status, r.result.TimedOut, r.result.Bytes = StatusTimeout, true, r.received
	return nil
}

// end handles the status of a command and the length of its output. The worker prepares for the next command by itself. If
// the command may have left part of its standard input or, when a signal ended it or bash did not start, of its script, the
// worker waits for a request.
func (s *Session) end(r *run, status int, sent int64) {
	if r.cmd.Stdin != nil || status > 125 {
		s.ask("n %d", r.id)
	}
	if r.finished { // the caller of Run has returned
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

// over lets the next command start.
func (s *Session) over(r *run, err error) {
	s.cur = nil
	s.pulse.forget()
	s.finish(r, err)
	s.begin()
}

// killed handles the end of the process that ran a command.
func (s *Session) killed() {
	r := s.cur
	if s.ready.command == r.id {
		s.ask("k %d KILL %s", r.id, s.ready.pid)
	}
	s.ask("n %d", r.id)
	s.over(r, &LostError{Reason: "the process in the guest that runs commands was killed (did the command kill its parent process?)"})
}

// Output runs a command and returns its standard output, for short answers.
func (s *Session) Output(ctx context.Context, cmd Command) ([]byte, Result, error) {
	var out bytes.Buffer
	cmd.Stdout = &out
	res, err := s.Run(ctx, cmd)
	return out.Bytes(), res, err
}
