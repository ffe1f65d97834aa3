// Package run runs a test script from beginning to end: it checks the script, makes the machines, runs
// it, keeps what explains a failure, and tells in one error how it went.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/bind"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// Options are the choices of a run.
type Options struct {
	Script        string // path of the script
	Config        *driver.Config
	Name          string // the test's name; empty: the configuration's or the script's file name
	OutDir        string
	GlobalTimeout time.Duration // 0: the configuration's
	KeepState     bool
	Match         *pyre.Regexp // which test functions run; nil: all
	KeepGoing     bool
	Check         Check // what is checked before anything starts
	Seed          int64 // of the module random
	Log           *report.Log
	Command       []string // the command line, for the hint how to run it again
	Python        string   // the interpreter of scripts in Python; empty: bridge.Options says which
	// Mode, History and OnDebugger are of a script in Python; see bridge.Options.
	Mode       bridge.Mode
	History    string
	OnDebugger func(address string)

	// Driver, when set, belongs to the caller, as do the machines on it.
	Driver *driver.Driver
	// Within an interactive session, which has a Driver, a run does not tell its start and end.
	Within bool
	// Hooks connect the script with the terminal, where there is one.
	Hooks bind.Hooks
	// Debugger, when set, stops the script where the user wants.
	Debugger Debugger
	// OnDriver, when set, gets the driver before the script runs.
	OnDriver func(*driver.Driver)
	// OnGlobals, when set, gets the script's globals when it has run, as far as it came.
	OnGlobals func(starlark.StringDict)
}

// Debugger stops scripts: package debugger has one.
type Debugger interface {
	// OnStep is called before each instruction.
	OnStep(thread *starlark.Thread)
	// Breakpoint is debug.breakpoint().
	Breakpoint(thread *starlark.Thread) error
	// CallFailed is called when a function of the test language fails, with the frames still there.
	CallFailed(thread *starlark.Thread, err error)
	// Failed is called when the script has failed, with the frames of the failure.
	Failed(ctx context.Context, e *script.Error)
}

// SetupError says that nothing could be run: a broken script or configuration, no output directory.
type SetupError struct{ Err error }

// Error is the reason.
func (e *SetupError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *SetupError) Unwrap() error { return e.Err }

// Interrupted is the cause of a context that Ctrl-C or SIGTERM has ended.
type Interrupted struct{ Signal os.Signal }

// Error names the signal.
func (e *Interrupted) Error() string { return fmt.Sprintf("interrupted (%s)", e.Signal) }

// globalTimeoutError is the cause of a context that the global timeout has ended.
type globalTimeoutError struct{ limit time.Duration }

func (e *globalTimeoutError) Error() string {
	return fmt.Sprintf("the global timeout of %s has run out", e.limit)
}
func (e *globalTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// testName is the name of a test: that of its file without the ending.
func testName(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Run runs the script. The error is a *SetupError when nothing was run, a *script.Error when the test failed.
func Run(ctx context.Context, o Options) (err error) {
	if o.Name == "" && o.Config != nil {
		o.Name = o.Config.Name
	}
	if o.Name == "" {
		o.Name = testName(o.Script)
	}
	src, err := os.ReadFile(o.Script)
	if err != nil {
		return &SetupError{fmt.Errorf("the script can't be read: %w", err)}
	}
	root, err := filepath.Abs(filepath.Dir(o.Script))
	if err != nil {
		return &SetupError{err}
	}
	loadRoot, err := check.Root(o.Script)
	if err != nil {
		return &SetupError{err}
	}
	if o.GlobalTimeout == 0 && o.Config != nil {
		o.GlobalTimeout = o.Config.GlobalTimeout
	}
	if o.GlobalTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.GlobalTimeout, &globalTimeoutError{o.GlobalTimeout})
		defer cancel()
	}
	var py *bridge.Process // of a script in Python
	if isPython(o.Script, src, o.Config) {
		if o.Match != nil {
			return &SetupError{fmt.Errorf("%s is in Python and runs as a whole: there are no test functions to choose from", o.Script)}
		}
		if py, err = bridge.Start(ctx, bridge.Options{
			Script: o.Script, Source: src, Python: o.Python, Mode: o.Mode, History: o.History, OnDebugger: o.OnDebugger, Class: machineClass,
		}); err != nil {
			return &SetupError{err}
		}
		defer func() { err = errors.Join(err, py.Close()) }()
	}
	if err := o.check(ctx, loadRoot, src, py); err != nil {
		return &SetupError{err}
	}
	start := time.Now()
	ctx, fatal := context.WithCancelCause(ctx)
	defer fatal(nil)
	d := o.Driver
	if d == nil {
		if d, err = driver.New(ctx, driver.Options{
			Config: o.Config, Name: o.Name, OutDir: o.OutDir, Root: root, KeepState: o.KeepState, Log: o.Log, OnFatal: fatal, Reuse: o.Mode == bridge.Interact,
		}); err != nil {
			return &SetupError{err}
		}
	}
	var ending ending
	if o.Driver == nil {
		ending.add(d.Close)
	}
	defer func() { err = errors.Join(err, ending.run()) }()
	if o.OnDriver != nil {
		o.OnDriver(d)
	}
	for _, nr := range namedVLANs(src) {
		if _, err := d.VLAN(ctx, nr); err != nil {
			return &SetupError{err}
		}
	}
	r := &run{o: o, d: d, random: py == nil && bytes.Contains(src, []byte("random"))}
	opts := script.Options{
		Filename: o.Script, Source: src, Root: loadRoot, Predeclared: r.predeclared(), Log: o.Log,
		Match: o.Match, KeepGoing: o.KeepGoing, OnFailure: r.failed,
	}
	if o.Debugger != nil {
		opts.OnStep, opts.OnCallError, opts.PostMortem = o.Debugger.OnStep, o.Debugger.CallFailed, true
	}
	execute := func(ctx context.Context) error { return py.Run(ctx, opts) }
	if py == nil {
		program, err := script.Compile(opts)
		if err != nil {
			return &SetupError{err}
		}
		if o.OnGlobals != nil {
			defer func() { o.OnGlobals(program.Globals()) }()
		}
		execute = program.Run
	}
	if o.Within {
		return execute(ctx)
	}
	o.Log.Emit(ctx, report.Event{Kind: report.RunStart, Text: o.Name, Attrs: map[string]string{
		"script": o.Script, "command": strings.Join(o.Command, " "), "seed": fmt.Sprint(o.Seed),
	}})
	tctx, span := o.Log.Begin(ctx, report.Entry{Action: report.ActionTest, Text: "run the test script"})
	err = execute(tctx)
	span.End(err)
	end := report.Event{Kind: report.RunEnd, Status: report.Passed, Duration: time.Since(start)}
	if err != nil {
		end.Status, end.Error = report.Failed, err.Error()
		var interrupted *Interrupted
		var changed *Changed
		if errors.As(context.Cause(ctx), &interrupted) || errors.As(context.Cause(ctx), &changed) {
			end.Status = report.Interrupted
		}
	}
	// What the machines say while they end belongs to the run.
	cerr := ending.run()
	o.Log.Emit(ctx, end)
	return errors.Join(err, cerr)
}

// ending is what has to be closed, last first.
type ending []func() error

func (e *ending) add(f func() error) { *e = append(*e, f) }

// run closes all that has not been closed yet.
func (e *ending) run() error {
	var errs []error
	for _, f := range slices.Backward(*e) {
		errs = append(errs, f())
	}
	*e = nil
	return errors.Join(errs...)
}

// vlanName finds the networks that a script names; those that create_machine makes come too late for a name.
var vlanName = lazyre.Compile(`\bvlan([1-9][0-9]{0,2})\.`)

func namedVLANs(src []byte) []int {
	var list []int
	for _, m := range vlanName().FindAllSubmatch(src, -1) {
		if nr, err := strconv.Atoi(string(m[1])); err == nil && nr < 255 && !slices.Contains(list, nr) {
			list = append(list, nr)
		}
	}
	return list
}

// run is a run under way.
type run struct {
	o        Options
	d        *driver.Driver
	failures int
	random   bool // the script may take random choices
}

// predeclared are all names that the script finds.
func (r *run) predeclared() starlark.StringDict {
	hooks := r.o.Hooks
	if hooks.SerialOutput == nil {
		hooks.SerialOutput = r.o.Log.SetSerial
	}
	mo := modules.Options{Seed: r.o.Seed, Environ: os.Environ()}
	if r.o.Debugger != nil {
		mo.Breakpoint = r.o.Debugger.Breakpoint
	}
	g := bind.New(r.d, hooks).Globals()
	maps.Copy(g, script.Builtins())
	maps.Copy(g, modules.New(mo))
	return g
}
