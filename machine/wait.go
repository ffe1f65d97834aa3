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

// Wait bounds a wait.
type Wait struct {
	Timeout        time.Duration // of the whole wait; 0 means none
	AttemptTimeout time.Duration // of one attempt; an attempt cut by it counts as failed. 0 means the whole wait's

	most time.Duration // the longest pause between attempts; 0 means pollMost
}

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

// attempt is one try of a wait. It returns whether the condition holds, and what it saw (for the error when
// the time runs out). An error ends the wait.
type attempt func(ctx context.Context) (ok bool, seen string, err error)

var (
	errWaitOver    = errors.New("the wait's time has run out")
	errAttemptOver = errors.New("the attempt's time has run out")
)

// wait is the one engine of all waits: it repeats f until the condition holds, with pauses that grow from short to a
// second. It honours the deadline, attempt timeout, cancellation and polling conditions. Its error says what was seen
// last. what names the wait in the log and in the error.
func (m *Machine) wait(ctx context.Context, what string, w Wait, f attempt) (err error) {
	parent := ctx
	ctx, span := m.o.Log.Begin(ctx, report.Entry{Action: report.ActionWait, Machine: m.o.Name, Text: what, Timeout: w.Timeout})
	defer func() { span.End(err) }()
	start := time.Now()
	if w.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.Timeout, errWaitOver)
		defer cancel()
	}
	pause, most := pollFirst, pollMost
	if w.most > 0 {
		most = w.most
	}
	last := ""
	for n := 1; ; n++ {
		if err := runTick(parent); err != nil {
			return err
		}
		ok, seen, err := m.try(ctx, w, f)
		if ok && err == nil {
			return nil
		}
		// An attempt that the deadline cut saw nothing.
		if err != nil && seen == "" {
			seen = cmp.Or(last, "no attempt ended in this time")
		}
		last = seen
		timedOut := func() error {
			return &TimeoutError{Machine: m.o.Name, What: what, Timeout: w.Timeout, Elapsed: time.Since(start), Attempts: n, Seen: seen}
		}
		if err != nil && errors.Is(context.Cause(ctx), errWaitOver) && (errors.Is(err, errWaitOver) || errors.Is(err, context.DeadlineExceeded)) {
			return timedOut()
		}
		if err != nil {
			return err
		}
		if n%10 == 0 || pause == most {
			span.Progress("%d attempts, last seen: %s", n, firstLine(seen))
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			if c := context.Cause(ctx); !errors.Is(c, errWaitOver) {
				return c
			}
			return timedOut()
		}
		pause = min(pause*3/2, most)
	}
}

// try makes one attempt. If it could not begin because an earlier command does not end, seen says so; likewise if its
// shell has ended, as in a reboot: the next attempt waits for the next shell.
func (m *Machine) try(ctx context.Context, w Wait, f attempt) (bool, string, error) {
	ok, seen, err := m.tryFor(ctx, w, f)
	var busy *shell.BusyError
	var lost *shell.LostError
	switch {
	case errors.As(err, &busy):
		return false, busy.Error(), nil
	case errors.As(err, &lost):
		m.logf(ctx, report.Info, "%v; the wait goes on", lost)
		return false, lost.Error(), nil
	}
	return ok, seen, err
}

func (m *Machine) tryFor(ctx context.Context, w Wait, f attempt) (bool, string, error) {
	if w.AttemptTimeout <= 0 {
		return f(ctx)
	}
	actx, cancel := context.WithTimeoutCause(ctx, w.AttemptTimeout, errAttemptOver)
	defer cancel()
	ok, seen, err := f(actx)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(actx), errAttemptOver) {
		return false, strings.TrimSpace(seen + "\n(the attempt was cut after " + seconds(w.AttemptTimeout) + ")"), nil
	}
	return ok, seen, err
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

func joinLines(l []string) string { return strings.Join(l, "\n") }
