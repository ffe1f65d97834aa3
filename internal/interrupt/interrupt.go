// Package interrupt decides what Ctrl-C and the termination signals end: the whole run, or, if an interactive
// session handles Ctrl-C, a part that the session chooses.
package interrupt

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

type key struct{}

// handlers are the functions that handle Ctrl-C; only the last one is called.
type handlers struct {
	end context.CancelCauseFunc

	mu    sync.Mutex
	stack []*func()
}

func (h *handlers) top() func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.stack); n > 0 {
		return *h.stack[n-1]
	}
	return nil
}

// Context returns a context that SIGINT, SIGTERM and SIGHUP cancel; cause returns the cause for a signal. A second signal
// calls exit. If Take has set a function for SIGINT, SIGINT only calls this function. The caller must call stop.
func Context(ctx context.Context, cause func(os.Signal) error, exit func()) (_ context.Context, stop func()) {
	h := &handlers{}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, key{}, h))
	h.end = cancel
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		over := false
		for {
			select {
			case s := <-ch:
				if f := h.top(); f != nil && s == os.Interrupt {
					f()
					continue
				}
				if over {
					exit()
				}
				over = true
				cancel(cause(s))
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		<-ended
		cancel(nil)
	}
}

// End cancels the context as a signal does. It does nothing for a context that Context did not return.
func End(ctx context.Context, cause error) {
	if h, ok := ctx.Value(key{}).(*handlers); ok {
		h.end(cause)
	}
}

// Take makes each SIGINT only call f, until restore is called. f must not wait. Take does nothing for a context that
// Context did not return.
func Take(ctx context.Context, f func()) (restore func()) {
	h, ok := ctx.Value(key{}).(*handlers)
	if !ok {
		return func() {}
	}
	p := &f
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stack = append(h.stack, p)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		for i, x := range h.stack {
			if x == p {
				h.stack = append(h.stack[:i:i], h.stack[i+1:]...)
				return
			}
		}
	}
}
