package script

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

// spawned is a thread that Spawn started.
type spawned struct {
	daemon   bool
	cancel   context.CancelCauseFunc
	done     chan struct{}
	panicked any
}

var errProgramEnded = errors.New("stopped, for the program has ended")

// Spawn starts fn in a new thread of the program to which thread belongs. Like the threads of parallel, it executes
// bytecode while no other does, and gives way while it waits. The program's end waits for it; a daemon is stopped
// then, as are all when the program fails. fn's error is for the log only. The channel is closed when fn has returned.
func Spawn(thread *starlark.Thread, name string, daemon bool, fn func(*starlark.Thread) error) (<-chan struct{}, error) {
	parent := stateOf(thread)
	if parent == nil || parent.rt.running == nil {
		return nil, errors.New("threads can't be started here: no script is running")
	}
	rt := parent.rt
	ctx, cancel := context.WithCancelCause(rt.running)
	s := &spawned{daemon: daemon, cancel: cancel, done: make(chan struct{})}
	ctx, span := rt.opts.Log.Begin(ctx, report.Entry{Action: report.ActionNested, Text: "thread: " + name})
	st, stop := rt.newState(ctx, name)
	st.parent, st.conditions = parent, slices.Clone(parent.conditions)
	rt.spawned = append(rt.spawned, s)
	go func() {
		defer close(s.done)
		defer cancel(nil)
		rt.take(st)
		defer rt.turn.Unlock()
		defer st.forget()
		var err error
		defer func() {
			if s.panicked = recover(); s.panicked != nil {
				err = fmt.Errorf("panic: %v", s.panicked)
			}
			stop()
			span.End(err)
		}()
		err = fn(st.thread)
		st.settle(err)
	}()
	return s.done, nil
}

// begin notes the context of what runs: threads that are started end with it.
func (rt *runtime) begin(ctx context.Context) { rt.running = ctx }

// join waits for the threads that were started. When failed they are stopped at once.
func (st *state) join(failed bool) {
	rt := st.rt
	for stop := failed; ; stop = true {
		for i := 0; i < len(rt.spawned); i++ { // it grows when a thread starts others
			s := rt.spawned[i]
			if s.daemon && !stop {
				continue
			}
			if stop || st.ctx.Err() != nil {
				s.cancel(errProgramEnded)
			}
			_ = st.block(func() error {
				select {
				case <-s.done:
				case <-st.ctx.Done():
					s.cancel(errProgramEnded)
					<-s.done
				}
				return nil
			})
			if s.panicked != nil {
				panic(s.panicked)
			}
		}
		if stop {
			break
		}
	}
	rt.running, rt.spawned = nil, nil
}
