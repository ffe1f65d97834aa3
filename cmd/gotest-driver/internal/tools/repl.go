package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/muesli/cancelreader"
	"github.com/spf13/cobra"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/bind"
	"github.com/gotest-driver/gotest-driver/script/check"
)

func replCommand() *cobra.Command {
	f := command.NewRunFlags()
	var guests []string
	cmd := &cobra.Command{
		Use:   "repl [flags] [FILE]",
		Short: "Work on machines from a prompt",
		Long: `Open a prompt for statements of test scripts. They work on machines of a driver configuration, of --machine
and --guest, and on those that create_machine(…) makes.

With a FILE, test_script() runs it. help() gives an overview.

Without a terminal the statements are read from standard input, results are printed on standard output and the log
on standard error. All statements are run; the exit status is 1 when one of them failed.`,
		Example: `  gotest-driver repl --guest debian
  gotest-driver repl --config driver.json
  gotest-driver repl --web --guest desktop
  echo 'debian.succeed("uname -r")' | gotest-driver repl --guest debian --log-level error`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			c, err := f.Configuration(file)
			if err != nil {
				return err
			}
			for _, g := range guests {
				if _, twice := c.VMs[g]; twice {
					return fmt.Errorf("--guest %s: there is already a machine of that name; create_machine(guest = …, name = …) makes others", g)
				}
				c.VMs[g] = driver.MachineConfig{Name: g, Guest: g}
			}
			return interactive(cmd, f, file, c)
		},
	}
	f.Add(cmd.Flags())
	f.AddWeb(cmd.Flags(), openPage)
	cmd.Flags().StringArrayVar(&guests, "guest", nil, "add a built-in guest (tiny, debian, …) as a machine; may be given several times")
	cmd.Flags().StringVar(&f.History, "history", command.DefaultHistory(), "file that keeps the history of typed lines; empty: none")
	return cmd
}

// interactive opens the prompt. file is the test script, empty for none.
func interactive(cmd *cobra.Command, f *command.RunFlags, file string, c *driver.Config) (err error) {
	if file != "" && isPython(file, c) {
		return runPython(cmd, f, file, c, bridge.Interact)
	}
	root, loadRoot := ".", "."
	if file != "" {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("the script can't be read: %w", err)
		}
		root = filepath.Dir(file)
		if loadRoot, err = check.Root(file); err != nil {
			return err
		}
	}
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	if loadRoot, err = filepath.Abs(loadRoot); err != nil {
		return err
	}
	o, console, closeInput, err := atTerminal(cmd, f, file, c)
	if err != nil {
		return err
	}
	defer closeInput()
	defer func() { err = errors.Join(err, o.Log.Close()) }()
	ctx, fatal := context.WithCancelCause(cmd.Context())
	defer fatal(nil)
	name := c.Name
	if name == "" {
		name = "repl"
	}
	d, err := driver.New(ctx, driver.Options{
		Config: c, Name: name, OutDir: o.OutDir, Root: root, KeepState: o.KeepState, Snapshots: o.Snapshots, Log: o.Log, OnFatal: fatal, Reuse: true, Limits: o.Limits, Seed: o.Seed,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if o.OnDriver != nil {
		o.OnDriver(d)
	}
	so := repl.Options{Console: console, Driver: d, Log: o.Log, Root: loadRoot, Seed: o.Seed, Hooks: o.Hooks}
	if file != "" {
		so.Test = func(ctx context.Context, whole bool) (globals starlark.StringDict, err error) {
			ro := o
			ro.Driver, ro.Within = d, true
			ro.OnGlobals = func(g starlark.StringDict) { globals = g }
			if err = run.Run(ctx, ro); err == nil && whole {
				err = d.JoinAll(ctx)
			}
			return globals, err
		}
	}
	if console.Interactive {
		console.Println(greeting(file, d))
	}
	err = repl.New(so).Run(ctx)
	if errors.Is(err, repl.ErrFailed) {
		return command.ErrFailed
	}
	return err
}

func greeting(file string, d *driver.Driver) string {
	s := "gotest-driver " + command.Version() + ". help() gives an overview, Ctrl-D ends."
	for i, m := range d.Machines() {
		if i == 0 {
			s += " Machines:"
		}
		s += " " + config.Identifier(m.Name())
	}
	if file != "" {
		s += "\ntest_script() runs " + file + "."
	}
	return s
}

// atTerminal prepares a run with a prompt: its options, with the log and the hooks, and the console.
func atTerminal(cmd *cobra.Command, f *command.RunFlags, file string, c *driver.Config) (o run.Options, console *repl.Console, closeInput func(), err error) {
	o, level, err := f.Options(cmd, file, c)
	if err != nil {
		return o, nil, nil, err
	}
	if console, closeInput, err = consoleOf(cmd, f.History); err != nil {
		return o, nil, nil, err
	}
	if o.Log, err = f.LogTo(terminalOf(cmd, f, level, console)); err != nil {
		closeInput()
		return o, nil, nil, err
	}
	o.Log.Add(console.Pictures())
	o.Hooks = bind.Hooks{SerialOutput: o.Log.SetSerial, Shell: console.Shell, Console: console.Serial}
	return o, console, closeInput, nil
}

// consoleOf connects the session to the terminal, or to a pipe.
func consoleOf(cmd *cobra.Command, history string) (_ *repl.Console, closeInput func(), err error) {
	c := &repl.Console{Out: cmd.OutOrStdout()}
	if repl.IsTerminal(os.Stdin) && repl.IsTerminal(os.Stdout) {
		c.Interactive = true
		c.Color = report.ColorWanted(os.Stdout, os.Environ())
		if history != "" {
			if err := os.MkdirAll(filepath.Dir(history), 0o700); err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: the history is not saved: %v\n", err)
				history = ""
			}
		}
		c.Editor, err = repl.NewEditor(history, c.Color, os.Getenv)
		return c, func() {}, err
	}
	in := cancellable(cmd.InOrStdin())
	stop := context.AfterFunc(cmd.Context(), func() { in.Cancel() })
	c.Editor = repl.NewPipe(in)
	return c, func() { stop(); in.Close() }, nil
}

// cancellable returns a reader whose reads can be cancelled. Reads of a file, and of /dev/null, end by themselves.
func cancellable(r io.Reader) cancelreader.CancelReader {
	in, err := cancelreader.NewReader(r)
	if err != nil {
		return file{r}
	}
	return in
}

// file is a reader that never waits.
type file struct{ io.Reader }

// Cancel does nothing.
func (file) Cancel() bool { return false }

// Close does nothing.
func (file) Close() error { return nil }

// terminalOf returns the sink for the terminal in an interactive session: a live view while calls run, else lines.
func terminalOf(cmd *cobra.Command, f *command.RunFlags, level report.Level, c *repl.Console) report.Sink {
	s := f.Terminal(cmd, level)
	if v, ok := s.(repl.View); ok && c.Interactive {
		v.Pause()
		c.View = v
	}
	return s
}
