package main

import (
	"bufio"
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

	"github.com/gotest-driver/gotest-driver/dap"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/runner"
)

func dapCommand() *cobra.Command {
	listen := ""
	cmd := &cobra.Command{
		Use:   "dap [flags]",
		Short: "Serve editors' debuggers: stop a test script at a line, with its machines running",
		Long: `Speak the Debug Adapter Protocol over standard input and output, or on an address, for one session.
docs/editors.md shows how editors are set up.

A launch request's arguments are those of the command run: "program" (the script), "config", "machines",
"outputDirectory", "run", "keepGoing", "keepMachineState", "noCheck", "logLevel", "globalTimeout", further flags in
"args"; and "cwd", "env", "stopOnEntry".`,
		Example: `  gotest-driver dap
  gotest-driver dap --listen 127.0.0.1:4711`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := dap.Options{Prepare: prepareDAP, Lines: runner.StatementLines, Interrupted: &runner.Interrupted{Signal: unix.SIGTERM}}
			if listen != "" {
				return listenDAP(cmd, listen, o)
			}
			// Standard output is the protocol's: what scripts print goes another way.
			out := os.Stdout
			defer func() { os.Stdout = out }()
			return dap.Serve(cmd.Context(), stdio{cancellable(cmd.InOrStdin()), out}, o)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "wait for the editor at this TCP address (host:port) instead")
	return cmd
}

// stdio is the editor at standard input and output. Closing it ends a read.
type stdio struct {
	in  cancelreader.CancelReader
	out *os.File
}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

// Close ends a read.
func (s stdio) Close() error {
	s.in.Cancel()
	return s.in.Close()
}

// listenDAP serves the first editor that calls.
func listenDAP(cmd *cobra.Command, addr string, o dap.Options) error {
	ctx := cmd.Context()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("--listen %s: want an address (host:port) of this machine: %w", addr, err)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	fmt.Fprintf(cmd.ErrOrStderr(), "waiting for an editor at %s\n", l.Addr())
	conn, err := l.Accept()
	_ = l.Close() // one session
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return dap.Serve(ctx, conn, o)
}

// prepareDAP makes of a launch request what the command run makes of its flags.
func prepareDAP(l dap.Launch) (dap.Start, error) {
	f := &runFlags{}
	fs := pflag.NewFlagSet("args", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	f.add(fs)
	if err := fs.Parse(l.Args); err != nil {
		return nil, fmt.Errorf("args: %w", err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("args: %q is no flag; the script is named by program", fs.Arg(0))
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
		printed, err := capture(&os.Stdout, r.Print)
		if err != nil {
			return exitUsage, errors.Join(err, o.Log.Close())
		}
		err = runner.Run(ctx, o)
		err = f.verdict(err, errors.Join(o.Log.Close(), printed()))
		return statusOf(ctx, err)
	}, nil
}

// capture passes on what is written to a file of the process, line by line, until end is called.
func capture(file **os.File, to func(text string)) (end func() error, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	old := *file
	*file = w
	var reader sync.WaitGroup
	reader.Go(func() {
		in := bufio.NewReader(r)
		for {
			line, err := in.ReadString('\n')
			if line != "" {
				to(line)
			}
			if err != nil {
				return
			}
		}
	})
	return func() error {
		*file = old
		err := w.Close()
		reader.Wait()
		return errors.Join(err, r.Close())
	}, nil
}
