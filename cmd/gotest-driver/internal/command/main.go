// Package command is the command line of gotest-driver: one file for each command, with its flags, help and exit status.
//
// It is the command line of two programs. gotest-driver has what must start at once, as a run in CI does hundreds of
// times. For everything else (prompts, debuggers, servers of editors, and the list of all commands) it continues as
// gotest-driver-tools, whose libraries would double the time that each start takes. That program has all commands.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
)

// gcPercent makes the garbage collector run earlier than by default: the guests need the memory, and the driver has
// little to collect. At this value it does not yet run before the first line of a script.
const gcPercent = 60

// Execute runs a program's command and returns its exit status; args[0] is the name by which it was called. tools are
// those of gotest-driver-tools, nil for gotest-driver.
func Execute(args []string, tools *Tools) int {
	debug.SetGCPercent(gcPercent)
	ctx, stop := withSignals(context.Background())
	defer stop()
	cmd, rest, err := commandOf(args, tools)
	if err == nil {
		cmd.SetArgs(rest)
		err = cmd.ExecuteContext(ctx)
	}
	return status(ctx, cmd, err)
}

// commandOf returns the program's command and its arguments.
func commandOf(args []string, tools *Tools) (*cobra.Command, []string, error) {
	name, rest := filepath.Base(args[0]), args[1:]
	if name == dropInName || name == ".nixos-test-driver-wrapped" {
		cmd := dropIn(tools)
		rest, err := argparseArgs(cmd.Flags(), rest)
		return cmd, rest, err
	}
	cmd, known := root(rest, tools)
	switch {
	case !known && tools == nil:
		return cmd, rest, continueWithTools(args)
	case len(rest) == 0 || rest[0] != dropInName:
		return cmd, rest, nil
	}
	words, err := argparseArgs(cmd.Commands()[0].Flags(), rest[1:])
	return cmd, append([]string{dropInName}, words...), err
}

// withSignals returns a context that is cancelled by SIGINT, SIGTERM and SIGHUP. A second signal ends the program at
// once; the guard process cleans up after it.
func withSignals(ctx context.Context) (context.Context, func()) {
	return interrupt.Context(ctx, func(s os.Signal) error { return &run.Interrupted{Signal: s} }, func() { os.Exit(exitInterrupted) })
}

// Subcommand is a command of the program, which is made only when it is needed.
type Subcommand struct {
	Name string
	Make func() *cobra.Command
}

// subcommands are the commands of the program.
func subcommands(t *Tools) []Subcommand {
	list := []Subcommand{
		{"run", func() *cobra.Command { return runCommand(t) }},
		{"check", checkCommand},
		{"api", apiCommand},
		{"guest", guestCommand},
		{"snapshot", snapshotCommand},
		{"ocr", ocrCommand},
		{"report", reportCommand},
		{"flaky", flakyCommand},
		{"doctor", doctorCommand},
		{"version", versionCommand},
		{"ssh-proxy", sshProxyCommand},
		{dropInName, func() *cobra.Command { return dropInCommand(t) }},
	}
	if t != nil {
		list = append(list, t.Commands...)
	}
	return list
}

// root returns the program's command for these arguments. It has all subcommands, unless the first argument names one, which
// known reports: then it has only that one, because making the others takes as long as a short command does.
func root(args []string, t *Tools) (_ *cobra.Command, known bool) {
	cmd := &cobra.Command{
		Use:   "gotest-driver",
		Short: "Test whole systems in virtual machines and containers",
		Long: `gotest-driver boots virtual machines and containers, connects them by networks, reads their screens, and
runs test scripts against them. Scripts are in typed Starlark or in Python.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	made := subcommands(t)
	i := slices.IndexFunc(made, func(s Subcommand) bool { return len(args) > 0 && s.Name == args[0] })
	if i >= 0 {
		made = made[i : i+1]
		cmd.CompletionOptions.DisableDefaultCmd = true
	} else {
		cmd.Version = Version()
		cmd.SetVersionTemplate("gotest-driver {{.Version}}\n")
	}
	for _, s := range made {
		cmd.AddCommand(s.Make())
	}
	pointToHelp(cmd)
	return cmd, i >= 0
}

// pointToHelp makes the errors for wrong arguments and flags of a command and its subcommands name what is expected and
// the help to read.
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
			case cmd.HasSubCommands() && !cmd.Runnable():
				return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
			}
			return fmt.Errorf("got %d arguments; want %s (see %s --help)", len(words), cmd.UseLine(), cmd.CommandPath())
		}
	}
	for _, sub := range cmd.Commands() {
		pointToHelp(sub)
	}
}
