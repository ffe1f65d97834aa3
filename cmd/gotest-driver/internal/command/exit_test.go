package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
)

func TestExitStatus(t *testing.T) {
	other, report := errors.New("other"), errors.New("report")
	failure := &script.Error{Message: "failure"}
	noStart := fmt.Errorf("%w: %w", failure, &machine.StartError{Machine: "server", Err: other})
	setup := &run.SetupError{Err: other}
	program := exec.Command("false").Run() // another program's status is not this one's
	for _, c := range []struct {
		err    error
		status int
		told   error // the error to print, nil for none
	}{
		{nil, exitPassed, nil},
		{other, ExitUsage, other},
		{fmt.Errorf("apt-get: %w", program), ExitUsage, program},
		{ErrFailed, exitFailed, nil},
		{OfRun(nil, nil), exitPassed, nil},
		{OfRun(nil, report), ExitUsage, report},
		{OfRun(failure, nil), exitFailed, nil},
		{OfRun(failure, report), exitFailed, report},
		{OfRun(noStart, nil), ExitUsage, nil},
		{OfRun(setup, report), ExitUsage, setup},
		{OfRun(setup, report), ExitUsage, report},
		{OfRun(other, nil), exitFailed, other},
		{OfRun(other, report), exitFailed, report},
	} {
		status, told := StatusOf(t.Context(), c.err)
		if status != c.status || !errors.Is(told, c.told) {
			t.Errorf("%v: status %d and %v, want %d and %v", c.err, status, told, c.status, c.told)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&run.Interrupted{Signal: os.Interrupt})
	for _, c := range []struct {
		err    error
		status int
		told   error
	}{
		{nil, exitPassed, nil},
		{other, exitInterrupted, nil},
		{ErrFailed, exitInterrupted, nil},
		{OfRun(failure, nil), exitInterrupted, nil},
		{OfRun(failure, report), exitInterrupted, report},
		{OfRun(setup, report), exitInterrupted, report},
		{OfRun(nil, report), exitInterrupted, report},
	} {
		if status, told := StatusOf(ctx, c.err); status != c.status || !errors.Is(told, c.told) || errors.Is(told, setup) {
			t.Errorf("interrupted, %v: status %d and %v, want %d and %v", c.err, status, told, c.status, c.told)
		}
	}
}
