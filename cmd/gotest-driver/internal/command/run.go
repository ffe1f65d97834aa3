package command

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
	"github.com/gotest-driver/gotest-driver/internal/owner"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// RunFlags are the flags of run that the drop-in command line has too, and commands with a prompt.
type RunFlags struct {
	config    string
	outDir    string
	ownDir    bool // no other run may use outDir at the same time
	timeout   float64
	silence   float64
	maxOutput int // MiB
	maxLog    int // MiB
	logLevel  string
	keepState bool
	snapshots string
	machines  []string
	match     string
	keepGoing bool
	reports   outputFlags
	Plain     bool // lines even on a terminal
	noCheck   bool
	seed      int64
	Serial    bool // show the machines' serial consoles
	python    string

	isInteractive bool
	debug         bool
	command       []string          // the command line that runs the script again; nil: the current one
	DebugHook     *string           // the program that enters the run's sandbox; nil: no user attaches
	History       string            // file of what was typed at prompts; empty: none
	tools         *Tools            // see Tools
	stdin         []byte            // the script on standard input; nil: it is not read
	matrix        map[string]string // of suite.toml, for the script
	web           string            // where the page is, if there is one
	openPage      OpenPage
	page          Page
}

// NewRunFlags returns the flags with the defaults of those that a command line may lack.
func NewRunFlags() *RunFlags {
	const limit = machine.DefaultLimit >> 20
	return &RunFlags{maxOutput: limit, maxLog: limit, snapshots: "write"}
}

// defaultTimeout is the time limit of a run that nobody watches and that has no other one.
const defaultTimeout = 4 * time.Hour

// maxTimeout is the longest time limit of a run, in seconds: some 30 years, which a time.Duration can hold.
const maxTimeout = 1e9

// Add adds the flags to a command.
func (f *RunFlags) Add(fs *pflag.FlagSet) {
	f.ownDir = true
	fs.StringVarP(&f.config, "config", "c", "", "driver configuration (JSON) with the machines and networks")
	fs.StringVarP(&f.outDir, "output-directory", "o", "gotest-output", "directory for screenshots, copied files and reports")
	fs.Float64Var(&f.timeout, "global-timeout", 0, "seconds after which the run fails (0: no limit, or the configuration's; default: the configuration's, else 4 hours without a terminal)")
	fs.Float64Var(&f.silence, "max-silent-time", 0, "seconds without an entry of the log, output of a command or line of a console after which the run fails (0: no limit)")
	fs.IntVar(&f.maxOutput, "max-output-size", f.maxOutput, "`MiB` of output after which a command is ended (0: no limit)")
	fs.IntVar(&f.maxLog, "max-log-size", f.maxLog, "`MiB` of a machine's console that its log, the JSON log and the XML log keep: the beginning and the end (0: no limit)")
	fs.StringVar(&f.logLevel, "log-level", "info", "what is shown: debug, info, warning or error")
	fs.BoolVarP(&f.keepState, "keep-machine-state", "K", false, "keep the machines' state (disks) for the next run, in ~/.local/state/gotest-driver")
	fs.StringVar(&f.snapshots, "snapshots", f.snapshots, "what machines with boot = \"cached\" do with the boots of other runs: write (use and keep them), read (use them) or off (boot)")
	fs.StringArrayVar(&f.machines, "machine", nil, "a machine, as name=start-command; may be given several times")
	fs.StringVar(&f.match, "run", "", "run only the test functions whose name or title matches this regular expression")
	fs.BoolVar(&f.keepGoing, "keep-going", false, "go on after a subtest or a test function has failed, and fail at the end")
	f.reports.add(fs, "run")
	fs.BoolVar(&f.Plain, "plain", false, "write plain lines even on a terminal")
	fs.BoolVar(&f.noCheck, "no-check", false, "run the script without checking it first")
	fs.Int64Var(&f.seed, "seed", 0, "seed of the module random (0: a random one, which the log tells)")
	fs.StringVar(&f.python, "python", "", "the Python that runs scripts in Python (default: $GOTEST_PYTHON, else python3)")
	fs.BoolVar(&f.Serial, "serial", true, "show the machines' serial consoles (on a terminal: only with --plain)")
}

func runCommand(t *Tools) *cobra.Command {
	f, s := NewRunFlags(), &suiteFlags{}
	f.tools = t
	if t != nil {
		f.openPage = t.OpenPage
	}
	var told string
	var task bool
	var list, watch, keepMachines, noClear bool
	cmd := &cobra.Command{
		Use:   "run [flags] FILE…",
		Short: "Run test scripts",
		Long: `Run test scripts. Several are a suite: as many run at once as memory and processors allow, each in a process of
its own, with an output directory of its own below --output-directory. docs/suites.md describes suites.

A directory stands for all scripts in it and below it (files that end in .star or .py), except those that others of
them load or import, packages of Python, and hidden files; one that has a suite.toml stands for the tests of that
file. "-" is a script on standard input.

A script is complete in itself when it makes its machines with create_machine(…). Machines can also come
from a driver configuration (--config) or from the command line (--machine).

The exit status is 0 when all tests passed, 1 when one failed, 2 when one could not be run or a report not be
written, and 130 when the run was interrupted.`,
		Example: `  gotest-driver run examples/boot.star
  gotest-driver run --machine 'server=./run-server-vm' test.star
  gotest-driver run --config driver.json -o out test.star
  gotest-driver run --run 'login' --keep-going test.star
  gotest-driver run --interactive test.star
  gotest-driver run --debug test.star
  gotest-driver run --watch --keep-machines test.star
  gotest-driver run --web test.star
  gotest-driver run --keep-going tests/
  gotest-driver run --jobs 4 --retries 1 suite.toml
  gotest-driver run --partition 2/4 tests/
  gotest-driver run --until-fail --stress test.star
  gotest-driver run --on slurm:partition=lab --retries 1 tests/
  generate-test | gotest-driver run -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (f.isInteractive || f.debug || watch) && slices.Contains(args, "-") {
				return errors.New("--interactive, --debug and --watch need a script in a file: standard input is theirs")
			}
			if task {
				return suite.RunTask(cmd.Context(), args[0])
			}
			if told != "" {
				_, _, err := f.scripts(cmd, args) // reads standard input
				return errors.Join(err, f.runOne(cmd, cmp.Or(map[string]string{"-": stdinName}[args[0]], args[0]), told))
			}
			var err error
			if s.bazel, err = suite.UnderBazel(os.Getenv); err != nil {
				return err
			}
			if err := s.check(list); err != nil {
				return err
			}
			several := len(args) > 1 || s.given(cmd.Flags()) || manifestOf(args[0]) != ""
			if list && several {
				return f.listSuite(cmd, s, args)
			}
			if watch || several {
				if err := f.noWeb(); err != nil {
					return err
				}
			}
			if several && !watch && !f.isInteractive && !f.debug {
				return f.runSuite(cmd, s, args)
			}
			if watch && (f.isInteractive || f.debug) {
				return errors.New("--watch can't be combined with --interactive and --debug")
			}
			for _, arg := range args {
				if filepath.Ext(arg) == ".toml" && !watch {
					return fmt.Errorf("%s: --interactive and --debug take scripts, not a suite", arg)
				}
			}
			wf := watchFlags{clear: !noClear}
			if cmd.Flags().Changed("keep-machines") {
				wf.keep = &keepMachines
			}
			if watch && several {
				return f.watchSuite(cmd, s, args, wf)
			}
			files, isDir, err := f.scripts(cmd, args)
			if err != nil {
				return err
			}
			if list {
				return f.listTests(cmd, files)
			}
			several = several || isDir
			switch {
			case (f.isInteractive || f.debug) && several:
				return errors.New("--interactive and --debug: give one script")
			case f.isInteractive && f.debug:
				return errors.New("--interactive and --debug don't go together")
			}
			if watch && several {
				return f.watchSuite(cmd, s, args, wf)
			}
			if watch {
				return f.watch(cmd, files, wf)
			}
			for _, name := range []string{"keep-machines", "no-clear"} {
				if cmd.Flags().Changed(name) {
					return fmt.Errorf("--%s goes with --watch", name)
				}
			}
			if several {
				if err := f.noWeb(); err != nil {
					return err
				}
				return f.runSuite(cmd, s, args)
			}
			return f.run(cmd, files[0])
		},
	}
	f.Add(cmd.Flags())
	f.AddWeb(cmd.Flags(), f.openPage)
	s.add(cmd.Flags())
	cmd.Flags().StringVar(&told, "one", "", "")
	cmd.Flags().BoolVar(&task, "task", false, "")
	for _, name := range []string{"one", "task"} {
		_ = cmd.Flags().MarkHidden(name) // it exists
	}
	cmd.Flags().BoolVarP(&f.isInteractive, "interactive", "I", false, "open a prompt instead, where test_script() runs the script")
	cmd.Flags().BoolVar(&f.debug, "debug", false, "open a debugger where the script fails and at debug.breakpoint()")
	cmd.Flags().StringVar(&f.History, "history", DefaultHistory(), "file that keeps what was typed at prompts; empty: none")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "run again whenever the script or a file that it loads changes; of several scripts those that failed run first")
	cmd.Flags().BoolVar(&keepMachines, "keep-machines", false, "with --watch: run on the machines that are up already (default: what the script's keep_machines says)")
	cmd.Flags().BoolVar(&noClear, "no-clear", false, "with --watch: don't clear the screen before each run")
	cmd.Flags().BoolVar(&list, "list", false, "list the test functions of the scripts, and run nothing")
	return cmd
}

// Configuration reads the configuration (from the flag, else from the script's gotest.json) and adds the machines of
// the command line.
func (f *RunFlags) Configuration(script string) (*driver.Config, error) {
	c, err := config.ForScript(script, f.config)
	if err != nil {
		return nil, err
	}
	if len(c.Unknown) > 0 {
		return nil, errors.New(strings.Join(c.Unknown, "\n"))
	}
	c.Matrix = f.matrix
	for _, m := range f.machines {
		name, command, ok := strings.Cut(m, "=")
		if !ok || name == "" || command == "" {
			return nil, fmt.Errorf("--machine %s: want name=start-command", m)
		}
		if _, twice := c.VMs[name]; twice {
			return nil, fmt.Errorf("--machine %s: there is a machine of that name already", m)
		}
		c.VMs[name] = driver.MachineConfig{Name: name, StartScript: command}
	}
	return c, nil
}

// run runs one script.
func (f *RunFlags) run(cmd *cobra.Command, file string) error {
	c, err := f.Configuration(file)
	if err != nil {
		return err
	}
	return f.runWith(cmd, file, c)
}

func (f *RunFlags) runWith(cmd *cobra.Command, file string, c *driver.Config) error {
	if f.isInteractive || f.debug || f.DebugHook != nil {
		return f.prompt(cmd, file, c)
	}
	if f.web != "" && f.tools == nil {
		return continueWithTools(os.Args)
	}
	o, level, err := f.Options(cmd, file, c)
	if err != nil {
		return err
	}
	if out, ok := cmd.ErrOrStderr().(*os.File); !cmd.Flags().Changed("global-timeout") && (!ok || !term.IsTerminal(out.Fd())) {
		o.DefaultTimeout = defaultTimeout
	}
	if o.Log, err = f.LogTo(f.Terminal(cmd, level)); err != nil {
		return err
	}
	err = run.Run(cmd.Context(), o)
	return OfRun(err, o.Log.Close())
}

// prompt runs one script with a prompt.
func (f *RunFlags) prompt(cmd *cobra.Command, file string, c *driver.Config) error {
	switch {
	case f.tools == nil:
		return continueWithTools(os.Args)
	case f.isInteractive:
		return f.tools.Interactive(cmd, f, file, c)
	case f.debug:
		return f.tools.Debug(cmd, f, file, c)
	}
	return f.tools.Attached(cmd, f, file, c)
}

// DefaultHistory returns the path of the history file in the user's state directory; empty if there is none.
func DefaultHistory() string {
	dir, err := owner.StateDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "history")
}

// Options returns the run's options, except its log.
func (f *RunFlags) Options(cmd *cobra.Command, file string, c *driver.Config) (o run.Options, level report.Level, err error) {
	level = report.Level(f.logLevel)
	switch level {
	case report.Debug, report.Info, report.Warning, report.Error:
	default:
		return o, level, fmt.Errorf("--log-level %s: want debug, info, warning or error", f.logLevel)
	}
	for _, s := range []struct {
		flag  string
		value float64
	}{{"global-timeout", f.timeout}, {"max-silent-time", f.silence}} {
		if !(s.value >= 0 && s.value <= maxTimeout) { // also refuses "nan"
			return o, level, fmt.Errorf("--%s %g: want seconds, from 0 to %g", s.flag, s.value, maxTimeout)
		}
	}
	if o.Limits.Output, err = mebibytes("max-output-size", f.maxOutput); err != nil {
		return o, level, err
	}
	if o.Limits.Console, err = mebibytes("max-log-size", f.maxLog); err != nil {
		return o, level, err
	}
	snapshots, known := map[string]driver.Snapshots{"write": driver.SnapshotsWrite, "read": driver.SnapshotsRead, "off": driver.SnapshotsOff}[f.snapshots]
	if !known {
		return o, level, fmt.Errorf("--snapshots %s: want off, read or write", f.snapshots)
	}
	var match *pyre.Regexp
	if f.match != "" {
		if match, err = pyre.Compile(f.match, 0); err != nil {
			return o, level, fmt.Errorf("--run: %w", err)
		}
	}
	checks := run.CheckErrors
	if f.noCheck {
		checks = run.CheckNone
	}
	seed := f.seed
	if seed == 0 {
		seed = rand.Int64()
	}
	command := f.command
	if command == nil {
		command = os.Args
	}
	o = run.Options{
		Script: file, Source: f.stdinOf(file), Config: c, OutDir: f.outDir, KeepState: f.keepState, Snapshots: snapshots, Match: match, KeepGoing: f.keepGoing,
		GlobalTimeout: seconds(f.timeout), MaxSilence: seconds(f.silence), Limits: o.Limits, Command: command, Check: checks, Seed: seed,
		Python: f.python,
	}
	return o, level, f.startPage(cmd, &o)
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// mebibytes returns the bytes that a flag gives in MiB; 0 is more than any.
func mebibytes(flag string, n int) (int64, error) {
	const most = 1 << 40
	switch {
	case n < 0 || n > most>>20:
		return 0, fmt.Errorf("--%s %d: want MiB, from 0 (no limit) to %d", flag, n, most>>20)
	case n == 0:
		return most, nil
	}
	return int64(n) << 20, nil
}

// stdinOf returns the text of a script that was read from standard input, nil for others.
func (f *RunFlags) stdinOf(file string) []byte {
	if file == stdinName {
		return f.stdin
	}
	return nil
}

// LogTo makes the log that writes to a terminal and to the reports.
func (f *RunFlags) LogTo(terminal report.Sink) (*report.Log, error) {
	outputs := f.reports.outputs(f.outDir)
	for i := range outputs {
		outputs[i].MaxSerial = int64(f.maxLog) << 20
	}
	var lock *dirLock
	if f.ownDir {
		var err error
		if lock, err = lockDir(f.outDir); err != nil {
			return nil, err
		}
	}
	sinks, err := report.Open(outputs)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	log := report.NewLog(nil, append(append([]report.Sink{terminal}, sinks...), lock)...)
	if f.page != nil {
		f.page.SetLog(log)
		log.Add(f.page)
	}
	return log, nil
}

// pipe ends the run in order when nobody reads its log any more.
type pipe struct {
	io.Writer
	closed func()
}

// Write writes a part of the log.
func (p *pipe) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		p.closed()
	}
	return n, err
}

// Terminal returns the sink for the user: a live view on a terminal, else lines.
func (f *RunFlags) Terminal(cmd *cobra.Command, level report.Level) report.Sink {
	w, env, reports := cmd.ErrOrStderr(), os.Environ(), report.Reports(f.reports.outputs(f.outDir))
	color := report.ColorWanted(w, env)
	if !f.Plain && report.LiveWanted(w, env) {
		o := report.LiveOptions{Level: level, Color: color, Reports: reports}
		if !report.LiveWanted(cmd.OutOrStdout(), env) { // else it is the same terminal
			o.Output = cmd.OutOrStdout()
		}
		return report.NewLive(w, o)
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // which otherwise ends the program, without its reports
	closed := func() { interrupt.End(cmd.Context(), &run.Interrupted{Signal: syscall.SIGPIPE}) }
	w = &pipe{w, closed}
	return report.NewPlain(w, report.PlainOptions{Level: level, Serial: f.Serial, Output: &pipe{cmd.OutOrStdout(), closed}, Color: color, CI: report.DetectCI(os.Getenv), Reports: reports})
}
