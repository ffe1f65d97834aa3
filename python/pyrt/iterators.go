package pyrt

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
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
}

func (l *lazyIter) String() string             { return "<iterator object>" }
func (l *lazyIter) Type() string               { return "iterator" }
func (l *lazyIter) Freeze()                    {}
func (l *lazyIter) Truth() starlark.Bool       { return true }
func (l *lazyIter) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: iterator") }
func (l *lazyIter) Iterate() starlark.Iterator { return &loopIter{l} }

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

func (rt *Runtime) iterators(m starlark.StringDict) {
	m["forever"] = rt.pos("forever", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return forever{}, nil })
	m["iter"] = rt.pos("iter", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		it, err := rt.iterable(th, a[0])
		if err != nil {
			return nil, err
		}
		return it.(starlark.Value), nil
	})
	m["chars"] = rt.pos("chars", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, ok := a[0].(starlark.String)
		if !ok {
			it, err := rt.iterable(rt.thread, a[0])
			if err != nil {
				return nil, err
			}
			return it.(starlark.Value), nil
		}
		return chars(string(s)), nil
	})
	m["live"] = rt.pos("live", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		switch v := a[0].(type) {
		case *starlark.List:
			return &live{rt: rt, value: v}, nil
		case *starlark.Dict:
			return &live{rt: rt, value: v, size: v.Len()}, nil
		}
		it, err := rt.iterable(th, a[0])
		if err != nil {
			return nil, err
		}
		return it.(starlark.Value), nil
	})
	m["iterator"] = rt.pos("iterator", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.iterator(th, a[0]) })
	m["generate"] = rt.fn("generate", rt.generate)
	m["next"] = rt.pos("next", 1, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		it, ok := a[0].(*lazyIter)
		if !ok {
			if o, isObj := a[0].(*Instance); isObj && o.class.find("__next__") != nil {
				v, err := rt.call(o.class.find("__next__"), o)
				if err != nil && len(a) == 2 && rt.Exception(err).class.name == "StopIteration" {
					return a[1], nil
				}
				return v, err
			}
			if g, isGen := a[0].(*generator); isGen {
				it, ok = g.iter(), true
			}
		}
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object is not an iterator", typeName(a[0]))
		}
		var v starlark.Value
		if it.Next(&v) {
			return v, nil
		}
		if it.err != nil {
			return nil, it.err
		}
		if len(a) == 2 {
			return a[1], nil
		}
		return nil, &Raised{Exc: rt.exception("StopIteration")}
	})
	m["sum"] = rt.fn("sum", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("sum", []string{"iterable", "start"}, a, kw)
		if err != nil {
			return nil, err
		}
		var total starlark.Value = starlark.MakeInt(0)
		if args[1] != nil {
			total = args[1]
		}
		xs, err := rt.all(th, args[0])
		if err != nil {
			return nil, err
		}
		for _, x := range xs {
			if total, err = rt.binary("+", toNumber(total), toNumber(x)); err != nil {
				return nil, rt.raise("TypeError", "unsupported operand type(s) for +: '%s' and '%s'", typeName(total), typeName(x))
			}
		}
		return total, nil
	})
	for _, name := range []string{"any", "all"} {
		m[name] = rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			it, err := rt.iterate(th, a[0])
			if err != nil {
				return nil, err
			}
			defer it.Done()
			var x starlark.Value
			for it.Next(&x) {
				if bool(x.Truth()) == (name == "any") {
					return starlark.Bool(name == "any"), nil
				}
			}
			if err := iterError(it); err != nil {
				return nil, err
			}
			return starlark.Bool(name == "all"), nil
		})
	}
	m["map"] = rt.pos("map", 2, -1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		var its []starlark.Iterator
		for _, x := range a[1:] {
			it, err := rt.iterator(th, x)
			if err != nil {
				return nil, err
			}
			its = append(its, it.(*lazyIter))
		}
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			args := make(starlark.Tuple, len(its))
			for i, it := range its {
				if !it.Next(&args[i]) {
					return nil, iterError(it)
				}
			}
			return starlark.Call(th, a[0], args, nil)
		}}, nil
	})
	m["filter"] = rt.pos("filter", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		v, err := rt.iterator(th, a[1])
		if err != nil {
			return nil, err
		}
		it := v.(*lazyIter)
		return &lazyIter{rt: rt, next: func() (starlark.Value, error) {
			var x starlark.Value
			for it.Next(&x) {
				keep := x
				if a[0] != starlark.None {
					r, err := starlark.Call(th, a[0], starlark.Tuple{x}, nil)
					if err != nil {
						return nil, err
					}
					keep = r
				}
				if keep.Truth() {
					return x, nil
				}
			}
			return nil, it.err
		}}, nil
	})
	m["zip"] = rt.fn("zip", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		strict, _ := kwarg(kw, "strict")
		var cols [][]starlark.Value
		n := -1
		for _, x := range a {
			c, err := rt.all(th, x)
			if err != nil {
				return nil, err
			}
			if n >= 0 && len(c) != n && strict != nil && bool(strict.Truth()) {
				return nil, rt.raise("ValueError", "zip() argument 2 is longer or shorter than argument 1")
			}
			if n < 0 || len(c) < n {
				n = len(c)
			}
			cols = append(cols, c)
		}
		var rows []starlark.Value
		for i := range max(n, 0) {
			row := make(starlark.Tuple, len(cols))
			for j, c := range cols {
				row[j] = c[i]
			}
			rows = append(rows, row)
		}
		return starlark.NewList(rows), nil
	})
	m["scope"] = rt.pos("scope", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if it, ok := a[0].(starlark.Iterable); ok {
			if _, file := a[0].(*stream); !file {
				if _, gen := a[0].(*generator); !gen {
					return it.(starlark.Value), nil // a scope of the driver's own
				}
			}
		}
		return &scopeIter{rt: rt, thread: th, manager: a[0]}, nil
	})
	rt.generatorBuiltins(m)
}

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

var errClosed = errors.New("the generator was closed")
