package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/lsp"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
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
		{other, exitUsage, other},
		{fmt.Errorf("apt-get: %w", program), exitUsage, program},
		{errFailed, exitFailed, nil},
		{repl.ErrFailed, exitFailed, nil},
		{lsp.ErrUntidy, exitFailed, nil},
		{ofRun(nil, nil), exitPassed, nil},
		{ofRun(nil, report), exitUsage, report},
		{ofRun(failure, nil), exitFailed, nil},
		{ofRun(failure, report), exitFailed, report},
		{ofRun(noStart, nil), exitUsage, nil},
		{ofRun(setup, report), exitUsage, setup},
		{ofRun(setup, report), exitUsage, report},
		{ofRun(other, nil), exitFailed, other},
		{ofRun(other, report), exitFailed, report},
	} {
		status, told := statusOf(t.Context(), c.err)
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
		{errFailed, exitInterrupted, nil},
		{ofRun(failure, nil), exitInterrupted, nil},
		{ofRun(failure, report), exitInterrupted, report},
		{ofRun(setup, report), exitInterrupted, report},
		{ofRun(nil, report), exitInterrupted, report},
	} {
		if status, told := statusOf(ctx, c.err); status != c.status || !errors.Is(told, c.told) || errors.Is(told, setup) {
			t.Errorf("interrupted, %v: status %d and %v, want %d and %v", c.err, status, told, c.status, c.told)
		}
	}
}
