package script

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"unsafe"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/report"
)

// Frame is a frame of a thread that has stopped in a hook (Options.OnStep, Options.OnCallError, a breakpoint). It is
// valid until the hook returns.
type Frame struct {
	Source report.Source
	Depth  int // as in starlark.Thread.DebugFrame

	thread *starlark.Thread
}

// Frames are the script's frames of a stopped thread, innermost first. Those of builtins are left out.
func Frames(thread *starlark.Thread) []Frame {
	st := stateOf(thread)
	var out []Frame
	for depth := range thread.CallStackDepth() {
		if fr := thread.CallFrame(depth); fr.Pos.Line > 0 && st != nil {
			out = append(out, Frame{Source: st.rt.sources.at(fr), Depth: depth, thread: thread})
		}
	}
	return out
}

// Locals are the variables of the frame's function that have a value; of the top level, the globals.
func (f Frame) Locals() starlark.StringDict {
	out := starlark.StringDict{}
	fr := f.thread.DebugFrame(f.Depth)
	fn, ok := fr.Callable().(*starlark.Function)
	if !ok {
		return out
	}
	if fn.Name() == "<toplevel>" {
		maps.Copy(out, fn.Globals())
	}
	for i := range fn.NumFreeVars() {
		b, v := fn.FreeVar(i)
		put(out, b.Name, v)
	}
	for i := range fr.NumLocals() {
		b, v := fr.Local(i)
		put(out, b.Name, v)
	}
	return out
}

// put adds a variable. One that inner functions use is in a cell, whose type go.starlark.net does not export.
func put(out starlark.StringDict, name string, v starlark.Value) {
	if v == nil {
		return
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.Elem().Kind() == reflect.Struct && p.Type().String() == "*starlark.cell" {
		if v = *(*starlark.Value)(unsafe.Pointer(p.Pointer())); v == nil {
			return
		}
	}
	out[name] = v
}

// Eval evaluates an expression, or runs statements, with the frame's variables in scope. Assignments do not reach the
// frame. It runs on the stopped thread; the error is a *SyntaxError or an *Error.
func (f Frame) Eval(src string) (starlark.Value, error) {
	st := stateOf(f.thread)
	if st == nil {
		return nil, errors.New("the thread belongs to no run")
	}
	env := maps.Clone(st.rt.opts.Predeclared)
	if env == nil {
		env = starlark.StringDict{}
	}
	if fn, ok := f.thread.DebugFrame(f.Depth).Callable().(*starlark.Function); ok {
		maps.Copy(env, fn.Globals())
	}
	maps.Copy(env, f.Locals())
	name := fmt.Sprintf("<in %s:%d>", f.Source.File, f.Source.Line)
	st.rt.sources.add(name, []byte(src))
	plain, err := plainStarlark(name, []byte(src))
	if err != nil {
		return nil, st.rt.sources.syntaxError(err)
	}
	file, err := fileOptions.Parse(name, plain, 0)
	if err != nil {
		return nil, st.rt.sources.syntaxError(err)
	}
	flight, failedIn := st.flight, st.failedIn
	defer func() { st.flight, st.failedIn = flight, failedIn }()
	var v starlark.Value
	if e, ok := single(file); ok {
		v, err = starlark.EvalExprOptions(fileOptions, f.thread, e, env)
	} else {
		err = starlark.ExecREPLChunk(file, f.thread, env)
	}
	if err == nil {
		return v, nil
	}
	if !isEvalError(err) {
		return nil, st.rt.sources.syntaxError(err)
	}
	return nil, st.newError(err)
}

// single is the expression that a file is.
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
