package script

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.starlark.net/starlark"
)

func retry(ctx context.Context, c *Call) (starlark.Value, error) {
	fn := c.Callable("fn")
	return nil, poll(ctx, c, "retrying "+title(fn), time.Second, func(ctx context.Context, last bool) (bool, error) {
		v, err := c.Invoke(ctx, fn, starlark.Bool(last))
		if err != nil {
			return false, err
		}
		return bool(v.Truth()), nil
	}, func() string { return "" })
}

var errDeadline = errors.New("the timeout has run out")

// poll calls attempt until it returns true or the call's argument "timeout" has run out, which cancels the current
// attempt. If the time runs out between two attempts, one more is made with last set; it is not cancelled, so that it
// can say what is wrong.
func poll(ctx context.Context, c *Call, what string, maxDelay time.Duration, attempt func(ctx context.Context, last bool) (bool, error), seen func() string) error {
	timeout, _ := c.Duration("timeout")
	start := c.state.rt.now()
	deadline := start.Add(timeout)
	attempts := 0
	failed := func() error {
		msg := fmt.Sprintf("%s: timed out after %s (%s, timeout %s)", what, c.state.rt.now().Sub(start).Round(10*time.Millisecond), plural(attempts, "attempt"), timeout)
		if s := seen(); s != "" {
			msg += ": " + s
		}
		return &AssertionError{Msg: msg}
	}
	for delay := min(50*time.Millisecond, maxDelay); ; delay = min(2*delay, maxDelay) {
		if left := deadline.Sub(c.state.rt.now()); left > 0 {
			attempts++
			actx, cancel := context.WithTimeoutCause(ctx, left, errDeadline)
			ok, err := attempt(actx, false)
			cut := ctx.Err() == nil && context.Cause(actx) == errDeadline
			cancel()
			if ok {
				return nil
			}
			if err != nil && !cut {
				return err
			}
			if cut {
				c.state.caught()
				return failed()
			}
		}
		left := deadline.Sub(c.state.rt.now())
		if err := c.Sleep(ctx, min(delay, left)); err != nil {
			return err
		}
		if left > delay {
			continue
		}
		attempts++
		ok, err := attempt(ctx, true)
		if ok || err != nil {
			return err
		}
		return failed()
	}
}

// Sleep waits while other threads of the script run, and fails when the context ends first.
func (c *Call) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return c.state.block(func() error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return &cancelError{context.Cause(ctx)}
		}
	})
}
