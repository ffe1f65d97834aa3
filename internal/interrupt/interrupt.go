// Package interrupt decides what Ctrl-C and the termination signals end: the whole run, or, where an interactive
// session has taken Ctrl-C over, what the session says.
package interrupt

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

type key struct{}

// handlers are those who have taken Ctrl-C over, the last one has it.
type handlers struct {
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

// Context returns a context that SIGINT, SIGTERM and SIGHUP end, with what cause makes of the signal as its cause. A
// second signal calls exit. SIGINT goes to whom has taken it (Take). stop must be called.
func Context(ctx context.Context, cause func(os.Signal) error, exit func()) (_ context.Context, stop func()) {
	h := &handlers{}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, key{}, h))
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

// Take has f called for each SIGINT, which then ends nothing else, until restore is called. f must not wait. For a
// context that is not of Context, Take does nothing.
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
