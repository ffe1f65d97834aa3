package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
)

// iterator makes an iterator object.
func (rt *Runtime) iterator(th *starlark.Thread, v starlark.Value) (starlark.Value, error) {
	switch v := v.(type) {
	case *lazyIter:
		return v, nil
	case *generator:
		return v.iter(), nil
	case *starlark.List:
		i := 0
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			if i >= v.Len() {
				return nil, nil
			}
			i++
			return v.Index(i - 1), nil
		}}, nil
	}
	it, err := rt.iterate(th, v)
	if err != nil {
		return nil, err
	}
	if l, ok := it.(*lazyIter); ok {
		return l, nil
	}
	if _, endless := it.(interface{ endless() }); endless {
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			if it.Next(&x) {
				return x, nil
			}
			return nil, nil
		}}, nil
	}
	defer it.Done()
	var xs []starlark.Value
	var x starlark.Value
	for it.Next(&x) {
		xs = append(xs, x)
	}
	return rt.iterator(th, starlark.NewList(xs))
}

// generate is a generator expression of one loop: generate(iterable, element, condition, unpack).
func (rt *Runtime) generate(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	args, err := rt.bind("generate", []string{"iterable", "element", "condition", "unpack"}, a, kw)
	if err != nil {
		return nil, err
	}
	v, err := rt.iterator(th, args[0])
	if err != nil {
		return nil, err
	}
	it := v.(*lazyIter)
	return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
		var x starlark.Value
		for it.Next(&x) {
			vals := starlark.Tuple{x}
			if args[3] != nil {
				xs, err := rt.all(th, x)
				if err != nil {
					return nil, err
				}
				vals = xs
			}
			if args[2] != nil {
				ok, err := starlark.Call(th, args[2], vals, nil)
				if err != nil {
					return nil, err
				}
				if !ok.Truth() {
					continue
				}
			}
			return starlark.Call(th, args[1], vals, nil)
		}
		return nil, it.err
	}}, nil
}

// scopeIter runs a loop's body once within a context manager of Python.
type scopeIter struct {
	rt      *Runtime
	thread  *starlark.Thread
	manager starlark.Value
	state   int // 0 new, 1 entered, 2 left
}

func (s *scopeIter) String() string             { return "scope" }
func (s *scopeIter) Type() string               { return "scope" }
func (s *scopeIter) Freeze()                    {}
func (s *scopeIter) Truth() starlark.Bool       { return true }
func (s *scopeIter) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: scope") }
func (s *scopeIter) Iterate() starlark.Iterator { return s }
func (s *scopeIter) Next(p *starlark.Value) bool {
	if s.state != 0 {
		s.leave()
		return false
	}
	v, err := s.rt.enter(s.thread, s.manager)
	if err != nil {
		s.state = 2
		s.rt.failLoop(err)
		return false
	}
	s.state = 1
	*p = v
	return true
}

func (s *scopeIter) leave() {
	if s.state == 1 {
		s.state = 2
		if _, err := s.rt.exit(s.thread, s.manager, nil, nil); err != nil {
			s.rt.failLoop(err)
		}
	}
}

// Done leaves the scope when the body was left early.
func (s *scopeIter) Done() { s.leave() }

// enter calls __enter__.
func (rt *Runtime) enter(thread *starlark.Thread, m starlark.Value) (starlark.Value, error) {
	switch m := m.(type) {
	case manager:
		return m.enter(thread)
	case *Instance:
		if f := m.class.find("__enter__"); f != nil {
			return starlark.Call(thread, f, starlark.Tuple{m}, nil)
		}
	case *generator:
		var v starlark.Value = starlark.None
		it := m.iter()
		if !it.Next(&v) {
			if it.err != nil {
				return nil, it.err
			}
			return nil, rt.raise("RuntimeError", "generator didn't yield")
		}
		return v, nil
	}
	return nil, rt.raise("TypeError", "'%s' object does not support the context manager protocol", typeName(m))
}

// manager is a context manager of the runtime.
type manager interface {
	enter(*starlark.Thread) (starlark.Value, error)
	exit() error
}

// exit calls __exit__; it tells whether the error was swallowed.
func (rt *Runtime) exit(thread *starlark.Thread, m starlark.Value, exc *Instance, cause error) (bool, error) {
	switch m := m.(type) {
	case *exitStack:
		return m.unwind(thread, exc, cause)
	case manager:
		return false, m.exit()
	case *Instance:
		f := m.class.find("__exit__")
		if f == nil {
			return false, nil
		}
		args := starlark.Tuple{m, starlark.None, starlark.None, starlark.None}
		if exc != nil {
			args = starlark.Tuple{m, exc.class, exc, starlark.None}
		}
		v, err := starlark.Call(thread, f, args, nil)
		return err == nil && bool(v.Truth()), err
	case *generator:
		if cause == nil {
			var v starlark.Value
			it := m.iter()
			if it.Next(&v) {
				return false, rt.raise("RuntimeError", "generator didn't stop")
			}
			return false, it.err
		}
		return m.throw(cause)
	}
	return false, nil
}
