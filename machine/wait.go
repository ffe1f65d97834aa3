package machine

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// Wait bounds a wait. When its time has run out, one last attempt is made, which is not cut short: what it sees counts.
type Wait struct {
	Timeout        time.Duration // of the attempts before the last one; 0 means none
	AttemptTimeout time.Duration // of one attempt; an attempt cut by it counts as failed. 0 means the whole wait's

	most time.Duration // the longest pause between attempts; 0 means pollMost
	last time.Duration // of the last attempt, if there is no AttemptTimeout; 0 means lastLook
}

// Limits of a last attempt: a look takes so long only if what is looked at hangs. A wait that is told of all that
// happens looks only at what has come.
const (
	lastLook    = 10 * time.Second
	lastPicture = time.Minute // pictures are read on the host, which may be busy
	lastEvent   = time.Millisecond
)

// defaultTimeout is that of the Python driver.
const defaultTimeout = 900 * time.Second

// pollFirst is the pause after the first attempt; it grows by half each time up to pollMost.
const (
	pollFirst = 20 * time.Millisecond
	pollMost  = time.Second
)

type tickKey struct{}

// WithTick returns a context whose waits call f between their attempts, at least every second; an error of f ends the
// wait. Polling conditions are checked in this way.
func WithTick(ctx context.Context, f func(context.Context) error) context.Context {
	return context.WithValue(ctx, tickKey{}, f)
}

func runTick(ctx context.Context) error {
	if f, ok := ctx.Value(tickKey{}).(func(context.Context) error); ok {
		return f(ctx)
	}
	return nil
}

// attempt is one try of a wait, which ends with ctx; last is set for the last one. It returns whether the condition
// holds, and what it saw (for the error when the time runs out). An error ends the wait.
type attempt func(ctx context.Context, last bool) (ok bool, seen string, err error)

var (
	errWaitOver    = errors.New("the wait's time has run out")
	errAttemptOver = errors.New("the attempt's time has run out")
)

// wait is the one engine of all waits: it repeats f until the condition holds, with pauses that grow from short to a
// second. It honours the deadline, attempt timeout, cancellation and polling conditions. Its error says what was seen
// last. what names the wait in the log and in the error.
func (m *Machine) wait(ctx context.Context, what string, w Wait, f attempt) (err error) {
	parent := ctx
	whole, span := m.o.Log.Begin(ctx, report.Entry{Action: report.ActionWait, Machine: m.o.Name, Text: what, Timeout: w.Timeout})
	defer func() { span.End(err) }()
	start := time.Now()
	ctx, cancel := whole, context.CancelFunc(func() {})
	if w.Timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(whole, w.Timeout, errWaitOver)
	}
	defer cancel()
	pause, most := pollFirst, cmp.Or(w.most, pollMost)
	seen := "" // by the last attempt that was not cut
	for n := 1; ; n++ {
		if err := runTick(parent); err != nil {
			return err
		}
		over := errors.Is(context.Cause(ctx), errWaitOver)
		if over {
			ctx = whole
			if w.AttemptTimeout <= 0 {
				w.AttemptTimeout = cmp.Or(w.last, lastLook)
			}
		}
		ok, now, cut, err := m.try(ctx, w, over, f)
		switch {
		case err != nil:
			return err
		case ok:
			return nil
		case !cut:
			seen = now
		default:
			now = cmp.Or(now, seen, "no attempt ended in this time")
			if !over && ctx.Err() == nil {
				now += "\n(the attempt was cut after " + seconds(w.AttemptTimeout) + ")"
			}
		}
		if over {
			return &TimeoutError{Machine: m.o.Name, What: what, Timeout: w.Timeout, Elapsed: time.Since(start), Attempts: n, Seen: now}
		}
		if n%10 == 0 || pause == most {
			span.Progress("%d attempts, last seen: %s", n, firstLine(now))
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			if c := context.Cause(ctx); !errors.Is(c, errWaitOver) {
				return c
			}
		}
		pause = min(pause*3/2, most)
	}
}

// try makes one attempt and reports whether the end of its time, or of the wait's, cut it. If it could not begin because
// an earlier command does not end, seen says so; likewise if its shell has ended, as in a reboot: the next attempt waits
// for the next shell.
func (m *Machine) try(ctx context.Context, w Wait, last bool, f attempt) (ok bool, seen string, cut bool, err error) {
	actx := ctx
	if w.AttemptTimeout > 0 {
		var cancel context.CancelFunc
		actx, cancel = context.WithTimeoutCause(ctx, w.AttemptTimeout, errAttemptOver)
		defer cancel()
	}
	ok, seen, err = f(actx, last)
	var busy *shell.BusyError
	var lost *shell.LostError
	c := context.Cause(actx)
	switch {
	case err == nil:
	case errors.As(err, &busy):
		return false, busy.Error(), false, nil
	case errors.As(err, &lost):
		m.logf(ctx, report.Info, "%v; the wait goes on", lost)
		return false, lost.Error(), false, nil
	case errors.Is(c, errWaitOver) && (errors.Is(err, errWaitOver) || errors.Is(err, context.DeadlineExceeded)), errors.Is(c, errAttemptOver):
		return false, seen, true, nil
	}
	return ok, seen, false, err
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

func joinLines(l []string) string { return strings.Join(l, "\n") }
