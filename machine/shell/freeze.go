package shell

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// State is what a session knows of the worker in the guest while that is idle. A guest that was saved then, and runs again
// later, has the same worker: [Resume] continues with it.
type State struct {
	Mark      string `json:"mark"`      // begins each message of the worker
	Worker    int    `json:"worker"`    // its number
	DataPort  bool   `json:"dataPort"`  // it uses the flow-controlled port, not the console
	Bash      string `json:"bash"`      // the version of the guest's bash
	Runs      uint64 `json:"runs"`      // how many commands it has run
	Ready     string `json:"ready"`     // the process that waits for the next one
	Questions int    `json:"questions"` // how many signs of life it was asked for
}

var (
	markPattern  = lazyre.Compile(`^\x1e[A-Z2-7]{26}:$`)
	readyPattern = lazyre.Compile(`^[0-9]{1,10}$`)
)

// Check returns an error if no session can have had this state, which may have been read from a file.
func (s State) Check() error {
	switch {
	case !markPattern().MatchString(s.Mark):
		return fmt.Errorf("the mark of the root shell is %q", s.Mark)
	case s.Worker < 1 || s.Questions < 0:
		return fmt.Errorf("the root shell has the number %d and was asked %d questions", s.Worker, s.Questions)
	case !readyPattern().MatchString(s.Ready):
		return fmt.Errorf("the root shell's next process is %q", s.Ready)
	}
	return nil
}

// freezePatience is how long Freeze waits for a command whose end nobody waits for.
const freezePatience = 10 * time.Second

// Freeze calls f while the worker in the guest is idle, has answered all that it was sent, and is sent nothing. It waits for
// its turn as a command does, but not long for a command whose end nobody waits for: the error is then a [*BusyError].
// Without a root shell it is a [*NoShellError]. An error of f is returned as it is.
func (s *Session) Freeze(ctx context.Context, f func(State) error) error {
	r := &run{cmd: Command{WaitIdle: freezePatience}, done: make(chan struct{}), freeze: make(chan State, 1)}
	if !s.post(func() { s.enqueue(r) }) {
		return s.Err()
	}
	defer context.AfterFunc(ctx, func() { s.post(func() { s.abandon(r, context.Cause(ctx)) }) })()
	select {
	case state := <-r.freeze:
		err := f(state)
		s.post(func() {
			if !r.finished {
				s.over(r, nil)
			}
		})
		<-r.done
		return errors.Join(err, r.err)
	case <-r.done:
		return r.err
	}
}

// settle freezes the session, if that is asked for and the worker has answered all that it was sent.
func (s *Session) settle() {
	r := s.cur
	if r == nil || r.freeze == nil || r.frozen || s.ready.command != s.runs+1 || !s.pulse.since.IsZero() {
		return
	}
	r.frozen = true
	info := s.Info()
	r.freeze <- State{Mark: s.mark, Worker: s.workers, DataPort: info.DataPort, Bash: info.Bash, Runs: s.runs, Ready: s.ready.pid, Questions: s.pulse.asked}
}

// Resume returns a session with a worker that [Session.Freeze] has left idle, in a guest that was saved and restored since. It
// needs no handshake. As New, it owns the connections.
func Resume(console, data net.Conn, state State, opts Options) (*Session, error) {
	if err := state.Check(); err != nil {
		return nil, err
	}
	if state.DataPort && data == nil {
		return nil, errors.New("the root shell uses the data port, which is not there")
	}
	s := newSession(console, data, opts)
	s.port = s.console
	if state.DataPort {
		s.port = s.data
	}
	s.phase, s.mark, s.workers, s.runs = up, state.Mark, state.Worker, state.Runs
	s.scan = scanner{mark: []byte(state.Mark)}
	s.ready = process{pid: state.Ready, command: state.Runs + 1}
	s.pulse.asked = state.Questions
	s.launched = time.Now().Round(0)
	s.state.up, s.state.info = true, Info{DataPort: state.DataPort, Bash: state.Bash}
	s.work.Go(s.own)
	return s, nil
}
