package script

import (
	"context"

	"go.starlark.net/starlark"
)

// The functions below are for hooks of other packages, which have a thread but no call.

// Context returns the context of a script's thread.
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
