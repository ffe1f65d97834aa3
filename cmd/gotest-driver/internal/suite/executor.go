package suite

import (
	"context"
	"os"
	"syscall"
	"time"
)

// task is a try that is to run.
type task struct {
	test  Test
	dir   string // its output directory
	limit time.Duration
}

// executor starts tries: on this machine, or by a queue on others.
type executor interface {
	// start begins with a try. A try ends, in order, soon after the context does.
	start(ctx context.Context, t task) (handle, error)
	// flush says that no further try begins now: those that begin together are handed over together.
	flush()
	// sample measures what the running tries use.
	sample()
	// stretch returns by how much times are longer without KVM.
	stretch() float64
	// notes returns what the user is to be told since the last call.
	notes() []string
	// close ends what is left.
	close() error
}

// handle is a try that was started.
type handle interface {
	// wait returns how the try has ended. It is called once.
	wait() exit
	// logs returns the directory in which the try writes its files.
	logs() string
	// collect brings them to the output directory when the try has ended.
	collect() error
	// state returns when the try began to run; the zero time and what it waits for before it does.
	state() (began time.Time, waits string)
	// memory returns what the try's processes use now, in bytes; 0: not known.
	memory() int64
}

// exit is how a try has ended.
type exit struct {
	code    int            // the exit status; -1: none
	signal  syscall.Signal // that ended the process; 0: none
	err     error          // why it has neither a status nor a signal, or that was given up
	skipped string         // why it can't run where it was to run
	lost    bool           // through no fault of its own: it does not count
	suite   error          // of the suite, such as of its clean-up
	memory  int64          // the most that its processes used, in bytes; 0: not known
	seconds float64        // how long it ran; 0: not known
}

// exitOf returns the exit of a process that err = Wait() is about; state is nil if it did not start.
func exitOf(state *os.ProcessState, err error) exit {
	x := exit{code: -1, err: err}
	if state == nil {
		return x
	}
	x.code = state.ExitCode()
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		x.signal = s.Signal()
	}
	return x
}
