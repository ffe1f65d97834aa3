package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/internal/filewatch"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// WatchOptions are the settings of Watch.
type WatchOptions struct {
	// Run has the options of each run. Watch sets its Config, Driver and Log.
	Run Options
	// Config reads the configuration. It is called again when the configuration's file changes.
	Config func() (*driver.Config, error)
	// Sinks makes the sinks of a single run.
	Sinks func() ([]report.Sink, error)
	// Keep says whether machines stay up for the next run; nil: the script decides (Inspection.KeepMachines).
	Keep *bool
	// Again, when set, requests a run even if nothing has changed; closing it ends Watch.
	Again <-chan struct{}

	Out   io.Writer // for the user
	Color bool      // style the output
	Clear bool      // clear the screen before each run
	Bell  bool      // ring when a run's result differs from that of the run before
}

// Watch runs a script, and again whenever it or a file that it loads changes, until the context ends or o.Again is
// closed. Ctrl-C during a run ends that run; twice, or between runs, it ends Watch. The error is the cause of the
// context's end, an *Interrupted, or says that files can't be watched.
func Watch(ctx context.Context, o WatchOptions) (err error) {
	files, err := filewatch.New()
	if err != nil {
		return err
	}
	ctx, quit := context.WithCancelCause(ctx)
	defer quit(nil)
	w := &watcher{o: o, files: files, quit: quit, log: report.NewLog(nil)}
	defer func() { err = errors.Join(err, w.closeDriver(), files.Close()) }()
	if _, err := os.Stat(o.Run.Script); err != nil {
		return fmt.Errorf("the script can't be read: %w", err)
	}
	if w.config, err = o.Config(); err != nil {
		return err
	}
	for why := ""; ; {
		if why, err = w.round(ctx, why); err != nil || why == "" {
			return err
		}
	}
}

// watcher is a Watch in progress.
type watcher struct {
	o      WatchOptions
	files  *filewatch.Watcher
	quit   context.CancelCauseFunc
	log    *report.Log
	known  map[string]filewatch.Content
	config *driver.Config
	keep   bool

	driver *driver.Driver // kept from the last run; nil: none
	last   outcome

	mu     sync.Mutex
	broken bool                    // something that the driver needs has failed
	cancel context.CancelCauseFunc // of the current run
}

// outcome is how a run ended.
type outcome string

const (
	passed      outcome = "passed"
	failed      outcome = "failed"
	notRun      outcome = "not run"
	interrupted outcome = "interrupted"
)

// Changed is the cause of a run's end when its files have changed.
type Changed struct{ Files []string }

// Error names the files.
func (e *Changed) Error() string { return strings.Join(e.Files, ", ") + " changed: starting again" }

// round runs the script and waits until it must run again. why says why it runs; the result says so for the next run,
// and is empty when there is none.
func (w *watcher) round(ctx context.Context, why string) (_ string, err error) {
	w.begin(why)
	inspected, err := w.inspect(ctx)
	w.watch(inspected, err)
	// The wait for a change continues after the run.
	rctx, stop := context.WithCancelCause(ctx)
	changed := make(chan []string, 1)
	go func() {
		files, err := w.files.Wait(rctx)
		if err == nil {
			stop(&Changed{names(files)})
		}
		changed <- files
	}()
	end := notRun
	switch {
	case err != nil:
		w.say(ansi.Bold.With(ansi.Red), err.Error())
	case w.findings(inspected):
	default:
		end = w.run(rctx)
	}
	if rctx.Err() == nil {
		w.tell(end)
	}
	var again string
	select {
	case files := <-changed:
		stop(nil)
		if len(files) == 0 {
			return "", context.Cause(ctx)
		}
		w.reconsider(files)
		return time.Now().Format(time.TimeOnly) + "  " + strings.Join(names(files), ", ") + " changed", nil
	case _, ok := <-w.o.Again:
		if ok {
			again = time.Now().Format(time.TimeOnly) + "  run again"
		}
	}
	stop(nil)
	<-changed
	return again, nil
}

// begin prepares the terminal for a run.
func (w *watcher) begin(why string) {
	if w.o.Clear {
		fmt.Fprint(w.o.Out, ansi.EraseEntireScreen+ansi.CursorHome)
	}
	if why != "" {
		w.say(ansi.Faint, why)
	}
}

// inspect reads the configuration, unless it is known, and the script.
func (w *watcher) inspect(ctx context.Context) (*Inspection, error) {
	script := w.o.Run.Script
	if w.config == nil {
		c, err := w.o.Config()
		if err != nil {
			src, _ := os.ReadFile(script)
			return &Inspection{Files: map[string][]byte{script: src}}, err
		}
		w.config = c
	}
	i, err := Inspect(ctx, script, w.config, w.o.Run.Python)
	for _, file := range w.config.Files {
		i.Files[file], _ = os.ReadFile(file)
	}
	w.keep = i.KeepMachines
	if w.o.Keep != nil {
		w.keep = *w.o.Keep
	}
	if w.o.Run.Check == CheckNone {
		i.Findings = nil
	}
	return i, err
}

// watch sets the files to watch. The files that a broken file would load are unknown, so those known before stay.
func (w *watcher) watch(i *Inspection, err error) {
	known := map[string]filewatch.Content{}
	if err != nil || i.Errors() {
		maps.Copy(known, w.known)
	}
	for path, content := range i.Files {
		known[path] = filewatch.Missing
		if content != nil {
			known[path] = filewatch.Sum(content)
		}
	}
	w.known = known
	w.files.Set(known)
}

// findings shows the checker's findings, and reports whether they keep the script from running.
func (w *watcher) findings(i *Inspection) bool {
	if err := check.Text(w.o.Out, i.Findings, w.o.Color); err != nil {
		return true
	}
	return i.Errors()
}

// run runs the script on the existing machines, or on new ones.
func (w *watcher) run(ctx context.Context) outcome {
	rctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w.mu.Lock()
	w.cancel = cancel
	w.mu.Unlock()
	defer w.takeInterrupts(ctx)()

	sinks, err := w.o.Sinks()
	if err != nil {
		w.say(ansi.Red, err.Error())
		return notRun
	}
	for _, s := range sinks {
		w.log.Add(s)
	}
	err = w.runOn(rctx)
	for _, s := range sinks {
		w.log.Remove(s)
		if cerr := s.Close(); cerr != nil {
			w.say(ansi.Red, cerr.Error())
		}
	}
	var setup *SetupError
	var stopped *Interrupted
	var changed *Changed
	switch {
	case err == nil:
		return passed
	case errors.As(context.Cause(rctx), &stopped), errors.As(context.Cause(rctx), &changed):
		return interrupted
	case errors.As(err, &setup):
		w.say(ansi.Bold.With(ansi.Red), err.Error())
		return notRun
	}
	return failed
}

// takeInterrupts makes Ctrl-C end the current run, and a second one end Watch.
func (w *watcher) takeInterrupts(ctx context.Context) (restore func()) {
	pressed := false
	w.mu.Lock()
	defer w.mu.Unlock()
	restore = interrupt.Take(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		cause := &Interrupted{Signal: os.Interrupt}
		w.cancel(cause)
		if pressed {
			restore()
			w.quit(cause)
		}
		pressed = true
	})
	return restore
}

// fatal ends the current run, and the use of the driver.
func (w *watcher) fatal(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = true
	w.cancel(err)
}

// runOn runs the script; it makes the driver if necessary and, unless that is kept, closes it afterwards.
func (w *watcher) runOn(ctx context.Context) (err error) {
	o := w.o.Run
	o.Config, o.Log, o.Check = w.config, w.log, CheckNone
	if w.isBroken() {
		if err := w.closeDriver(); err != nil {
			return &SetupError{err}
		}
	}
	if w.driver == nil {
		w.driver, err = w.newDriver(ctx)
	} else {
		err = w.driver.BeginRun(ctx)
	}
	if err != nil {
		return errors.Join(&SetupError{err}, w.closeDriver())
	}
	o.Driver = w.driver
	if err = Run(ctx, o); err == nil {
		err = w.driver.EndRun() // the next run may still ask for the machines if this one did not finish
	}
	if !w.keep {
		err = errors.Join(err, w.closeDriver())
	}
	return err
}

func (w *watcher) isBroken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *watcher) newDriver(ctx context.Context) (*driver.Driver, error) {
	w.mu.Lock()
	w.broken = false
	w.mu.Unlock()
	root, err := filepath.Abs(filepath.Dir(w.o.Run.Script))
	if err != nil {
		return nil, err
	}
	return driver.New(ctx, driver.Options{
		Config: w.config, Name: testName(w.o.Run.Name, w.config, w.o.Run.Script), OutDir: w.o.Run.OutDir, Root: root,
		KeepState: w.o.Run.KeepState, Snapshots: w.o.Run.Snapshots, Log: w.log, OnFatal: w.fatal, Limits: w.o.Run.Limits, Seed: w.o.Run.Seed,
	})
}

func (w *watcher) closeDriver() error {
	if w.driver == nil {
		return nil
	}
	d := w.driver
	w.driver = nil
	return d.Close()
}

// reconsider discards the configuration, and the machines that it describes, when its file has changed.
func (w *watcher) reconsider(files []string) {
	if w.config != nil && slices.ContainsFunc(files, func(f string) bool { return slices.Contains(w.config.Files, f) }) {
		w.config = nil
		if err := w.closeDriver(); err != nil {
			w.say(ansi.Red, err.Error())
		}
	}
}

// tell reports how the run ended and what Watch waits for.
func (w *watcher) tell(end outcome) {
	if end != interrupted {
		if w.o.Bell && w.last != "" && w.last != end {
			fmt.Fprint(w.o.Out, "\a")
		}
		w.last = end
	}
	var up []string
	if w.driver != nil {
		for _, m := range w.driver.Machines() {
			if m.Booted() {
				up = append(up, m.Name())
			}
		}
	}
	line := "watching " + strings.Join(names(slices.Sorted(maps.Keys(w.known))), ", ")
	if len(up) > 0 {
		line += "; still up: " + strings.Join(up, ", ")
	}
	if w.o.Again != nil {
		line += ". Enter runs it again, Ctrl-C ends."
	}
	w.say(ansi.Faint, line)
}

// say writes text for the user.
func (w *watcher) say(style ansi.Style, text string) {
	for line := range strings.SplitSeq(report.CleanLines(text), "\n") {
		if w.o.Color {
			line = style.Styled(line)
		}
		fmt.Fprintln(w.o.Out, line)
	}
}

// names returns paths for display: relative to the working directory if they are below it.
func names(paths []string) []string {
	wd, err := os.Getwd()
	out := slices.Clone(paths)
	for i, p := range out {
		if rel, e := filepath.Rel(wd, p); err == nil && e == nil && filepath.IsLocal(rel) {
			out[i] = rel
		}
	}
	return out
}
