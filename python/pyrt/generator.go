package pyrt

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
)

// generator is a call of a generator function. Its body runs in a goroutine of its own that only ever runs while
// somebody waits for its next value, so that no two of the script's functions run at once.
type generator struct {
	rt      *Runtime
	fn      starlark.Value
	args    starlark.Tuple
	kwargs  []starlark.Tuple
	thread  *starlark.Thread
	resume  chan error // nil to go on, an error to raise at the yield
	values  chan starlark.Value
	end     chan error
	started bool
	over    bool
	it      *lazyIter
}

func (g *generator) String() string             { return "<generator object>" }
func (g *generator) Type() string               { return "generator" }
func (g *generator) Freeze()                    {}
func (g *generator) Truth() starlark.Bool       { return true }
func (g *generator) Hash() (uint32, error)      { return 0, fmt.Errorf("unhashable: generator") }
func (g *generator) Iterate() starlark.Iterator { return &loopIter{g.iter()} }

func (g *generator) iter() *lazyIter {
	if g.it == nil {
		g.it = &lazyIter{rt: g.rt, next: func() (starlark.Value, error) { return g.step(nil) }}
	}
	return g.it
}

// step runs the body up to its next yield; a nil value is its end.
func (g *generator) step(inject error) (starlark.Value, error) {
	if g.over {
		return nil, inject
	}
	caller := g.rt.thread
	if !g.started {
		if inject != nil {
			g.over = true
			return nil, inject
		}
		g.start(caller)
	} else {
		g.resume <- inject
	}
	defer func() { g.rt.thread = caller }()
	select {
	case v := <-g.values:
		return v, nil
	case err := <-g.end:
		g.finish()
		return nil, err
	}
}

func (g *generator) finish() {
	g.over = true
	g.rt.mu.Lock()
	delete(g.rt.generators, g)
	g.rt.mu.Unlock()
}

func (g *generator) start(caller *starlark.Thread) {
	g.started = true
	g.thread = g.rt.child(caller)
	g.resume, g.values, g.end = make(chan error), make(chan starlark.Value), make(chan error, 1)
	g.rt.mu.Lock()
	g.rt.generators[g] = true
	g.rt.mu.Unlock()
	yield := g.rt.pos("yield", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		var v starlark.Value = starlark.None
		if len(a) == 1 {
			v = a[0]
		}
		g.values <- v
		if err := <-g.resume; err != nil {
			return nil, err
		}
		g.rt.thread = g.thread
		return starlark.None, nil
	})
	go func() {
		_, err := starlark.Call(g.thread, g.fn, append(starlark.Tuple{yield}, g.args...), g.kwargs)
		g.end <- err
	}()
}

// throw raises an error at the yield; it tells whether the body swallowed it.
func (g *generator) throw(cause error) (bool, error) {
	v, err := g.step(cause)
	if err != nil {
		if errors.Is(err, cause) {
			return false, nil
		}
		return false, err
	}
	if v != nil {
		return false, g.rt.raise("RuntimeError", "generator didn't stop after throw()")
	}
	return true, nil
}

// close ends the goroutine of a generator that was not run to its end.
func (g *generator) close() {
	for i := 0; i < 10 && g.started && !g.over; i++ {
		if v, _ := g.step(errClosed); v == nil {
			return
		}
	}
}

func (rt *Runtime) generatorBuiltins(m starlark.StringDict) {
	m["generator"] = rt.pos("generator", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		fn, ok := a[0].(starlark.Callable)
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object is not callable", typeName(a[0]))
		}
		return rt.fn(fn.Name(), func(_ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			return &generator{rt: rt, fn: fn, args: args, kwargs: kwargs}, nil
		}), nil
	})
	m["yield_from"] = rt.pos("yield_from", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		it, err := rt.iterate(th, a[1])
		if err != nil {
			return nil, err
		}
		defer it.Done()
		var v starlark.Value
		for it.Next(&v) {
			if _, err := starlark.Call(th, a[0], starlark.Tuple{v}, nil); err != nil {
				return nil, err
			}
		}
		return starlark.None, iterError(it)
	})
}
