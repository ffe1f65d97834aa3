//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

const (
	// commandLimit is each command's own limit.
	commandLimit = 30 * time.Second
	// mostWrong is the number of wrong answers after which a round ends.
	mostWrong = 3
	// answerLimit is the longest time of a call with its limit, a boot before it, and all disturbances.
	answerLimit = commandLimit + bootLimit
)

// resetter resets a guest, and counts the resets.
type resetter struct {
	w     *worker
	m     *machine.Machine
	count atomic.Int64
}

// resets runs commands that print their own number, and resets the guest at random moments.
func resets(ctx context.Context, w *worker) (string, error) {
	m, err := w.start(ctx, driver.MachineConfig{Name: "m", Guest: "tiny", Memory: 128}, machine.StartConfig{AllowReboot: true})
	if err != nil {
		return "nothing", err
	}
	r := &resetter{w: w, m: m}
	commands, wrong := 0, 0
	for n := range 6 + w.rng.IntN(7) {
		// By the guest itself, by the monitor, by the monitor while the guest is stopped: in a command, or before one is sent.
		how, at, stopped := w.rng.IntN(4), seconds(w.rng, 0, 2), seconds(w.rng, 0, 1)
		var reset chan error
		switch how {
		case 0:
			say("reset %d: by the guest itself after %.2f s", n, at.Seconds())
			r.count.Add(1)
			commands++
			// The reset may come before the answer.
			bad, _ := r.ask(ctx, commands, fmt.Sprintf("(sleep %.2f; reboot -f) >/dev/null 2>&1 & ", at.Seconds()), "")
			wrong += bad
		case 1, 2:
			reset = make(chan error, 1)
			go func() { reset <- r.byMonitor(ctx, n, at, stopped, how == 2) }()
		case 3:
			if _, err := m.QMP(ctx, "stop", nil); err != nil {
				return r.did(commands, wrong), err
			}
			reset = make(chan error, 1)
			go func() { reset <- r.byMonitor(ctx, n, stopped, 0, true) }()
		}
		good, fine, freeze := 0, 2+w.rng.IntN(4), w.freeze()
		if w.rng.IntN(3) == 0 && !w.calm && how != 3 {
			if _, err := m.Execute(ctx, freeze, machine.ExecuteOptions{NoOutput: true, Timeout: w.limit(commandLimit)}); err != nil {
				say("no freeze: %v", err)
			}
		}
		for begin := time.Now(); good < fine || reset != nil; {
			if good >= fine && reset != nil {
				if err := <-reset; err != nil {
					return r.did(commands, wrong), err
				}
				reset, good = nil, 0
			}
			commands++
			script, after := "", ""
			switch w.each.IntN(4) {
			case 0:
				script = fmt.Sprintf("sleep %.2f; ", w.each.Float64())
			case 1:
				after = "; (exit 3)"
			}
			before := wrong
			bad, err := r.ask(ctx, commands, script, after)
			wrong += bad
			if ctx.Err() != nil {
				return r.did(commands, wrong), context.Cause(ctx)
			}
			switch {
			case wrong == mostWrong:
				return r.did(commands, wrong), errors.New("the round ends here: so will be all answers to come")
			case err == nil && wrong == before:
				good++
			case time.Since(begin) > w.limit(answerLimit):
				return r.did(commands, wrong), fmt.Errorf("no right answer within %s of reset %d, at last: %w", w.limit(answerLimit), n, err)
			}
		}
	}
	return r.did(commands, wrong), nil
}

func (r *resetter) did(commands, wrong int) string {
	return fmt.Sprintf("%d resets, %d commands, %d wrong answers", r.count.Load(), commands, wrong)
}

// byMonitor resets the guest from outside.
func (r *resetter) byMonitor(ctx context.Context, n int, at, stopped time.Duration, whileStopped bool) error {
	select {
	case <-time.After(at):
	case <-ctx.Done():
		return nil
	}
	commands := []string{"system_reset"}
	if whileStopped {
		commands = []string{"stop", "system_reset", "cont"}
	}
	say("reset %d: by the monitor, with %v", n, commands)
	r.count.Add(1)
	for _, c := range commands {
		if _, err := r.m.QMP(ctx, c, nil); err != nil {
			return fmt.Errorf("reset %d: %s: %w", n, c, err)
		}
		if c == "stop" {
			time.Sleep(stopped)
		}
	}
	return nil
}

// ask runs a command that prints its number, with other output before and after it, and reports whether the answer was another
// command's. It returns an error if there is no answer, which is a problem unless a reset explains it.
func (r *resetter) ask(ctx context.Context, number int, script, after string) (wrong int, err error) {
	want := machine.Result{Output: fmt.Sprintf("%d\n", number)}
	if after != "" {
		want.Status = 3
	}
	command := fmt.Sprintf("%secho %d%s", script, number, after)
	resets, begin := r.count.Load(), time.Now()
	cctx, cancel := context.WithTimeoutCause(ctx, r.w.limit(answerLimit), errHangs)
	defer cancel()
	got, err := r.m.Execute(cctx, command, machine.ExecuteOptions{Timeout: r.w.limit(commandLimit)})
	took := time.Since(begin).Round(10 * time.Millisecond)
	cut := r.count.Load() != resets
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errHangs):
		r.w.problem("%s: it hangs after %s", command, took)
	case err != nil:
		say("command %d: no answer after %s: %v", number, took, err)
	case got.Status == want.Status && got.Output == want.Output:
	case got.Status == 124 && took >= r.w.limit(commandLimit) && cut:
		err = errors.New("it reached its limit during a reset")
	default:
		r.w.problem("%s: (%d, %q) after %s, want (%d, %q)", command, got.Status, got.Output, took, want.Status, want.Output)
		wrong++
	}
	return wrong, err
}

var errHangs = errors.New("it hangs")
