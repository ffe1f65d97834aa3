package script

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/report"
)

// Remote runs a program that another process executes, in a language of its own. The program's threads call the bound
// functions as Starlark threads do: one at a time, but others run while one waits for a machine.
type Remote struct {
	rt   *runtime
	ctx  context.Context // the run's
	mu   sync.Mutex
	open map[int]entered // returned by Enter
	last int
}

// entered is the place where a scope was entered: threads that are started in the scope belong there.
type entered struct {
	scope      *scope
	ctx        context.Context
	conditions []*condition
}

// NewRemote starts a run. All waits of the threads end with ctx; Close ends the run.
func NewRemote(ctx context.Context, opts Options) *Remote {
	return &Remote{rt: newRuntime(opts), ctx: ctx, open: map[int]entered{}}
}

// Close runs the functions that were registered by OnSubtestEnd outside of subtests. All threads have ended.
func (r *Remote) Close() {
	runHooks(r.ctx, r.rt.atEnd, func(fn func() error) error { return fn() })
	r.rt.atEnd = nil
}

// RemoteThread is a thread of the program. Its methods, except Cancel and Stop, are for one goroutine.
type RemoteThread struct {
	Owner any // the caller's

	r    *Remote
	st   *state
	span *report.Span // nil for the main thread
	end  func()
	stop context.CancelCauseFunc

	mu        sync.Mutex
	call      call // the innermost
	cancelled int  // the last call that was cancelled
	cause     error
}

// call is a call that a thread is in.
type call struct {
	number int // the caller's
	cancel context.CancelCauseFunc
}

// Main makes the program's main thread.
func (r *Remote) Main() *RemoteThread { return r.thread(r.ctx, "main") }

// Thread makes a thread that was started in a scope returned by Enter, 0 for none.
func (r *Remote) Thread(in int, name string) *RemoteThread {
	r.mu.Lock()
	m := r.open[in]
	r.mu.Unlock()
	ctx := r.ctx
	if m.scope != nil {
		ctx = report.WithSpan(ctx, report.Current(m.ctx))
	}
	ctx, span := r.rt.opts.Log.Begin(ctx, report.Entry{Action: report.ActionNested, Text: "thread: " + name})
	t := r.thread(ctx, name)
	t.span = span
	if m.scope != nil {
		t.st.parent, t.st.conditions = m.scope.st, m.conditions
	}
	return t
}

func (r *Remote) thread(ctx context.Context, name string) *RemoteThread {
	t := &RemoteThread{r: r}
	ctx, t.stop = context.WithCancelCause(ctx)
	t.st, t.end = r.rt.newState(ctx, name)
	t.st.released = true // it has the turn only during calls
	t.st.remote = t
	return t
}

// RemoteThreadOf returns the thread for which a function of the program is called.
func RemoteThreadOf(thread *starlark.Thread) *RemoteThread { return stateOf(thread).remote }

// End ends a thread. It closes the scopes that are still open; err, if any, is why they did not end.
func (t *RemoteThread) End(err error) {
	release := t.st.holdTurn()
	for len(t.st.scopes) > 0 {
		t.st.scopes[0].close(err, true)
	}
	release()
	t.stop(nil)
	t.end()
	if t.span != nil {
		t.span.End(nil)
	}
}

// Stop cancels the thread's current wait and all later ones.
func (t *RemoteThread) Stop(cause error) { t.stop(cause) }

// Cancel cancels a call, which may have ended already, or may not have begun.
func (t *RemoteThread) Cancel(number int, cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cancelled, t.cause = number, cause
	if t.call.number == number && t.call.cancel != nil {
		t.call.cancel(cause)
	}
}

// Print writes a line in the thread's innermost entry.
func (t *RemoteThread) Print(text string) {
	defer t.st.holdTurn()()
	t.st.thread.Print(t.st.thread, text)
}

// Log emits an event in the thread's innermost entry.
func (t *RemoteThread) Log(e report.Event) { t.r.rt.opts.Log.Emit(t.st.ctx, e) }

// Call calls a bound function from a place in the program. number is for Cancel.
func (t *RemoteThread) Call(number int, at func() *report.Source, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	defer t.st.holdTurn()()
	saved, place := t.st.ctx, t.st.at
	ctx, cancel := context.WithCancelCause(saved)
	outer := t.enterCall(call{number, cancel})
	t.st.ctx, t.st.at = ctx, at
	defer func() {
		t.st.ctx, t.st.at = saved, place
		t.enterCall(outer)
		cancel(nil)
	}()
	v, err := fn.CallInternal(t.st.thread, args, kwargs)
	if err != nil && ctx.Err() != nil && saved.Err() == nil { // Cancel was called, whatever the call returned
		err = &cancelError{context.Cause(ctx)}
	}
	return v, err
}

func (t *RemoteThread) enterCall(c call) (outer call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	outer, t.call = t.call, c
	if c.cancel != nil && c.number == t.cancelled {
		c.cancel(t.cause)
	}
	return outer
}

// Attr returns an attribute of a value.
func (t *RemoteThread) Attr(v starlark.HasAttrs, name string) (starlark.Value, error) {
	defer t.st.holdTurn()()
	return v.Attr(name)
}

// Wait runs fn, which waits for the program; fn may call the thread's methods. It is for functions of the program that
// the driver calls.
func (t *RemoteThread) Wait(fn func() error) error { return t.st.block(fn) }

// Enter opens an entry of the log, and a subtest if its action says so.
func (t *RemoteThread) Enter(at func() *report.Source, entry report.Entry) (number int) {
	if entry.Action != report.ActionSubtest {
		return t.enter(&scope{st: t.st, entry: &entry, src: at})
	}
	s := newSubtest(t.st, entry.Text, at)
	s.catches = true
	return t.enter(s)
}

// EnterCondition opens a scope in which a polling condition must hold.
func (t *RemoteThread) EnterCondition(c starlark.Value) (number int, err error) {
	if o := AsObject(c); o != nil {
		if cond, ok := o.payload.(*condition); ok {
			return t.enter(cond.scope(t.st)), nil
		}
	}
	return 0, errors.New("it is no polling condition")
}

func (t *RemoteThread) enter(s *scope) int {
	defer t.st.holdTurn()()
	s.open()
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.r.last++
	t.r.open[t.r.last] = entered{s, t.st.ctx, slices.Clone(t.st.conditions)}
	return t.r.last
}

// Exit closes a scope and those within it; err, an *Error if it is the program's, is the failure that ended it. goesOn
// reports that the failure ends the scope alone, and the program is to go on after it. failed is the failure of a
// subtest that unexpectedly passed.
func (t *RemoteThread) Exit(number int, err error) (goesOn bool, failed error) {
	t.r.mu.Lock()
	s := t.r.open[number].scope
	t.r.mu.Unlock()
	if s == nil {
		return false, nil
	}
	defer t.st.holdTurn()()
	defer t.st.caught()
	var e *Error
	cause := err
	if errors.As(err, &e) {
		cause = e.Cause
	}
	how := cause
	if s.subtest != "" {
		how = s.outcome(cause)
	}
	s.close(how, true)
	switch {
	case s.subtest == "" || how == nil:
		return false, nil
	case ends(how):
		return true, nil
	case cause == nil:
		e = &Error{Class: ClassTest, Message: how.Error(), Subtests: []string{s.subtest}, Cause: how, Backtrace: []report.Source{*s.src()}}
	}
	if e != nil && e.Class != ClassInterrupted && e.Class != ClassTimeout && t.st.goesOn() {
		_ = t.st.block(func() error { e = t.Fail(e); return nil })
		t.r.rt.failures = append(t.r.rt.failures, e)
		return true, nil
	}
	if cause == nil {
		return false, how
	}
	return false, nil
}

// Result returns the result of a run that ended with err, an *Error or a *Skip, nil if it passed: subtests may have
// failed before.
func (r *Remote) Result(err error) error {
	var e *Error
	if errors.As(err, &e) {
		r.rt.failures = append(r.rt.failures, e)
	}
	if len(r.rt.failures) == 0 {
		return err
	}
	return joined(r.rt.failures)
}

// Fail returns how the program failed. After the end of the run the reason is that end, whatever the program reported.
func (t *RemoteThread) Fail(e *Error) *Error {
	if t.r.ctx.Err() != nil && e.Class != ClassTest {
		c := &cancelError{context.Cause(t.r.ctx)}
		e.Class, e.Message, e.Cause = c.ErrorClass(), c.Error(), errors.Join(e.Cause, c)
	}
	if t.r.rt.opts.PostMortem {
		f := t.frame()
		if n := len(e.Backtrace); n > 0 {
			f.Source = e.Backtrace[n-1]
		}
		e.Frames = []Frame{f}
	}
	if hook := t.r.rt.opts.OnFailure; hook != nil {
		hook(t.st.ctx, e)
	}
	return e
}

// frame returns a frame in place of the program's own frames, which are not known here, so that machines can be used in
// it.
func (t *RemoteThread) frame() Frame {
	return Frame{Locals: starlark.StringDict{}, rt: t.r.rt, globals: starlark.StringDict{}}
}

// EndError returns the error for the end of the run's context.
func (r *Remote) EndError() error { return &cancelError{context.Cause(r.ctx)} }

// Source returns a place with its line's text. name is the file's name in messages.
func (r *Remote) Source(file, name string, line, col int, function string) report.Source {
	s := &r.rt.sources
	s.mu.Lock()
	_, known := s.files[name]
	s.mu.Unlock()
	if !known {
		src, _ := os.ReadFile(file) // a file that can't be read has no lines
		s.add(name, src)
	}
	at := starlark.CallFrame{Name: strings.Replace(function, "<module>", "<toplevel>", 1)}
	at.Pos = syntax.MakePosition(&name, int32(line), int32(col))
	return s.at(at)
}

// Log writes a message outside of all scopes.
func (r *Remote) Log(level report.Level, text string) { r.rt.opts.Log.Logf(r.ctx, level, "%s", text) }

// Shortened returns a backtrace without its middle if it is long.
func Shortened(trace []report.Source) []report.Source { return shortened(trace) }

// Print writes a line outside of all scopes: output of the program's process that belongs to no thread.
func (r *Remote) Print(text string) {
	if r.rt.opts.Print != nil {
		r.rt.opts.Print(r.ctx, text)
		return
	}
	r.rt.opts.Log.Emit(r.ctx, report.Event{Kind: report.Message, Level: report.Info, Text: text, Printed: true})
}
