package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/driver"
)

// dropInCommand is the hidden subcommand with the command line of nixpkgs' driver.
func dropInCommand() *cobra.Command {
	cmd := dropIn()
	cmd.Hidden = true
	return cmd
}

// listFlags of the drop-in command line take all words up to the next flag, as argparse's nargs="*" does.
var listFlags = []string{"--start-scripts", "--vlans", "--vm-names", "--vm-start-scripts", "--container-names", "--container-start-scripts"}

// joinLists joins the words of such flags, so that each has one value with blanks.
func joinLists(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		flag := ""
		for _, l := range listFlags {
			if args[i] == l {
				flag = l
			}
		}
		if flag == "" {
			out = append(out, args[i])
			continue
		}
		var words []string
		for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			words = append(words, args[i])
		}
		out = append(out, flag+"="+strings.Join(words, " "))
	}
	return out
}

// dropIn is the command line that nixpkgs' test framework calls, in all its releases.
func dropIn() *cobra.Command {
	f := &runFlags{serial: true}
	var startScripts, vlans string
	cmd := &cobra.Command{
		Use:           "nixos-test-driver [flags] [TEST-SCRIPT]",
		Short:         "The command line of nixpkgs' test driver",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
		Args:          cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, script, err := f.dropInConfig(cmd, args, startScripts, vlans)
			if err != nil {
				return err
			}
			return f.runWith(cmd, script, c)
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&f.config, "config", "c", "", "driver configuration (JSON)")
	fs.StringVar(&f.logLevel, "log-level", "", "debug, info, warning or error (default: $logLevel, else info)")
	fs.StringVarP(&f.outDir, "output_directory", "o", ".", "directory for screenshots, copied files and reports")
	fs.StringVar(&f.outDir, "output-directory", ".", "the same")
	fs.BoolVarP(&f.keepState, "keep-machine-state", "K", false, "keep the machines' state for the next run")
	fs.BoolVar(&f.keepState, "keep-vm-state", false, "the old name of --keep-machine-state")
	fs.StringVar(&f.junit, "junit-xml", "", "write a JUnit report; a relative path starts at the output directory")
	fs.Float64Var(&f.timeout, "global-timeout", 0, "seconds after which the run fails (default: $globalTimeout)")
	fs.StringVar(&startScripts, "start-scripts", "", "start scripts, run-<name>-vm (default: $startScripts)")
	fs.StringVar(&vlans, "vlans", "", "numbers of the networks (default: $vlans)")
	return cmd
}

// dropInConfig finds configuration and script in the flags or, as older callers give them, the environment.
func (f *runFlags) dropInConfig(cmd *cobra.Command, args []string, startScripts, vlans string) (*driver.Config, string, error) {
	if f.logLevel == "" {
		f.logLevel = "info"
		if l := os.Getenv("logLevel"); l != "" {
			f.logLevel = l
		}
	}
	var c *driver.Config
	var err error
	if f.config != "" {
		c, err = driver.LoadConfig(f.config)
	} else {
		c, err = driver.ConfigFromEnv(func(name string) string {
			switch {
			case name == "startScripts" && cmd.Flags().Changed("start-scripts"):
				return startScripts
			case name == "vlans" && cmd.Flags().Changed("vlans"):
				return vlans
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
		return nil, "", errors.New("no test script is given: neither as argument nor by --config or $testScript")
	}
	if st, err := os.Stat(f.outDir); err != nil || !st.IsDir() {
		return nil, "", fmt.Errorf("the output directory %s is not there", f.outDir)
	}
	return c, script, nil
}
