package script

import (
	"context"

	"go.starlark.net/starlark"
)

// These are for Go values of other packages that scripts use without a declaration in api.

// Context is the context of a script's thread.
func Context(thread *starlark.Thread) context.Context {
	if st := stateOf(thread); st != nil {
		return st.ctx
	}
	return context.Background()
}

// Block lets other threads of the script run while fn does. fn must not touch the script's values.
func Block(thread *starlark.Thread, fn func() error) error {
	if st := stateOf(thread); st != nil {
		return st.block(fn)
	}
	return fn()
}

// Follow lets a coroutine stand for another thread from now on, which waits for it.
func Follow(coroutine, thread *starlark.Thread) {
	if st := stateOf(thread); st != nil {
		coroutine.SetLocal(stateLocal, st)
	}
}

// Coroutine makes a thread that stands for the one given: it may run only while that one waits for it.
func Coroutine(thread *starlark.Thread) *starlark.Thread {
	child := &starlark.Thread{Name: thread.Name, Print: thread.Print, Load: thread.Load}
	if st := stateOf(thread); st != nil {
		child.SetLocal(stateLocal, st)
	}
	return child
}
