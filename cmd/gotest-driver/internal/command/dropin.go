package command

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
)

// dropInName is the program's name as a drop-in, and that of the hidden subcommand.
const dropInName = "nixos-test-driver"

// dropInCommand is the hidden subcommand with the command line of nixpkgs' driver.
func dropInCommand(t *Tools) *cobra.Command {
	cmd := dropIn(t)
	cmd.Hidden = true
	return cmd
}

// dropIn is the command line that nixpkgs' test framework calls, in all its releases.
func dropIn(t *Tools) *cobra.Command {
	f := NewRunFlags()
	f.tools = t
	f.Serial, f.History = true, ".nixos-test-history"
	lists := map[string]*string{}
	vsocks, attach, testScript := 0, "", ""
	cmd := &cobra.Command{
		Use:           dropInName + " [flags] [TEST-SCRIPT]",
		Short:         "The command line of nixpkgs' test driver",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       Version(),
		Args:          cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if testScript != "" {
				if len(args) > 0 {
					return errors.New("--test-script: there is a script as argument, too; give one")
				}
				args = []string{testScript}
			}
			c, script, err := f.dropInConfig(cmd, args, lists)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("dump-vsocks") {
				dumpVsocks(cmd.ErrOrStderr(), c, vsocks)
			}
			if cmd.Flags().Changed("debug-hook-attach") {
				f.DebugHook = &attach
			}
			err = f.runWith(cmd, script, c)
			var exit *exitError
			if errors.As(err, &exit) && exit.timedOut {
				fmt.Fprintln(cmd.ErrOrStderr(), "timeout reached; test terminating...")
				return &exitError{status: exitTerminated, err: exit.err}
			}
			return err
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&f.config, "config", "c", "", "driver configuration (JSON)")
	fs.StringVar(&testScript, "test-script", "", "the test script, instead of the argument")
	fs.StringVar(&f.logLevel, "log-level", "", "debug, info, warning or error (default: $logLevel, else info)")
	fs.StringVarP(&f.outDir, "output_directory", "o", ".", "directory for screenshots, copied files and reports")
	fs.StringVar(&f.outDir, "output-directory", ".", "the same")
	fs.BoolVarP(&f.keepState, "keep-machine-state", "K", false, "keep the machines' state for the next run")
	fs.BoolVar(&f.keepState, "keep-vm-state", false, "the old name of --keep-machine-state")
	f.reports.add(fs, cmd.Name())
	fs.Float64Var(&f.timeout, "global-timeout", 0, "seconds after which the run fails (default: $globalTimeout)")
	fs.BoolVarP(&f.isInteractive, "interactive", "I", false, "open a prompt instead of running the test")
	fs.BoolFunc("no-interactive", "run the test (the default)", func(string) error {
		f.isInteractive = false
		return nil
	})
	fs.BoolVar(&f.noCheck, "no-check", false, "run the script without checking it first")
	for _, l := range []struct{ flag, variable, usage string }{
		{"start-scripts", "startScripts", "start scripts, run-<name>-vm"},
		{"vm-names", "vmNames", "names of the virtual machines"},
		{"vm-start-scripts", "vmStartScripts", "their start scripts"},
		{"container-names", "containerNames", "names of the containers"},
		{"container-start-scripts", "containerStartScripts", "their start scripts"},
		{"vlans", "vlans", "numbers of the networks"},
	} {
		lists[l.variable] = fs.String(l.flag, os.Getenv(l.variable), l.usage+" (default: $"+l.variable+")")
		fs.Lookup(l.flag).DefValue = ""
	}
	fs.StringVar(&attach, "debug-hook-attach", "", "stop where the test fails and at debug.breakpoint(), until somebody attaches; the value is a command that enters the build's sandbox")
	fs.IntVar(&vsocks, "dump-vsocks", 0, "show how to reach the machines over vsock, whose numbers follow this one")
	return cmd
}

// dropInConfig reads configuration and script from the flags, or from the environment for older callers.
func (f *RunFlags) dropInConfig(cmd *cobra.Command, args []string, lists map[string]*string) (*driver.Config, string, error) {
	if f.logLevel == "" {
		f.logLevel = "info"
		if l := os.Getenv("logLevel"); l != "" {
			f.logLevel = l
		}
	}
	var c *driver.Config
	var err error
	if f.config != "" {
		c, err = config.Load(f.config)
	} else {
		c, err = config.FromEnv(func(name string) string {
			if l, ok := lists[name]; ok {
				return *l
			}
			return os.Getenv(name)
		})
	}
	if err != nil {
		return nil, "", err
	}
	script := c.TestScript
	if len(args) == 1 {
		script = args[0]
	}
	if script == "" {
		return nil, "", errors.New("no test script: give it as argument, with --test-script, in --config or in $testScript")
	}
	if st, err := os.Stat(f.outDir); err != nil || !st.IsDir() {
		return nil, "", fmt.Errorf("the output directory %s does not exist", f.outDir)
	}
	if err := unix.Access(f.outDir, unix.W_OK); err != nil {
		return nil, "", fmt.Errorf("the output directory %s can't be written to: %w", f.outDir, err)
	}
	return c, script, nil
}

// dumpVsocks shows how to reach guests with a kernel vsock device, which older releases of nixpkgs used before the SSH
// backdoor had a configuration key. The guests are numbered in the order of their names.
func dumpVsocks(w io.Writer, c *driver.Config, offset int) {
	names := slices.Sorted(maps.Keys(c.VMs))
	names = slices.AppendSeq(names, maps.Keys(c.Containers))
	slices.Sort(names)
	fmt.Fprintln(w, "The machines' SSH backdoors (they need systemd-ssh-proxy on this host):")
	for i, name := range names {
		fmt.Fprintf(w, "    %s: ssh -o User=root vsock/%d\n", name, offset+1+i)
	}
}
