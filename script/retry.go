package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

func retry(ctx context.Context, c *Call) (starlark.Value, error) {
	fn := c.Callable("fn")
	timeout, limited := c.Duration("timeout")
	end := c.state.rt.now().Add(timeout)
	remaining := takesRemaining(fn)
	return nil, poll(ctx, c, "retrying "+title(fn), time.Second, func(ctx context.Context, last bool) (bool, error) {
		arg := starlark.Value(starlark.Bool(last))
		switch {
		case remaining && last:
			return false, nil // there is no time that it could be given
		case remaining && limited:
			arg = starlark.Float(end.Sub(c.state.rt.now()).Seconds())
		case remaining:
			arg = starlark.None
		}
		v, err := c.Invoke(ctx, fn, arg)
		if err != nil {
			return false, err
		}
		return bool(v.Truth()), nil
	}, func() string { return "" })
}

// takesRemaining reports whether a function for retry takes the remaining time, as its parameter's name says, instead of
// whether the attempt is the last one.
func takesRemaining(fn starlark.Callable) bool {
	f, ok := fn.(*starlark.Function)
	if !ok || f.NumParams() == 0 {
		return false
	}
	name, _ := f.Param(0)
	return strings.Contains(name, "remaining")
}

var errDeadline = errors.New("the timeout has run out")

// lastAttempt is the least limit of the attempt after the deadline.
const lastAttempt = time.Minute

// poll calls attempt until it returns true or the call's argument "timeout" has run out, which cancels the current
// attempt. Then one more is made with last set; it is cancelled only if it takes as long again, and more than
// lastAttempt.
func poll(ctx context.Context, c *Call, what string, maxDelay time.Duration, attempt func(ctx context.Context, last bool) (bool, error), seen func() string) error {
	timeout, limited := c.Duration("timeout")
	start := c.state.rt.now()
	left := func() time.Duration { return timeout - c.state.rt.now().Sub(start) }
	attempts := 0
	// try makes an attempt and reports whether the end of its time cut it.
	try := func(limit time.Duration, last bool) (ok, cut bool, err error) {
		attempts++
		actx, cancel := ctx, context.CancelFunc(func() {})
		if limited {
			actx, cancel = context.WithTimeoutCause(ctx, limit, errDeadline)
		}
		defer cancel()
		ok, err = attempt(actx, last)
		if ok || err == nil || ctx.Err() != nil || context.Cause(actx) != errDeadline {
			return ok, false, err
		}
		c.state.caught()
		return false, true, nil
	}
	for delay := min(50*time.Millisecond, maxDelay); !limited || left() > 0; delay = min(2*delay, maxDelay) {
		ok, cut, err := try(left(), false)
		if ok || err != nil {
			return err
		}
		if cut {
			break
		}
		pause := delay
		if limited {
			pause = min(pause, left())
		}
		if err := c.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	if ok, _, err := try(max(timeout, lastAttempt), true); ok || err != nil {
		return err
	}
	msg := fmt.Sprintf("action timed out after %.2f seconds (timeout %s, %s): %s", c.state.rt.now().Sub(start).Seconds(), timeout, plural(attempts, "attempt"), what)
	if s := seen(); s != "" {
		msg += ": " + s
	}
	return &AssertionError{Msg: msg}
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
