package pyrt

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// iterate gives an iterator over any value that Python iterates over.
func (rt *Runtime) iterate(thread *starlark.Thread, v starlark.Value) (starlark.Iterator, error) {
	it, err := rt.iterable(thread, v)
	if err != nil {
		return nil, err
	}
	if l, ok := it.(*lazyIter); ok {
		return l, nil
	}
	if g, ok := it.(*generator); ok {
		return g.iter(), nil
	}
	return it.Iterate(), nil
}

func (rt *Runtime) iterable(thread *starlark.Thread, v starlark.Value) (starlark.Iterable, error) {
	switch v := v.(type) {
	case starlark.String:
		return chars(string(v)), nil
	case starlark.Bytes:
		l := &starlark.List{}
		for i := range len(v) {
			if err := l.Append(starlark.MakeInt(int(v[i]))); err != nil {
				return nil, err
			}
		}
		return l, nil
	case starlark.Iterable:
		return v, nil
	case *Instance:
		if f := v.class.find("__iter__"); f != nil {
			r, err := starlark.Call(thread, f, starlark.Tuple{v}, nil)
			if err != nil {
				return nil, err
			}
			if o, ok := r.(*Instance); ok && o.class.find("__next__") != nil {
				next := o.class.find("__next__")
				return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
					x, err := rt.call(next, o)
					if err != nil && rt.Exception(err).class.name == "StopIteration" {
						return nil, nil
					}
					return x, err
				}}, nil
			}
			return rt.iterable(thread, r)
		}
		if f := v.class.find("__getitem__"); f != nil {
			i := -1
			return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
				i++
				x, err := rt.call(f, v, starlark.MakeInt(i))
				if err != nil && rt.Exception(err).class.subclass(rt.classes["IndexError"]) {
					return nil, nil
				}
				return x, err
			}}, nil
		}
		if n := v.native(); n != nil {
			return rt.iterable(thread, n)
		}
	}
	return nil, rt.raise("TypeError", "'%s' object is not iterable", typeName(v))
}

// all collects what iterating gives.
func (rt *Runtime) all(thread *starlark.Thread, v starlark.Value) ([]starlark.Value, error) {
	it, err := rt.iterate(thread, v)
	if err != nil {
		return nil, err
	}
	defer it.Done()
	var out []starlark.Value
	var x starlark.Value
	for it.Next(&x) {
		out = append(out, x)
	}
	return out, iterError(it)
}

// iterError is the error that ended an iterator of this package.
func iterError(it starlark.Iterator) error {
	if l, ok := it.(interface{ Err() error }); ok {
		return l.Err()
	}
	return nil
}

func chars(s string) *starlark.List {
	l := make([]starlark.Value, 0, len(s))
	for _, r := range s {
		l = append(l, starlark.String(r))
	}
	return starlark.NewList(l)
}

// lazyIter is an iterator object of Python: it makes its values one by one and can be gone over once.
type lazyIter struct {
	rt   *Runtime
	next func() (starlark.Value, error) // nil value at the end
	err  error
	done bool
	// result is what the generator returned whose values these are.
	result starlark.Value
}

func (l *lazyIter) String() string             { return "<iterator object>" }
func (l *lazyIter) Type() string               { return "iterator" }
func (l *lazyIter) Freeze()                    {}
func (l *lazyIter) Truth() starlark.Bool       { return true }
func (l *lazyIter) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: iterator") }
func (l *lazyIter) Iterate() starlark.Iterator { return &loopIter{l} }

// Binary implements `x in iterator`.
func (l *lazyIter) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op != syntax.IN || side != starlark.Right {
		return nil, nil
	}
	return l.rt.contains(l, y)
}

// Next implements starlark.Iterator.
func (l *lazyIter) Next(p *starlark.Value) bool {
	if l.done {
		return false
	}
	v, err := l.next()
	if err != nil || v == nil {
		l.done, l.err = true, err
		return false
	}
	*p = v
	return true
}

// Done implements starlark.Iterator. The object lives on, as in Python.
func (l *lazyIter) Done() {}

// Err is the error that ended the iteration.
func (l *lazyIter) Err() error { return l.err }

// loopIter is an iterator object under a loop of Starlark.
type loopIter struct{ *lazyIter }

// Next makes the loop fail when the iterator does.
func (l *loopIter) Next(p *starlark.Value) bool {
	ok := l.lazyIter.Next(p)
	if !ok && l.err != nil {
		l.rt.failLoop(l.err)
		l.err = nil
	}
	return ok
}

// failLoop ends the loop that is running with an error. Starlark's loops can't fail by their iterator, so the
// thread is cancelled; Resolve gives the error instead.
func (rt *Runtime) failLoop(err error) {
	rt.pending = err
	rt.thread.Cancel(loopFailure)
}

const loopFailure = "the iterator of a loop failed"

// Resolve gives the error that a failed loop hides; other errors come back as they are. The program that runs a
// script calls it with what the script ended with.
func (rt *Runtime) Resolve(thread *starlark.Thread, err error) error {
	if err == nil || rt.pending == nil || !strings.Contains(err.Error(), loopFailure) {
		return err
	}
	hidden := rt.pending
	rt.pending = nil
	thread.Uncancel()
	var inner, outer *starlark.EvalError
	if errors.As(err, &outer) && !errors.As(hidden, &inner) {
		return &loopError{hidden, outer}
	}
	return hidden
}

// loopError is an error of an iterator with the place of its loop.
type loopError struct {
	err  error
	eval *starlark.EvalError
}

func (e *loopError) Error() string { return e.err.Error() }

// Unwrap gives the error and the place.
func (e *loopError) Unwrap() []error { return []error{e.err, e.eval} }

// forever repeats without end.
type forever struct{}

func (forever) String() string               { return "forever" }
func (forever) Type() string                 { return "forever" }
func (forever) Freeze()                      {}
func (forever) Truth() starlark.Bool         { return true }
func (forever) Hash() (uint32, error)        { return 0, nil }
func (f forever) Iterate() starlark.Iterator { return f }
func (forever) Next(p *starlark.Value) bool  { *p = starlark.None; return true }
func (forever) Done()                        {}

// live goes over a list or dict that its loop may change.
type live struct {
	rt    *Runtime
	value starlark.Value
	i     int
	size  int
}

func (l *live) String() string             { return "iterator" }
func (l *live) Type() string               { return "iterator" }
func (l *live) Freeze()                    {}
func (l *live) Truth() starlark.Bool       { return true }
func (l *live) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: iterator") }
func (l *live) Iterate() starlark.Iterator { return &live{rt: l.rt, value: l.value, size: l.size} }
func (l *live) Done()                      {}
func (l *live) Next(p *starlark.Value) bool {
	switch v := l.value.(type) {
	case *starlark.List:
		if l.i < v.Len() {
			*p = v.Index(l.i)
			l.i++
			return true
		}
	case *starlark.Dict:
		if v.Len() != l.size {
			l.rt.failLoop(l.rt.raise("RuntimeError", "dictionary changed size during iteration"))
			return false
		}
		if keys := v.Keys(); l.i < len(keys) {
			*p = keys[l.i]
			l.i++
			return true
		}
	}
	return false
}
