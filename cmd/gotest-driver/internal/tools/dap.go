package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/muesli/cancelreader"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/dap"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/internal/listen"
	"github.com/gotest-driver/gotest-driver/report"
)

func dapCommand() *cobra.Command {
	listen, f := listenFlags{}, command.NewRunFlags()
	cmd := &cobra.Command{
		Use:   "dap [flags] [FILE.py]",
		Short: "Serve editors' debuggers: stop a test script at a line, with its machines running",
		Long: `Speak the Debug Adapter Protocol over standard input and output, or where --listen says, for one session.
docs/editors.md shows how to set up editors.

A launch request runs commands. --listen with a path makes a Unix socket that only you can connect to. At a TCP address,
which must be of this machine alone unless --remote is given, the launch request must have the "token" that the program
prints, or that of $GOTEST_DAP_TOKEN.

The arguments of a launch request are those of the command run: "program" (the script), "config", "machines",
"outputDirectory", "run", "keepGoing", "keepMachineState", "noCheck", "logLevel", "globalTimeout", other flags in
"args"; and "cwd", "env", "stopOnEntry".

A script in Python is named on the command line, with the flags of the command run: the editor then talks to Python's
debugger, debugpy, which must be installed (Debian: python3-debugpy).`,
		Example: `  gotest-driver dap
  gotest-driver dap --listen ./debug.sock
  gotest-driver dap --listen :4711
  gotest-driver dap --config driver.json test.py`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return debugPython(cmd, f, args[0], listen)
			}
			o := dap.Options{Prepare: prepareDAP, Lines: run.StatementLines, Interrupted: &run.Interrupted{Signal: unix.SIGTERM}}
			if listen.at != "" {
				return listenDAP(cmd, listen, o)
			}
			return dap.Serve(cmd.Context(), stdio{cancellable(cmd.InOrStdin()), os.Stdout}, o)
		},
	}
	f.Add(cmd.Flags())
	cmd.Flags().StringVar(&listen.at, "listen", "", "wait for the editor at this Unix socket (a path with a slash) or TCP address (host:port, :port)")
	cmd.Flags().BoolVar(&listen.remote, "remote", false, "let --listen take an address that other hosts can reach; the token is sent in clear")
	return cmd
}

// stdio is the editor at standard input and output. Closing it ends the current read.
type stdio struct {
	in  cancelreader.CancelReader
	out *os.File
}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

// Close ends the current read.
func (s stdio) Close() error {
	s.in.Cancel()
	return s.in.Close()
}

// debugPython runs a script in Python under an editor's debugger.
func debugPython(cmd *cobra.Command, f *command.RunFlags, file string, listen listenFlags) error {
	c, err := f.Configuration(file)
	if err != nil {
		return err
	}
	if !isPython(file, c) {
		return fmt.Errorf("%s is not a Python script: name a Starlark script in the editor's launch request", file)
	}
	var editor io.ReadWriteCloser = stdio{cancellable(cmd.InOrStdin()), os.Stdout}
	if listen.at != "" {
		if editor, err = acceptDAP(cmd, listen); err != nil {
			return err
		}
	}
	o, level, err := f.Options(cmd, file, c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	library, err := bridge.Library()
	if err != nil {
		return err
	}
	relay := dap.NewRelay(editor)
	if o.Log, err = f.LogTo(report.NewPlain(relay, report.PlainOptions{Level: level, Serial: f.Serial})); err != nil {
		return err
	}
	o.Mode = bridge.Attach
	var served sync.WaitGroup
	var broken error
	o.OnDebugger = func() (int, string, error) {
		port, token, err := relay.Listen()
		if err == nil {
			served.Go(func() {
				broken = relay.Serve(cmd.Context(), library, func() { cancel(&run.Interrupted{Signal: unix.SIGTERM}) })
			})
		}
		return port, token, err
	}
	err = run.Run(ctx, o)
	relay.Close()
	served.Wait()
	if err != nil && !relay.Attached() {
		relay.Refuse(err.Error())
	}
	return command.OfRun(err, errors.Join(o.Log.Close(), broken))
}

// listenFlags say where an editor connects.
type listenFlags struct {
	at     string
	remote bool
}

// tokenVariable names the environment variable with the token that editors give.
const tokenVariable = "GOTEST_DAP_TOKEN"

// listenDAP serves the first editor that connects.
func listenDAP(cmd *cobra.Command, at listenFlags, o dap.Options) error {
	conn, err := acceptDAP(cmd, at)
	if err != nil {
		return err
	}
	return dap.Serve(cmd.Context(), conn, o)
}

// acceptDAP waits for an editor.
func acceptDAP(cmd *cobra.Command, at listenFlags) (io.ReadWriteCloser, error) {
	ctx := cmd.Context()
	l, err := at.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", at.at, err)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	token, told := os.Getenv(tokenVariable), "the token of $"+tokenVariable
	_ = os.Unsetenv(tokenVariable) // for the machines' start commands
	switch _, unix := l.(*net.UnixListener); {
	case unix:
		token, told = "", ""
	case token == "":
		token = rand.Text()
		told = fmt.Sprintf("\"token\": %q", token)
	case len(token) < 16:
		_ = l.Close()
		return nil, fmt.Errorf("$%s has %d characters: want 16 or more, which nobody can guess", tokenVariable, len(token))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "waiting for an editor at %s\n", l.Addr())
	if told != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "its launch configuration needs %s\n", told)
	}
	conn, err := l.Accept()
	_ = l.Close() // there is only one session
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if token == "" {
		return conn, nil
	}
	return dap.Gate(conn, token), nil
}

// open listens. A Unix socket is the user's alone.
func (f listenFlags) open(ctx context.Context) (net.Listener, error) {
	l, err := listen.Open(ctx, f.at, f.remote)
	if errors.Is(err, listen.ErrRemote) {
		return nil, fmt.Errorf("%w: choose one such as localhost:4711, or give --remote, too, if they shall", err)
	}
	return l, err
}

// prepareDAP prepares a run from a launch request, as the command run does from its flags.
func prepareDAP(l dap.Launch) (_ dap.Start, err error) {
	f := command.NewRunFlags()
	fs := pflag.NewFlagSet("args", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	f.Add(fs)
	if err := fs.Parse(l.Args); err != nil {
		return nil, fmt.Errorf("args: %w", err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("args: %q is not a flag; name the script in program", fs.Arg(0))
	}
	set := func(flag, value string) {
		if value != "" && err == nil {
			err = fs.Set(flag, value)
		}
	}
	yes := map[bool]string{true: "true"} // what is false leaves the flag as it is
	set("config", l.Config)
	set("output-directory", l.OutputDirectory)
	set("run", l.Run)
	set("log-level", l.LogLevel)
	set("keep-going", yes[l.KeepGoing])
	set("keep-machine-state", yes[l.KeepMachineState])
	set("no-check", yes[l.NoCheck])
	if l.GlobalTimeout != 0 {
		set("global-timeout", fmt.Sprint(l.GlobalTimeout))
	}
	for name, command := range l.Machines {
		set("machine", name+"="+command)
	}
	if err != nil {
		return nil, err
	}
	if l.Cwd != "" {
		if err := os.Chdir(l.Cwd); err != nil {
			return nil, fmt.Errorf("cwd: %w", err)
		}
	}
	for name, value := range l.Env {
		if value == nil {
			_ = os.Unsetenv(name)
		} else if err := os.Setenv(name, *value); err != nil {
			return nil, fmt.Errorf("env: %s: %w", name, err)
		}
	}
	if _, err := os.Stat(l.Program); err != nil {
		return nil, fmt.Errorf("the script can't be read: %w", err)
	}
	c, err := f.Configuration(l.Program)
	if err != nil {
		return nil, err
	}
	if isPython(l.Program, c) && !l.NoDebug {
		return nil, fmt.Errorf("a Python script needs another adapter: let the editor start `gotest-driver dap %s`", l.Program)
	}
	o, level, err := f.Options(nil, l.Program, c)
	if err != nil {
		return nil, err
	}
	o.Command = append(append([]string{"gotest-driver", "run"}, l.Args...), l.Program)
	return func(ctx context.Context, r dap.Run) (int, error) {
		var err error
		if o.Log, err = f.LogTo(r.Sink(report.PlainOptions{Level: level, Serial: f.Serial})); err != nil {
			return command.ExitUsage, err
		}
		if r.Debugger != nil {
			o.Debugger = r.Debugger
		}
		err = run.Run(ctx, o)
		err = command.OfRun(err, o.Log.Close())
		return command.StatusOf(ctx, err)
	}, nil
}
