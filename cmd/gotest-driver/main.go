// Command gotest-driver runs tests of whole systems in virtual machines and containers.
package main

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

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(execute(os.Args))
}

// execute runs the program and returns its exit status; args[0] is the name by which it was called.
func execute(args []string) int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	cmd, rest, err := commandOf(args)
	if err == nil {
		cmd.SetArgs(rest)
		err = cmd.ExecuteContext(ctx)
	}
	return status(ctx, cmd, err)
}

// commandOf returns the program's command and its arguments.
func commandOf(args []string) (*cobra.Command, []string, error) {
	name, rest := filepath.Base(args[0]), args[1:]
	if name == dropInName || name == ".nixos-test-driver-wrapped" {
		cmd := dropIn()
		rest, err := argparseArgs(cmd.Flags(), rest)
		return cmd, rest, err
	}
	cmd := root(rest)
	if len(rest) == 0 || rest[0] != dropInName {
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

// subcommand is a command of the program, which is made only when it is needed.
type subcommand struct {
	name string
	make func() *cobra.Command
}

// subcommands are the commands of the program.
func subcommands() []subcommand {
	return []subcommand{
		{"run", runCommand},
		{"repl", replCommand},
		{"dap", dapCommand},
		{"attach", attachCommand},
		{"check", checkCommand},
		{"fmt", fmtCommand},
		{"api", apiCommand},
		{"lsp", lspCommand},
		{"guest", guestCommand},
		{"migrate", migrateCommand},
		{"ocr", ocrCommand},
		{"report", reportCommand},
		{"flaky", flakyCommand},
		{"version", versionCommand},
		{"ssh-proxy", sshProxyCommand},
		{dropInName, dropInCommand},
	}
}

// root returns the program's command for these arguments. It has all subcommands, unless the first argument names one:
// then it has only that one, because making the others takes as long as a short command does.
func root(args []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gotest-driver",
		Short: "Test whole systems in virtual machines and containers",
		Long: `gotest-driver boots virtual machines and containers, connects them by networks, reads their screens, and
runs test scripts against them. Scripts are in typed Starlark or in Python.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	made := subcommands()
	if i := slices.IndexFunc(made, func(s subcommand) bool { return len(args) > 0 && s.name == args[0] }); i >= 0 {
		made = made[i : i+1]
		cmd.CompletionOptions.DisableDefaultCmd = true
	} else {
		cmd.Version = version()
		cmd.SetVersionTemplate("gotest-driver {{.Version}}\n")
	}
	for _, s := range made {
		cmd.AddCommand(s.make())
	}
	pointToHelp(cmd)
	return cmd
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
