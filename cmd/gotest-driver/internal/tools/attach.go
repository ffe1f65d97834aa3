package tools

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger/attach"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
)

// runHooked runs a script. Where the script stops, it waits until a user attaches.
func runHooked(cmd *cobra.Command, f *command.RunFlags, file string, c *driver.Config) error {
	o, level, err := f.Options(cmd, file, c)
	if err != nil {
		return err
	}
	if o.Log, err = f.LogTo(f.Terminal(cmd, level)); err != nil {
		return err
	}
	hook := &attach.Hook{Context: cmd.Context(), Report: o.Log, Enter: *f.DebugHook}
	hook.Debugger = debugger.New(hook)
	o.Debugger = hook.Debugger
	o.OnDriver = func(d *driver.Driver) { hook.In(d.Dir) }
	err = run.Run(cmd.Context(), o)
	return command.OfRun(err, errors.Join(hook.Close(), o.Log.Close()))
}

func attachCommand() *cobra.Command {
	history := ""
	cmd := &cobra.Command{
		Use:   "attach [flags] SOCKET",
		Short: "Open the debugger of a run that waits for it",
		Long: `Open the debugger of a run that was started with nixos-test-driver --debug-hook-attach (enableDebugHook in a NixOS
test) and has stopped, because its test failed or called debug.breakpoint(). The run has printed the command.

Ctrl-D resumes the run, as continue does. Without a terminal the statements are read from standard input.`,
		Example: `  gotest-driver attach /build/gotest-1234/debugger
  echo 'machine.succeed("journalctl -b")' | gotest-driver attach /build/gotest-1234/debugger`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			console, closeInput, err := consoleOf(cmd, history)
			if err != nil {
				return err
			}
			defer closeInput()
			return attach.Client(cmd.Context(), args[0], console.Editor, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&history, "history", command.DefaultHistory(), "file that keeps the history of typed lines; empty: none")
	return cmd
}
