package script

import (
	"context"
	"fmt"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

const stateLocal = "gotest-driver.state"

type stateKey struct{}

// runtime is the state that the threads of a program share.
type runtime struct {
	opts        Options
	predeclared starlark.StringDict // what a compiled file can use
	failures    []*Error            // of subtests after which the script has gone on
	// turn is held by the thread that executes bytecode. Threads release it while they wait.
	turn    sync.Mutex
	current *state // the thread that has it
	sources sources
	loader  *loader
	atEnd   []func(context.Context) // see OnSubtestEnd
}

// state is what belongs to one Starlark thread. Only its thread uses it, while it has the turn or, during a blocking
// call, on that call's goroutine.
type state struct {
	rt     *runtime
	thread *starlark.Thread
	parent *state // for a thread of parallel: the one that called it

	ctx      context.Context // the innermost entry's
	released bool            // the thread has released the turn

	scopes     []*scope
	pending    []*scope // have been left; the next event decides their result
	flight     error    // the error with which the last bound call failed
	failedIn   []string // the subtests that an error passed through, outermost first
	conditions []*condition
	trying     int     // calls of Call.Try that the thread is in
	frames     []Frame // with PostMortem, by depth: as they were before their last instruction

	invoking sync.Mutex // held while Invoke calls a function

	remote *RemoteThread         // for a program in another process; nil for Starlark
	at     func() *report.Source // its place in the program
}

func stateOf(thread *starlark.Thread) *state {
	st, _ := thread.Local(stateLocal).(*state)
	return st
}

// stateFrom returns the state of the thread to which a context belongs, nil when it belongs to none.
func stateFrom(ctx context.Context) *state {
	st, _ := ctx.Value(stateKey{}).(*state)
	return st
}

// take takes the turn for a thread. The thread that has the turn unlocks rt.turn.
func (rt *runtime) take(st *state) {
	rt.turn.Lock()
	rt.current = st
}

// yieldSteps is how many steps of bytecode a thread executes before it gives others a turn.
const yieldSteps = 10_000

// newState makes a thread. The caller must call stop.
func (rt *runtime) newState(ctx context.Context, name string) (st *state, stop func()) {
	st = &state{rt: rt, thread: &starlark.Thread{Name: name}}
	st.ctx = context.WithValue(ctx, stateKey{}, st)
	st.thread.SetLocal(stateLocal, st)
	st.thread.Print = func(_ *starlark.Thread, msg string) {
		st.settle(nil)
		if rt.opts.Print != nil {
			rt.opts.Print(st.ctx, msg)
		} else {
			rt.opts.Log.Emit(st.ctx, report.Event{Kind: report.Message, Level: report.Info, Text: msg, Printed: true})
		}
	}
	st.thread.Load = func(thread *starlark.Thread, module string) (starlark.StringDict, error) {
		st.settle(nil)
		return rt.loader.load(thread, module)
	}
	st.setSteps()
	return st, st.cancelWith(ctx)
}

// setSteps installs the hook that gives other threads a turn, and the debugger's.
func (st *state) setSteps() {
	thread, every := st.thread, uint64(yieldSteps)
	if st.rt.opts.OnStep != nil || st.rt.opts.PostMortem {
		every = 1
	}
	thread.SetMaxExecutionSteps(every)
	yieldAt := uint64(yieldSteps)
	thread.OnMaxSteps = func(*starlark.Thread) {
		if st.rt.opts.PostMortem {
			st.remember()
		}
		if hook := st.rt.opts.OnStep; hook != nil {
			hook(thread)
		}
		thread.SetMaxExecutionSteps(thread.Steps + every)
		if thread.Steps >= yieldAt {
			yieldAt = thread.Steps + yieldSteps
			st.rt.turn.Unlock()
			st.rt.take(st)
		}
	}
}

// cancelWith cancels the thread's bytecode when the context ends, until stop is called.
func (st *state) cancelWith(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(done)
		st.thread.Cancel(context.Cause(ctx).Error())
	})
	return func() {
		if !stopped() {
			<-done
		}
	}
}

// cancelled returns why the thread has to stop, nil when it need not.
func (st *state) cancelled() error {
	if st.ctx.Err() != nil {
		return &cancelError{context.Cause(st.ctx)}
	}
	return nil
}

// block releases the turn while fn runs.
func (st *state) block(fn func() error) error {
	if st.released {
		return fn()
	}
	st.released = true
	st.rt.turn.Unlock()
	defer func() {
		st.rt.take(st)
		st.released = false
	}()
	return fn()
}

// holdTurn takes the turn back if it was released, until release is called.
func (st *state) holdTurn() (release func()) {
	if !st.released {
		return func() {}
	}
	st.rt.take(st)
	st.released = false
	return func() {
		st.released = true
		st.rt.turn.Unlock()
	}
}

// invoke calls a function of the script with ctx as the thread's context.
func (st *state) invoke(ctx context.Context, fn starlark.Callable, args starlark.Tuple) (starlark.Value, error) {
	defer st.holdTurn()()
	saved, depth := st.ctx, len(st.scopes)
	if stateFrom(ctx) != st {
		return nil, fmt.Errorf("internal error: %s is called with a context of another thread", fn.Name())
	}
	stop := func() {}
	if ctx.Done() != saved.Done() {
		stop = st.cancelWith(ctx)
	}
	st.ctx = ctx
	v, err := starlark.Call(st.thread, fn, args, nil)
	st.settle(err)
	stop()
	st.ctx = saved
	if ctx.Err() != nil && saved.Err() == nil {
		st.thread.Uncancel()
	}
	if len(st.scopes) != depth {
		panic("script: unbalanced scopes")
	}
	return v, err
}

// caught forgets an error that a function such as assertRaises has dealt with.
func (st *state) caught() { st.flight, st.failedIn = nil, nil }

// place returns a function for the script's line of the current call. The position is read now, because the thread
// continues; the text is looked up when it is needed.
func (st *state) place() func() *report.Source {
	if st.at != nil {
		return st.at
	}
	for depth := 1; depth < st.thread.CallStackDepth(); depth++ {
		fr := st.thread.CallFrame(depth)
		if fr.Pos.Line > 0 {
			return func() *report.Source {
				src := st.rt.sources.at(fr)
				return &src
			}
		}
	}
	return func() *report.Source { return nil }
}
