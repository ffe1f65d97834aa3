package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// Builtin is a declared function or bound method.
type Builtin struct {
	decl *api.Function
	impl Impl
	obj  *Object // the receiver of a method
}

var _ starlark.Callable = (*Builtin)(nil)

// NewFunction binds a declared function.
func NewFunction(decl *api.Function, impl Impl) *Builtin { return &Builtin{decl: decl, impl: impl} }

// Function returns the declaration.
func (b *Builtin) Function() *api.Function { return b.decl }

// Name returns the function's name.
func (b *Builtin) Name() string { return b.decl.Name }

// String returns the function as print shows it.
func (b *Builtin) String() string {
	if b.obj != nil {
		return fmt.Sprintf("<method %s of %s>", b.decl.Name, b.obj.str)
	}
	return fmt.Sprintf("<function %s>", b.decl.FullName())
}

// Type returns "function".
func (b *Builtin) Type() string { return "function" }

// Freeze does nothing.
func (b *Builtin) Freeze() {}

// Truth returns true.
func (b *Builtin) Truth() starlark.Bool { return true }

// Hash returns a hash of the name.
func (b *Builtin) Hash() (uint32, error) {
	return starlark.String(b.String()).Hash()
}

// CallInternal binds the arguments and calls the implementation.
func (b *Builtin) CallInternal(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	st := stateOf(thread)
	if st == nil {
		return nil, fmt.Errorf("%s was called outside of a run", b.decl.Name)
	}
	v, err := b.call(st, args, kwargs)
	if err == nil {
		if v == nil {
			v = starlark.None
		}
		return v, nil
	}
	err = b.failed(err)
	st.flight = err
	if hook := st.rt.opts.OnCallError; hook != nil && IsSkip(err) == nil {
		hook(thread, err)
	}
	return nil, err
}

func (b *Builtin) call(st *state, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	st.settle(nil)
	if err := st.cancelled(); err != nil {
		return nil, err
	}
	decl, values, given, err := bindOverloads(b.decl, args, kwargs)
	if err != nil {
		return nil, err
	}
	c := &Call{Function: decl, Thread: st.thread, obj: b.obj, values: values, given: given, state: st}
	c.ctx = report.WithSource(st.ctx, st.place())
	if b.obj != nil {
		c.self = b.obj.payload
		if before := b.obj.class.Before; before != nil {
			if err := before(c.ctx, c); err != nil {
				return nil, err
			}
		}
	}
	return b.impl(c.ctx, c)
}

// failed gives an error the class for the kind of the function, unless it has one.
func (b *Builtin) failed(err error) error {
	if classOf(err) != "" || isEvalError(err) {
		return err // an EvalError comes from a function that the script passed
	}
	class := ClassMachine
	if b.obj != nil && b.obj.class.ErrorClass != "" {
		class = b.obj.class.ErrorClass
	}
	if api.Load().Module(b.decl.Owner) != nil {
		class = ClassScript
	}
	return &CallError{Function: b.decl.FullName(), Class: class, Err: err}
}
