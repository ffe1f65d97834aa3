package shell

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed poll.sh
var pollScript string

// The bounds of a [Poll] that has none.
const (
	// pollMin is the shortest pause between two attempts.
	pollMin = 80 * time.Millisecond
	// pollMax is the longest.
	pollMax = time.Second
)

// Poll is a condition that the guest itself tests repeatedly, in one round trip.
type Poll struct {
	// Condition is a list of shell commands that holds when it ends with status 0. One bash runs it repeatedly,
	// without -e and -u; with builtins alone ("[[ -e /run/x ]]") an attempt starts no process.
	// Its output is dropped.
	Condition string
	// Timeout is the time limit; 0 means no limit.
	Timeout time.Duration
	// Min and Max bound the pause between two attempts; 0 is 80 ms and 1 s. Within these bounds a pause
	// takes 25 times as long as the attempt before it, so that waiting costs the guest less than 5 % of its time.
	Min, Max time.Duration
}

// PollResult is the result of a poll.
type PollResult struct {
	// Held reports whether the condition held before the timeout.
	Held bool
	// Attempts is the number of attempts, 0 when it is unknown.
	Attempts int
	// Duration is the duration of the wait.
	Duration time.Duration
}

// Poll waits in the guest until a condition holds. When ctx ends first, the error is a [*CutError].
func (s *Session) Poll(ctx context.Context, p Poll) (PollResult, error) {
	return PollWith(ctx, s.Run, p)
}

// PollWith is like [Session.Poll], but runs the command with the given function.
func PollWith(ctx context.Context, run func(context.Context, Command) (Result, error), p Poll) (PollResult, error) {
	if p.Min <= 0 {
		p.Min = pollMin
	}
	if p.Max <= 0 {
		p.Max = pollMax
	}
	script := fmt.Sprintf("lo=%d hi=%d\n%s", p.Min.Microseconds(), max(p.Min, p.Max).Microseconds(),
		strings.Replace(pollScript, "CONDITION", p.Condition, 1))
	var out bytes.Buffer
	res, err := run(ctx, Command{Script: script, Timeout: p.Timeout, Stdout: &out})
	result := PollResult{Held: res.Status == 0 && !res.TimedOut, Duration: res.Duration}
	result.Attempts, _ = strconv.Atoi(strings.TrimSpace(out.String()))
	var cut *CutError
	if err == nil && !res.TimedOut && res.Status != 0 {
		err = fmt.Errorf("the guest could not test the condition: status %d", res.Status)
	} else if errors.As(err, &cut) {
		result.Held = false
	}
	return result, err
}
