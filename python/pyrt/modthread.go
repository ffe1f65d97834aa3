package pyrt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// threadModule is what the modules for threads, which are written in Python, are made of.
func (rt *Runtime) threadModule() *starlarkstruct.Module {
	return namespace("_thread", starlark.StringDict{
		// start(fn, name, daemon) calls fn in a thread of its own.
		"start": rt.pos("start", 3, 3, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if rt.opts.Spawn == nil {
				return nil, rt.raise("RuntimeError", "can't start new thread")
			}
			name := strArg(a, 1, "")
			done, err := rt.opts.Spawn(th, name, bool(a[2].Truth()), func(th *starlark.Thread) error {
				_, err := starlark.Call(th, a[0], nil, nil)
				err = rt.Resolve(th, err)
				if _, exits := ExitCode(err); err == nil || exits {
					return nil
				}
				if !rt.fatal(th, err) {
					exc := rt.Exception(err)
					text, terr := rt.exceptionText(exc)
					if terr == nil && text != "" {
						text = ": " + text
					}
					fmt.Fprintf(rt.opts.Stderr, "Exception in thread %s:\n%s%s\n", name, exc.class.name, text)
				}
				return err
			})
			if err != nil {
				return nil, rt.raise("RuntimeError", "can't start new thread: %v", err)
			}
			return &threadHandle{rt: rt, done: done}, nil
		}),
		"lock": rt.pos("lock", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return &lock{rt: rt}, nil }),
		// locals() is a dict of the calling thread.
		"locals": rt.pos("locals", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			if rt.turn.locals == nil {
				rt.turn.locals = &starlark.Dict{}
			}
			return rt.turn.locals, nil
		}),
		"ident": rt.pos("ident", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			if rt.turn.ident == 0 {
				rt.idents++
				rt.turn.ident = rt.idents
			}
			return starlark.MakeInt(rt.turn.ident), nil
		}),
	})
}

// await waits for a channel, or for a time limit unless it is negative; others run meanwhile. It tells whether the
// channel was closed.
func (rt *Runtime) await(th *starlark.Thread, done <-chan struct{}, timeout time.Duration) (bool, error) {
	closed := false
	err := rt.block(th, func() error {
		var limit <-chan time.Time
		if timeout >= 0 {
			timer := time.NewTimer(timeout)
			defer timer.Stop()
			limit = timer.C
		}
		ctx := rt.context(th)
		select {
		case <-done:
			closed = true
		case <-limit:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		return nil
	})
	return closed, err
}

// seconds is a time limit; None and negative numbers are none.
func seconds(v starlark.Value) time.Duration {
	f, ok := starlark.AsFloat(v)
	if !ok || f < 0 {
		return -1
	}
	return time.Duration(f * float64(time.Second))
}

// threadHandle is a thread that was started.
type threadHandle struct {
	rt   *Runtime
	done <-chan struct{}
}

func (t *threadHandle) String() string        { return "<thread>" }
func (t *threadHandle) Type() string          { return "thread" }
func (t *threadHandle) Freeze()               {}
func (t *threadHandle) Truth() starlark.Bool  { return true }
func (t *threadHandle) Hash() (uint32, error) { return 0, errors.New("unhashable: thread") }
func (t *threadHandle) AttrNames() []string   { return []string{"ended", "wait"} }

// Attr gives ended() and wait(timeout), which tells whether the thread has ended.
func (t *threadHandle) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ended":
		return t.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			select {
			case <-t.done:
				return starlark.True, nil
			default:
				return starlark.False, nil
			}
		}), nil
	case "wait":
		return t.rt.pos(name, 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			ended, err := t.rt.await(th, t.done, seconds(a[0]))
			return starlark.Bool(ended), err
		}), nil
	}
	return nil, nil
}

// lock is a threading.Lock. Its fields belong to the thread that executes bytecode.
type lock struct {
	rt      *Runtime
	held    bool
	waiting []chan struct{}
}

func (l *lock) String() string {
	if l.held {
		return "<locked _thread.lock object>"
	}
	return "<unlocked _thread.lock object>"
}
func (l *lock) Type() string          { return "lock" }
func (l *lock) Freeze()               {}
func (l *lock) Truth() starlark.Bool  { return true }
func (l *lock) Hash() (uint32, error) { return starlark.String(fmt.Sprintf("%p", l)).Hash() }
func (l *lock) AttrNames() []string   { return []string{"acquire", "locked", "release"} }

func (l *lock) acquire(th *starlark.Thread, timeout time.Duration) (bool, error) {
	if !l.held {
		l.held = true
		return true, nil
	}
	if timeout == 0 {
		return false, nil
	}
	got := make(chan struct{})
	l.waiting = append(l.waiting, got)
	closed, err := l.rt.await(th, got, timeout)
	if closed {
		return true, nil
	}
	select {
	case <-got: // it was handed over after the time was up
		return true, nil
	default:
	}
	for i, w := range l.waiting {
		if w == got {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			break
		}
	}
	return false, err
}

func (l *lock) release() error {
	if !l.held {
		return l.rt.raise("RuntimeError", "release unlocked lock")
	}
	if len(l.waiting) == 0 {
		l.held = false
		return nil
	}
	next := l.waiting[0]
	l.waiting = l.waiting[1:]
	close(next) // it stays held, by the next thread
	return nil
}

func (l *lock) enter(th *starlark.Thread) (starlark.Value, error) {
	_, err := l.acquire(th, -1)
	return starlark.True, err
}

func (l *lock) exit() error { return l.release() }

// Attr gives the methods.
func (l *lock) Attr(name string) (starlark.Value, error) {
	rt := l.rt
	switch name {
	case "acquire":
		return rt.fn(name, func(th *starlark.Thread, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			a, err := rt.bind(name, []string{"blocking", "timeout"}, args, kw)
			if err != nil {
				return nil, err
			}
			limit := time.Duration(-1)
			if a[1] != nil {
				limit = seconds(a[1])
			}
			if a[0] != nil && !bool(a[0].Truth()) {
				limit = 0
			}
			ok, err := l.acquire(th, limit)
			return starlark.Bool(ok), err
		}), nil
	case "release":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.None, l.release() }), nil
	case "locked":
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.Bool(l.held), nil }), nil
	}
	return nil, nil
}
