package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// The exit statuses.
const (
	exitPassed      = 0
	exitFailed      = 1   // the test failed, or something was found
	ExitUsage       = 2   // nothing could be run, or a report could not be written
	exitInterrupted = 130 // Ctrl-C, SIGTERM
	exitTerminated  = 143 // of the drop-in program at the global timeout: the Python driver ends itself by SIGTERM
)

// exitError ends the program with a status.
type exitError struct {
	status int
	err    error // the error to print; nil when the user has seen everything

	timedOut bool // the global timeout has run out
}

// ErrFailed ends the program after everything has been printed.
var ErrFailed = &exitError{status: exitFailed}

// Error names the status and, where there is one, the error.
func (e *exitError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("exit status %d", e.status)
}

// Unwrap returns the error to print.
func (e *exitError) Unwrap() error { return e.err }

// reportError says which reports could not be written. It is printed whatever the end of the run was.
type reportError struct{ error }

func (e *reportError) Unwrap() error { return e.error }

// OfRun returns the error of a command that has run a script: err is the run's, cerr that of the reports.
func OfRun(err, cerr error) error {
	if cerr != nil {
		cerr = &reportError{cerr}
	}
	var setup *run.SetupError
	var start *machine.StartError
	var failure *script.Error
	switch {
	case err == nil:
		return cerr
	case errors.As(err, &setup):
		return errors.Join(cerr, err)
	case errors.As(err, &start):
		return &exitError{status: ExitUsage, err: cerr}
	case errors.As(err, &failure):
		return &exitError{exitFailed, cerr, failure.Class == script.ClassTimeout}
	}
	// The script has passed, but its end was not clean: no report says so.
	return &exitError{status: exitFailed, err: errors.Join(cerr, err)}
}

// StatusOf returns the exit status for an error, and the error if it is still to be printed.
func StatusOf(ctx context.Context, err error) (int, error) {
	var exit *exitError
	var interrupted *run.Interrupted
	switch {
	case err == nil:
		return exitPassed, nil
	case errors.As(context.Cause(ctx), &interrupted):
		if lost, ok := errors.AsType[*reportError](err); ok {
			return exitInterrupted, lost
		}
		return exitInterrupted, nil
	case errors.As(err, &exit):
		return exit.status, exit.err
	}
	return ExitUsage, err
}

// status returns the exit status for a command's error; it prints errors that were not printed before.
func status(ctx context.Context, cmd *cobra.Command, err error) int {
	code, err := StatusOf(ctx, err)
	if err != nil {
		text := report.CleanLines(fmt.Sprintf("%s: %v\n", cmd.Root().Name(), err))
		fmt.Fprint(cmd.ErrOrStderr(), report.DetectCI(os.Getenv).Safe(text))
	}
	return code
}
