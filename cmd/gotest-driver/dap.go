package main

import (
	"context"
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

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/dap"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/report"
)

func dapCommand() *cobra.Command {
	listen, f := "", newRunFlags()
	cmd := &cobra.Command{
		Use:   "dap [flags] [FILE.py]",
		Short: "Serve editors' debuggers: stop a test script at a line, with its machines running",
		Long: `Speak the Debug Adapter Protocol over standard input and output, or on an address, for one session.
docs/editors.md shows how to set up editors.

The arguments of a launch request are those of the command run: "program" (the script), "config", "machines",
"outputDirectory", "run", "keepGoing", "keepMachineState", "noCheck", "logLevel", "globalTimeout", other flags in
"args"; and "cwd", "env", "stopOnEntry".

A script in Python is named on the command line, with the flags of the command run: the editor then talks to Python's
debugger, debugpy, which must be installed (Debian: python3-debugpy).`,
		Example: `  gotest-driver dap
  gotest-driver dap --listen 127.0.0.1:4711
  gotest-driver dap --config driver.json test.py`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return f.debugPython(cmd, args[0], listen)
			}
			o := dap.Options{Prepare: prepareDAP, Lines: run.StatementLines, Interrupted: &run.Interrupted{Signal: unix.SIGTERM}}
			if listen != "" {
				return listenDAP(cmd, listen, o)
			}
			return dap.Serve(cmd.Context(), stdio{cancellable(cmd.InOrStdin()), os.Stdout}, o)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&listen, "listen", "", "wait for the editor at this TCP address (host:port) instead")
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
func (f *runFlags) debugPython(cmd *cobra.Command, file, listen string) error {
	c, err := f.configuration(file)
	if err != nil {
		return err
	}
	if !f.isPython(file, c) {
		return fmt.Errorf("%s is not a Python script: name a Starlark script in the editor's launch request", file)
	}
	var editor io.ReadWriteCloser = stdio{cancellable(cmd.InOrStdin()), os.Stdout}
	if listen != "" {
		if editor, err = acceptDAP(cmd, listen); err != nil {
			return err
		}
	}
	o, level, err := f.options(cmd, file, c)
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
	if o.Log, err = f.logTo(report.NewPlain(relay, report.PlainOptions{Level: level, Serial: f.serial})); err != nil {
		return err
	}
	o.Mode = bridge.Attach
	var served sync.WaitGroup
	var broken error
	attached := false
	o.OnDebugger = func(address string) {
		attached = true
		served.Go(func() {
			broken = relay.Serve(cmd.Context(), address, library, func() { cancel(&run.Interrupted{Signal: unix.SIGTERM}) })
		})
	}
	err = run.Run(ctx, o)
	served.Wait()
	if !attached && err != nil {
		relay.Refuse(err.Error())
	}
	return ofRun(err, errors.Join(o.Log.Close(), broken))
}

// listenDAP serves the first editor that connects.
func listenDAP(cmd *cobra.Command, addr string, o dap.Options) error {
	conn, err := acceptDAP(cmd, addr)
	if err != nil {
		return err
	}
	return dap.Serve(cmd.Context(), conn, o)
}

// acceptDAP waits for an editor.
func acceptDAP(cmd *cobra.Command, addr string) (net.Conn, error) {
	ctx := cmd.Context()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: want an address (host:port) of this machine: %w", addr, err)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	fmt.Fprintf(cmd.ErrOrStderr(), "waiting for an editor at %s\n", l.Addr())
	conn, err := l.Accept()
	_ = l.Close() // there is only one session
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return conn, nil
}

// prepareDAP prepares a run from a launch request, as the command run does from its flags.
func prepareDAP(l dap.Launch) (dap.Start, error) {
	f := newRunFlags()
	fs := pflag.NewFlagSet("args", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	f.add(fs)
	if err := fs.Parse(l.Args); err != nil {
		return nil, fmt.Errorf("args: %w", err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("args: %q is not a flag; name the script in program", fs.Arg(0))
	}
	for _, set := range []struct {
		to   *string
		from string
	}{{&f.config, l.Config}, {&f.outDir, l.OutputDirectory}, {&f.match, l.Run}, {&f.logLevel, l.LogLevel}} {
		if set.from != "" {
			*set.to = set.from
		}
	}
	if l.GlobalTimeout != 0 {
		f.timeout = l.GlobalTimeout
	}
	f.keepGoing, f.keepState, f.noCheck = f.keepGoing || l.KeepGoing, f.keepState || l.KeepMachineState, f.noCheck || l.NoCheck
	for name, command := range l.Machines {
		f.machines = append(f.machines, name+"="+command)
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
	c, err := f.configuration(l.Program)
	if err != nil {
		return nil, err
	}
	if f.isPython(l.Program, c) && !l.NoDebug {
		return nil, fmt.Errorf("a Python script needs another adapter: let the editor start `gotest-driver dap %s`", l.Program)
	}
	o, level, err := f.options(nil, l.Program, c)
	if err != nil {
		return nil, err
	}
	o.Command = append(append([]string{"gotest-driver", "run"}, l.Args...), l.Program)
	return func(ctx context.Context, r dap.Run) (int, error) {
		var err error
		if o.Log, err = f.logTo(r.Sink(report.PlainOptions{Level: level, Serial: f.serial})); err != nil {
			return exitUsage, err
		}
		if r.Debugger != nil {
			o.Debugger = r.Debugger
		}
		err = run.Run(ctx, o)
		err = ofRun(err, o.Log.Close())
		return statusOf(ctx, err)
	}, nil
}
