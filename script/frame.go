package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Frame is a frame of the script: of a thread that has stopped in a hook (Frames), or of a failure (Error.Frames),
// which exists longer than its thread.
type Frame struct {
	Source report.Source
	// Locals are the variables of the frame's function that have a value; at top level, the globals.
	Locals starlark.StringDict

	rt      *runtime
	globals starlark.StringDict
	top     bool   // of a file
	stopped *state // the thread that waits in a hook; nil for a frame of the past
}

// Frames returns the script's frames of a thread that has stopped in a hook (Options.OnStep, Options.OnCallError, a
// breakpoint), innermost first. They are valid until the hook returns.
func Frames(thread *starlark.Thread) []Frame {
	st := stateOf(thread)
	if st == nil {
		return nil
	}
	var out []Frame
	for depth := range thread.CallStackDepth() {
		if f, ok := st.frame(depth); ok && !aroundBody(thread, depth) {
			f.stopped = st
			out = append(out, f)
		}
	}
	if st.remote != nil && len(out) == 0 {
		f := st.remote.frame()
		f.stopped = st
		if src := st.place()(); src != nil {
			f.Source = *src
		}
		out = append(out, f)
	}
	return out
}

// Globals returns the global variables of the frame's file, not a copy.
func (f Frame) Globals() starlark.StringDict { return f.globals }

// Predeclared returns the predeclared names of the script, not a copy.
func (f Frame) Predeclared() starlark.StringDict {
	if f.rt == nil {
		return nil
	}
	return f.rt.opts.Predeclared
}

// TopLevel reports whether the frame is that of a file, whose variables are globals.
func (f Frame) TopLevel() bool { return f.top }

// Depth returns the number of the script's functions that a thread is in.
func Depth(thread *starlark.Thread) int {
	n := 0
	for i := range thread.CallStackDepth() {
		if _, ok := thread.DebugFrame(i).Callable().(*starlark.Function); ok && !aroundBody(thread, i) {
			n++
		}
	}
	return n
}

// aroundBody reports whether a frame is that of a function which runs the body of a subtest: the body's frame shows all
// that it has.
func aroundBody(thread *starlark.Thread, depth int) bool {
	return depth > 0 && thread.DebugFrame(depth-1).Callable().Name() == bodyName
}

// Within reports whether a thread is other itself, or was started by it through parallel.
func Within(thread, other *starlark.Thread) bool {
	st, top := stateOf(thread), stateOf(other)
	for ; st != nil; st = st.parent {
		if st == top {
			return true
		}
	}
	return false
}

// frame returns an active frame; ok is false for that of a builtin.
func (st *state) frame(depth int) (f Frame, ok bool) {
	fr := st.thread.DebugFrame(depth)
	fn, ok := fr.Callable().(*starlark.Function)
	if !ok {
		return f, false
	}
	f = Frame{Source: st.rt.sources.at(st.thread.CallFrame(depth)), Locals: starlark.StringDict{}, rt: st.rt, globals: fn.Globals()}
	if f.top = fn.Name() == "<toplevel>"; f.top {
		maps.Copy(f.Locals, f.globals)
	}
	for i := range fn.NumFreeVars() {
		b, v := fn.FreeVar(i)
		put(f.Locals, b.Name, v)
	}
	for i := range fr.NumLocals() {
		b, v := fr.Local(i)
		put(f.Locals, b.Name, v)
	}
	return f, true
}

// put adds a variable that has a value.
func put(out starlark.StringDict, name string, v starlark.Value) {
	if v = variable(v); v != nil {
		out[name] = v
	}
}

// remember keeps the state of the innermost frame before its next instruction, for Error.Frames.
func (st *state) remember() {
	depth := st.thread.CallStackDepth()
	f, ok := st.frame(0)
	if !ok {
		return
	}
	for len(st.frames) < depth {
		st.frames = append(st.frames, Frame{})
	}
	st.frames = st.frames[:depth]
	st.frames[depth-1] = f
}

// framesOf returns the remembered frames of an error, innermost first.
func (st *state) framesOf(err error) []Frame {
	if len(st.frames) == 0 {
		return nil
	}
	var out []Frame
	var te *threadError
	if errors.As(err, &te) {
		out = te.frames
	}
	own := segments(err)[0]
	for i := min(len(own), len(st.frames)) - 1; i >= 0; i-- {
		body := i+2 < len(own) && own[i+1].Name == bodyName
		if f := st.frames[i]; f.rt != nil && own[i].Pos.Line > 0 && !body {
			f.Source = st.rt.sources.at(own[i])
			out = append(out, f)
		}
	}
	return slices.Clip(out)
}

// Eval evaluates an expression, or runs statements, with the frame's variables in scope. Assignments do not change the
// frame. The error is a *SyntaxError or an *Error.
func (f Frame) Eval(ctx context.Context, src string) (starlark.Value, error) {
	st := f.stopped
	if st == nil {
		var stop func()
		st, stop = f.rt.newState(ctx, "debugger")
		defer stop()
		f.rt.take(st)
		defer f.rt.turn.Unlock()
	} else {
		defer st.holdTurn()()
		defer st.within(ctx)()
		flight, failedIn := st.flight, st.failedIn
		defer func() { st.flight, st.failedIn = flight, failedIn }()
	}
	env := starlark.StringDict{}
	maps.Copy(env, f.rt.opts.Predeclared)
	maps.Copy(env, f.globals)
	maps.Copy(env, f.Locals)
	return st.eval(fmt.Sprintf("<in %s:%d>", f.Source.File, f.Source.Line), src, dialect.Options(), env)
}

// within cancels the thread's work when ctx ends, until over is called.
func (st *state) within(ctx context.Context) (over func()) {
	saved := st.ctx
	inner, cancel := context.WithCancelCause(saved)
	unhook := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	st.ctx = inner
	stop := st.cancelWith(inner)
	return func() {
		unhook()
		stop()
		st.ctx = saved
		if inner.Err() != nil && saved.Err() == nil {
			st.thread.Uncancel()
		}
		cancel(nil)
	}
}

// eval runs a piece of text in an environment, which assignments change. It returns the value of a single expression.
func (st *state) eval(name, src string, opts *syntax.FileOptions, env starlark.StringDict) (starlark.Value, error) {
	sources := &st.rt.sources
	file, err := sources.parse(name, []byte(src))
	if err != nil {
		return nil, err
	}
	file.Options = opts
	var v starlark.Value
	if e, ok := single(file); ok {
		v, err = starlark.EvalExprOptions(opts, st.thread, e, env)
	} else {
		err = starlark.ExecREPLChunk(file, st.thread, env)
	}
	switch {
	case err == nil:
		st.settle(nil)
		return v, nil
	case !isEvalError(err):
		return nil, sources.syntaxError(err)
	}
	return nil, st.newError(err)
}

// single returns the expression of a file that consists of one.
func single(f *syntax.File) (syntax.Expr, bool) {
	if len(f.Stmts) == 1 {
		if e, ok := f.Stmts[0].(*syntax.ExprStmt); ok {
			return e.X, true
		}
	}
	return nil, false
}

func isEvalError(err error) bool {
	var e *starlark.EvalError
	return errors.As(err, &e)
}
