package pyrt

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// generator is a call of a generator function. Its body runs in a goroutine of its own that only ever runs while
// somebody waits for its next value, so that no two of the script's functions run at once.
type generator struct {
	rt      *Runtime
	fn      starlark.Value
	args    starlark.Tuple
	kwargs  []starlark.Tuple
	thread  *starlark.Thread
	resume  chan resumption
	values  chan starlark.Value
	end     chan resumption // what the body returned or failed with
	started bool
	running bool
	over    bool
	it      *lazyIter
}

// resumption is what goes into a generator: a value that its yield gives, or an error that it raises.
type resumption struct {
	value starlark.Value
	err   error
}

func (g *generator) String() string             { return "<generator object>" }
func (g *generator) Type() string               { return "generator" }
func (g *generator) Freeze()                    {}
func (g *generator) Truth() starlark.Bool       { return true }
func (g *generator) Hash() (uint32, error)      { return starlark.String(fmt.Sprintf("%p", g)).Hash() }
func (g *generator) Iterate() starlark.Iterator { return &loopIter{g.iter()} }
func (g *generator) AttrNames() []string        { return []string{"__next__", "close", "send", "throw"} }

// Binary implements `x in generator`.
func (g *generator) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op != syntax.IN || side != starlark.Right {
		return nil, nil
	}
	return g.rt.contains(g, y)
}

// Attr gives the methods of a generator.
func (g *generator) Attr(name string) (starlark.Value, error) {
	rt := g.rt
	// next is the value of the next yield; the end is a StopIteration.
	next := func(v starlark.Value, err error) (starlark.Value, error) {
		if v == nil && err == nil {
			return nil, g.stop()
		}
		return v, err
	}
	switch name {
	case "send":
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if !g.started && !g.over && a[0] != starlark.None {
				return nil, rt.raise("TypeError", "can't send non-None value to a just-started generator")
			}
			return next(g.step(resumption{value: a[0]}))
		}), nil
	case "__next__":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return next(g.step(resumption{})) }), nil
	case "throw":
		return rt.pos(name, 1, 3, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			exc := a[0]
			if c, ok := exc.(*Class); ok && len(a) > 1 && a[1] != starlark.None {
				v, err := c.CallInternal(th, a[1:2], nil)
				if err != nil {
					return nil, err
				}
				exc = v
			}
			return next(g.step(resumption{err: rt.throw(th, exc)}))
		}), nil
	case "close":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, g.close() }), nil
	}
	return nil, nil
}

// stop is the StopIteration of the generator's end, with what its body returned.
func (g *generator) stop() error {
	if v := g.iter().result; v != nil && v != starlark.None {
		g.iter().result = nil // the first StopIteration alone has it
		return &Raised{Exc: g.rt.exception("StopIteration", v)}
	}
	return &Raised{Exc: g.rt.exception("StopIteration")}
}

func (g *generator) iter() *lazyIter {
	if g.it == nil {
		g.it = &lazyIter{rt: g.rt, next: func() (starlark.Value, error) { return g.step(resumption{}) }}
	}
	return g.it
}

// step runs the body up to its next yield; a nil value is its end.
func (g *generator) step(in resumption) (starlark.Value, error) {
	if g.running {
		return nil, g.rt.raise("ValueError", "generator already executing")
	}
	if g.over {
		return nil, in.err
	}
	caller := g.rt.thread
	g.running = true
	defer func() { g.running = false }()
	if !g.started {
		if in.err != nil {
			g.over = true
			return nil, in.err
		}
		g.start(caller)
	} else {
		if g.rt.opts.Follow != nil {
			g.rt.opts.Follow(g.thread, caller)
		}
		g.resume <- in
	}
	defer func() { g.rt.thread = caller }()
	select {
	case v := <-g.values:
		return v, nil
	case out := <-g.end:
		g.finish()
		g.iter().result = out.value
		if out.err == nil {
			return nil, nil
		}
		err := g.rt.Resolve(g.thread, out.err)
		if err != in.err && !errors.Is(err, errClosed) && g.rt.Exception(err).class.name == "StopIteration" {
			return nil, g.rt.raise("RuntimeError", "generator raised StopIteration")
		}
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
	g.resume, g.values, g.end = make(chan resumption), make(chan starlark.Value), make(chan resumption, 1)
	g.rt.mu.Lock()
	g.rt.generators[g] = true
	g.rt.mu.Unlock()
	yield := g.rt.pos("yield", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		var v starlark.Value = starlark.None
		if len(a) == 1 {
			v = a[0]
		}
		g.values <- v
		in := <-g.resume
		g.rt.thread = g.thread
		if in.err != nil {
			return nil, again(in.err)
		}
		if in.value == nil {
			in.value = starlark.None
		}
		return in.value, nil
	})
	go func() {
		v, err := starlark.Call(g.thread, g.fn, append(starlark.Tuple{yield}, g.args...), g.kwargs)
		g.end <- resumption{v, err}
	}()
}

// throw raises an error at the yield; it tells whether the body swallowed it.
func (g *generator) throw(cause error) (bool, error) {
	v, err := g.step(resumption{err: cause})
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

// close raises GeneratorExit at the yield.
func (g *generator) close() error {
	if !g.started || g.over {
		g.over = true
		return nil
	}
	v, err := g.step(resumption{err: &Raised{Exc: g.rt.exception("GeneratorExit")}})
	if v != nil {
		return g.rt.raise("RuntimeError", "generator ignored GeneratorExit")
	}
	if err != nil {
		if c := g.rt.Exception(err).class.name; c == "GeneratorExit" || c == "StopIteration" {
			return nil
		}
	}
	return err
}

// abandon ends the goroutine of a generator that was not run to its end.
func (g *generator) abandon() {
	for i := 0; i < 10 && g.started && !g.over; i++ {
		if v, _ := g.step(resumption{err: errClosed}); v == nil {
			return
		}
	}
}

var errClosed = errors.New("the generator was closed")

func (rt *Runtime) generatorBuiltins(m starlark.StringDict) {
	m["generator"] = rt.pos("generator", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		fn, ok := a[0].(starlark.Callable)
		if !ok {
			return nil, rt.raise("TypeError", "'%s' object is not callable", typeName(a[0]))
		}
		return rt.wrap(fn, func(_ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			return &generator{rt: rt, fn: fn, args: args, kwargs: kwargs}, nil
		}), nil
	})
	// yield_from(yield, iterable) passes on what is sent, and gives what a generator returned.
	m["yield_from"] = rt.pos("yield_from", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		g, ok := a[1].(*generator)
		if !ok {
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
		}
		in := resumption{}
		for {
			v, err := g.step(in)
			if err != nil {
				return nil, err
			}
			if v == nil {
				if r := g.iter().result; r != nil {
					return r, nil
				}
				return starlark.None, nil
			}
			in = resumption{}
			if in.value, in.err = starlark.Call(th, a[0], starlark.Tuple{v}, nil); in.err != nil && rt.fatal(th, in.err) {
				return nil, in.err
			}
		}
	})
}
