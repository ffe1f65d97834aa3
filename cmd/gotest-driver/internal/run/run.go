// Package run runs a test script from beginning to end: it checks the script, makes the machines, runs it, keeps what
// explains a failure, and returns the result as one error.
package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/bind"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// Options are the settings of a run.
type Options struct {
	Script        string // path of the script
	Source        []byte // the script; nil: the file's content
	Config        *driver.Config
	Name          string // the test's name; empty: the configuration's or the script's file name
	OutDir        string
	GlobalTimeout time.Duration // 0: the configuration's
	// DefaultTimeout is the limit of a run that has no other one; 0: none.
	DefaultTimeout time.Duration
	MaxSilence     time.Duration // the run ends when nothing is heard from it for so long; 0: no limit
	Limits         machine.Limits
	KeepState      bool
	Snapshots      driver.Snapshots
	Match          *pyre.Regexp // which test functions run; nil: all
	KeepGoing      bool
	Check          Check // what is checked before anything starts
	Seed           int64 // of the module random
	Log            *report.Log
	Command        []string // the command line, for the hint on running it again
	Python         string   // the interpreter of scripts in Python; empty: bridge.Options says which
	// Mode, History and OnDebugger are for scripts in Python; see bridge.Options.
	Mode       bridge.Mode
	History    string
	OnDebugger func() (port int, token string, err error)

	// Driver, when set, belongs to the caller, as do the machines on it.
	Driver *driver.Driver
	// Within an interactive session, which has a Driver, a run does not report its start and end.
	Within bool
	// Hooks connect the script with the terminal, if there is one.
	Hooks bind.Hooks
	// Debugger, when set, stops the script where the user wants.
	Debugger Debugger
	// OnDriver, when set, is called with the driver before the script runs.
	OnDriver func(*driver.Driver)
	// OnGlobals, when set, is called with the script's globals after it has run, even if it failed.
	OnGlobals func(starlark.StringDict)

	parse parser // for tests, which count its calls; nil: dialect.Parse
}

// Debugger stops scripts; package debugger implements it.
type Debugger interface {
	// OnStep is called before each instruction.
	OnStep(thread *starlark.Thread)
	// Breakpoint implements debug.breakpoint().
	Breakpoint(thread *starlark.Thread) error
	// CallFailed is called when a function of the test language fails, with the frames still there.
	CallFailed(thread *starlark.Thread, err error)
	// Failed is called when the script has failed, with the frames of the failure.
	Failed(ctx context.Context, e *script.Error)
}

// SetupError says that nothing could run: the script or the configuration is broken, or there is no output directory.
type SetupError struct{ Err error }

// Error returns the reason.
func (e *SetupError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *SetupError) Unwrap() error { return e.Err }

// Interrupted is the cause of a context that Ctrl-C or SIGTERM has ended.
type Interrupted struct{ Signal os.Signal }

// Error names the signal.
func (e *Interrupted) Error() string { return fmt.Sprintf("interrupted (%s)", e.Signal) }

// globalTimeoutError is the cause of a context that the global timeout has ended.
type globalTimeoutError struct {
	limit     time.Duration
	byDefault bool
}

func (e *globalTimeoutError) Error() string {
	s := fmt.Sprintf("the global timeout of %s has run out", e.limit)
	if e.byDefault {
		s += ", which a run without a terminal has by default; --global-timeout sets another one"
	}
	return s
}
func (e *globalTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// testName returns the name of a test: the given one, else the configuration's, else that of the script's file without
// the ending. c may be nil.
func testName(given string, c *driver.Config, script string) string {
	switch {
	case given != "":
		return given
	case c != nil && c.Name != "":
		return c.Name
	}
	base := filepath.Base(script)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Run runs the script. The error is a *SetupError when nothing was run, a *script.Error when the test failed.
func Run(ctx context.Context, o Options) (err error) {
	o.Name = testName(o.Name, o.Config, o.Script)
	r := &run{o: o}
	defer func() { err = errors.Join(err, r.ending.run()) }()
	ctx = r.limit(ctx)
	for _, step := range []func(context.Context) error{r.read, r.language, r.hidden, r.check, r.openDriver, r.networks, r.compile} {
		if err := step(ctx); err != nil {
			return &SetupError{err}
		}
	}
	if o.Within {
		err := r.execute(ctx)
		if skip := script.IsSkip(err); skip != nil {
			o.Log.Logf(ctx, report.Info, "%v", skip)
			return nil
		}
		return err
	}
	return r.report(ctx)
}

// run is a run in progress. Each step of Run sets what the next steps need.
type run struct {
	o      Options
	ending ending
	fatal  context.CancelCauseFunc // ends the run when the driver can't go on

	src     []byte
	root    string          // the directory that load statements reach
	py      *bridge.Process // for a script in Python; else nil
	program *program
	names   map[string]bool // names that the script uses and does not define
	start   time.Time
	d       *driver.Driver
	opened  atomic.Pointer[driver.Driver] // d, for the watch for silence
	execute func(context.Context) error

	failures int
}

// limit returns a context that ends with the global timeout, or when the driver can't go on.
func (r *run) limit(ctx context.Context) context.Context {
	limit := r.o.GlobalTimeout
	if limit == 0 && r.o.Config != nil {
		limit = r.o.Config.GlobalTimeout
	}
	byDefault := limit == 0
	if byDefault {
		limit = r.o.DefaultTimeout
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, &globalTimeoutError{limit, byDefault})
		r.ending.add(func() error { cancel(); return nil })
	}
	ctx, r.fatal = context.WithCancelCause(ctx)
	r.ending.add(func() error { r.fatal(nil); return nil })
	if r.o.MaxSilence > 0 {
		r.o.Log.Active()
		var watch sync.WaitGroup
		watch.Go(func() { r.watchSilence(ctx) })
		r.ending.add(func() error { r.fatal(nil); watch.Wait(); return nil })
	}
	return ctx
}

// silenceError is the cause of a context that ends because nothing is heard from the run.
type silenceError struct {
	test     string
	limit    time.Duration
	machines []string // those that stand still, each with the reason
}

func (e *silenceError) Error() string {
	s := fmt.Sprintf("the test %s has been silent for %s (--max-silent-time): no entry of its log, no output of a command and no line of a console", e.test, e.limit)
	for _, m := range e.machines {
		s += "; " + m
	}
	return s
}
func (e *silenceError) Unwrap() error { return context.DeadlineExceeded }

// watchSilence ends the run when nothing is heard from it for too long. It returns when the context ends.
func (r *run) watchSilence(ctx context.Context) {
	for {
		left := r.o.MaxSilence - r.o.Log.Silence()
		if left <= 0 {
			e := &silenceError{test: r.o.Name, limit: r.o.MaxSilence}
			if d := r.opened.Load(); d != nil {
				for _, m := range d.Machines() {
					if why := m.Standstill(ctx); why != "" {
						e.machines = append(e.machines, m.Name()+": "+why)
					}
				}
			}
			r.fatal(e)
			return
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
}

// read reads the script.
func (r *run) read(ctx context.Context) (err error) {
	if r.src = r.o.Source; r.src == nil {
		r.src, err = userfile.Read(ctx, r.o.Script)
	}
	if err != nil {
		return fmt.Errorf("the script can't be read: %w", err)
	}
	r.root, err = check.Root(r.o.Script)
	return err
}

// language parses a script in Starlark, and starts the interpreter of one in Python.
func (r *run) language(ctx context.Context) (err error) {
	r.program = newProgram(r.root, r.o.parse)
	if !isPython(r.o.Script, r.src, r.o.Config, r.program.parse) {
		r.names = r.program.names(r.o.Script, r.src)
		return nil
	}
	if r.o.Match != nil {
		return fmt.Errorf("%s is in Python and runs as a whole: there are no test functions to choose from", r.o.Script)
	}
	r.names = syntax.Names(r.o.Script, r.src)
	r.py, err = bridge.Start(ctx, bridge.Options{
		Script: r.o.Script, Source: r.src, Python: r.o.Python, Mode: r.o.Mode, History: r.o.History, OnDebugger: r.o.OnDebugger,
		Class: func(v starlark.Value) string { return machineClass(r.d, v) },
	})
	if err == nil {
		r.ending.add(r.py.Close)
	}
	return err
}

// hidden warns of configured machines that have no variable in the script.
func (r *run) hidden(ctx context.Context) error {
	if r.o.Config == nil {
		return nil
	}
	for m := range r.o.Config.All() {
		if text := dialect.HiddenMachine(m, config.Identifier(m), r.py != nil); text != "" {
			r.o.Log.Logf(ctx, report.Warning, "%s", text)
		}
	}
	return nil
}

// openDriver makes the driver with the machines of the configuration, unless the caller has one.
func (r *run) openDriver(ctx context.Context) (err error) {
	r.start = time.Now()
	if r.d = r.o.Driver; r.d == nil {
		dir, err := filepath.Abs(filepath.Dir(r.o.Script))
		if err != nil {
			return err
		}
		if r.d, err = driver.New(ctx, driver.Options{
			Config: r.o.Config, Name: r.o.Name, OutDir: r.o.OutDir, Root: dir, KeepState: r.o.KeepState, Snapshots: r.o.Snapshots, Log: r.o.Log,
			OnFatal: r.fatal, Reuse: r.o.Mode == bridge.Interact, Limits: r.o.Limits, Seed: r.o.Seed,
		}); err != nil {
			return err
		}
		r.ending.add(r.d.Close)
	}
	r.opened.Store(r.d)
	if r.o.OnDriver != nil {
		r.o.OnDriver(r.d)
	}
	return nil
}

// networks makes the networks that the script names: create_machine would make them too late for their names to be
// defined.
func (r *run) networks(ctx context.Context) error {
	for _, nr := range vlans(r.names) {
		if _, err := r.d.VLAN(ctx, nr); err != nil {
			return err
		}
	}
	return nil
}

// compile makes the script ready to be executed.
func (r *run) compile(context.Context) error {
	opts := script.Options{
		Filename: r.o.Script, Source: r.src, Parse: r.program.parse, Root: r.root, Predeclared: r.predeclared(), Log: r.o.Log,
		Match: r.o.Match, KeepGoing: r.o.KeepGoing, OnFailure: r.failed, Checkpoint: r.d.Checkpoint,
	}
	if r.o.Debugger != nil {
		opts.OnStep, opts.OnCallError, opts.PostMortem = r.o.Debugger.OnStep, r.o.Debugger.CallFailed, true
	}
	if r.py != nil {
		r.execute = func(ctx context.Context) error { return r.py.Run(ctx, opts) }
		return nil
	}
	p, err := script.Compile(opts)
	r.execute = func(ctx context.Context) error {
		if r.o.OnGlobals != nil {
			defer func() { r.o.OnGlobals(p.Globals()) }()
		}
		return p.Run(ctx)
	}
	return err
}

// report executes the script and reports its start, its end and its result.
func (r *run) report(ctx context.Context) error {
	r.o.Log.Emit(ctx, report.Event{Kind: report.RunStart, Text: r.o.Name, Attrs: map[string]string{
		"script": r.o.Script, "command": strings.Join(r.o.Command, " "), "seed": fmt.Sprint(r.o.Seed),
	}})
	tctx, span := r.o.Log.Begin(ctx, report.Entry{Action: report.ActionTest, Text: "run the test script"})
	err := r.execute(tctx)
	span.End(err)
	end := report.Event{Kind: report.RunEnd, Status: report.Passed, Duration: time.Since(r.start)}
	if skip := script.IsSkip(err); skip != nil {
		end.Status, end.Error = skip.Outcome()
		err = nil
	}
	if err != nil {
		end.Status, end.Error = report.Failed, err.Error()
		var interrupted *Interrupted
		var changed *Changed
		if errors.As(context.Cause(ctx), &interrupted) || errors.As(context.Cause(ctx), &changed) {
			end.Status = report.Interrupted
		}
	}
	// The output of the machines while they end is part of the run's report.
	cerr := r.ending.run()
	r.o.Log.Emit(ctx, end)
	return errors.Join(err, cerr)
}

// ending has what must be closed, last first.
type ending []func() error

func (e *ending) add(f func() error) { *e = append(*e, f) }

// run closes everything that is not closed yet.
func (e *ending) run() error {
	var errs []error
	for _, f := range slices.Backward(*e) {
		errs = append(errs, f())
	}
	*e = nil
	return errors.Join(errs...)
}

// predeclared returns all names that are predeclared for the script.
func (r *run) predeclared() starlark.StringDict {
	hooks := r.o.Hooks
	if hooks.SerialOutput == nil {
		hooks.SerialOutput = r.o.Log.SetSerial
	}
	mo := modules.Options{Seed: r.o.Seed, Environ: os.Environ()}
	if r.o.Debugger != nil {
		mo.Breakpoint = r.o.Debugger.Breakpoint
	}
	b := bind.New(r.d, hooks)
	g := b.Globals()
	maps.Copy(g, script.Builtins())
	maps.Copy(g, modules.New(mo))
	if r.py != nil {
		b.AddPython(g)
	}
	return g
}
