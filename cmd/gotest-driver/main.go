// Command gotest-driver runs tests of whole systems in virtual machines and containers.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
)

// The exit statuses.
const (
	exitPassed      = 0
	exitFailed      = 1   // the test failed
	exitUsage       = 2   // nothing could be run
	exitInterrupted = 130 // Ctrl-C, SIGTERM
)

// gcPercent makes the garbage collector run earlier than by default: the driver lives beside its guests, for which
// memory is wanted, and has little to collect. At this value it does not yet run before the first line of a script.
const gcPercent = 60

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(execute(os.Args))
}

// execute is the program; args[0] is the name it was called by.
func execute(args []string) int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	var cmd *cobra.Command
	switch filepath.Base(args[0]) {
	case "nixos-test-driver", ".nixos-test-driver-wrapped":
		cmd = dropIn()
		rest, err := argparseArgs(cmd.Flags(), args[1:])
		if err != nil {
			return status(ctx, cmd, err)
		}
		args = append([]string{args[0]}, rest...)
	default:
		cmd = root()
	}
	cmd.SetArgs(args[1:])
	err := cmd.ExecuteContext(ctx)
	return status(ctx, cmd, err)
}

// status is the exit status for what a command returned; it prints errors that were not told before.
func status(ctx context.Context, cmd *cobra.Command, err error) int {
	code, err := statusOf(ctx, err)
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %v\n", cmd.Name(), err)
	}
	return code
}

// statusOf is the exit status for an error, and the error if it has still to be told.
func statusOf(ctx context.Context, err error) (int, error) {
	var exit interface {
		error
		ExitCode() int
	}
	var interrupted *run.Interrupted
	switch {
	case errors.As(context.Cause(ctx), &interrupted) && err != nil:
		return exitInterrupted, nil
	case err == nil:
		return exitPassed, nil
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	}
	return exitUsage, err
}

// exitError ends the program with a status; what is to be said has been said.
type exitError int

// Error is for errors.As only.
func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// ExitCode is the status.
func (e exitError) ExitCode() int { return int(e) }

// withSignals returns a context that SIGINT, SIGTERM and SIGHUP end. A second signal ends the program at once; the
// guard process cleans up after it.
func withSignals(ctx context.Context) (context.Context, func()) {
	return interrupt.Context(ctx, func(s os.Signal) error { return &run.Interrupted{Signal: s} }, func() { os.Exit(exitInterrupted) })
}

// root is the command with all its subcommands.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gotest-driver",
		Short: "Test whole systems in virtual machines and containers",
		Long: `gotest-driver boots virtual machines and containers, connects them by networks, reads their screens, and
runs test scripts in typed Starlark against them.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	cmd.SetVersionTemplate("gotest-driver {{.Version}}\n")
	cmd.AddCommand(
		runCommand(),
		replCommand(),
		dapCommand(),
		attachCommand(),
		checkCommand(version()),
		fmtCommand(),
		apiCommand(),
		lspCommand(version()),
		guestCommand(),
		migrateCommand(),
		ocrCommand(),
		reportCommand(),
		versionCommand(),
		sshProxyCommand(),
		dropInCommand(),
	)
	pointToHelp(cmd)
	return cmd
}

// pointToHelp has wrong arguments and flags of a command and its subcommands answered with what is wanted and where to
// read on.
func pointToHelp(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if err == nil || errors.Is(err, pflag.ErrHelp) {
			return err
		}
		var value *pflag.InvalidValueError
		var number *strconv.NumError
		if errors.As(err, &value) && errors.As(value, &number) {
			err = fmt.Errorf("--%s %s: want a number", value.GetFlag().Name, value.GetValue())
		}
		return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
	})
	if args := cmd.Args; args != nil {
		cmd.Args = func(cmd *cobra.Command, words []string) error {
			switch err := args(cmd, words); {
			case err == nil:
				return nil
			case cmd.HasSubCommands():
				return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
			}
			return fmt.Errorf("there are %d arguments; want %s (see %s --help)", len(words), cmd.UseLine(), cmd.CommandPath())
		}
	}
	for _, sub := range cmd.Commands() {
		pointToHelp(sub)
	}
}
