// Package debugger stops a test script: at breakpoints, at debug.breakpoint(), step by step, where it fails. A front end
// interacts with the user (package repl has one for terminals, package dap one for editors).
package debugger

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// Action is how a stopped script continues.
type Action int

// The actions.
const (
	Continue Action = iota
	Step            // to the next line, also in a called function
	Next            // to the next line of this function
	Finish          // to the caller of this function
	Quit            // end the script
)

// Reason is why a script has stopped.
type Reason string

// The reasons.
const (
	AtBreakpoint Reason = "breakpoint"
	AtStep       Reason = "step"
	AtWatch      Reason = "watch"
	AtCall       Reason = "debug.breakpoint()"
	AtPause      Reason = "pause"
	AtError      Reason = "failing call"
	AtFailure    Reason = "failure"
)

// Stop is a stopped script. It may be used until Frontend.Stopped returns.
type Stop struct {
	Reason Reason
	Thread string         // its name
	Frames []script.Frame // innermost first
	Err    *script.Error  // of a failure
	Text   string         // of a watch: the variable that has changed, with its values; of a failing call: the error; else a problem
}

// Frontend shows a stopped script to the user.
type Frontend interface {
	// Stopped returns how the script continues. After a failure the result has no meaning.
	Stopped(s *Stop) Action
	// Log gets the message of a breakpoint.
	Log(at report.Source, text string)
}

// ErrQuit is the error of a script that the user has ended.
var ErrQuit = errors.New("ended in the debugger")

// Debugger implements runner.Debugger.
type Debugger struct {
	front Frontend

	mu     sync.Mutex
	breaks map[string]map[int]*Breakpoint // by file
	watch  map[string]bool
	pause  bool
	// Whether to stop where the script fails, and where calls fail, even if the script expects the failure.
	atFailures, atErrors bool

	// The following fields belong to the thread that has the turn.
	looked  chan struct{}    // while the user looks at a stop: closed at the end of the stop
	looker  *starlark.Thread // the thread that has stopped, nil after a failure: its evaluations are not stepped through
	mode    Action
	stepped *starlark.Thread // of mode
	depth   int
	watched map[string]string
	quit    bool
}

// New returns a debugger without breakpoints, which stops at failures.
func New(front Frontend) *Debugger {
	return &Debugger{front: front, atFailures: true, breaks: map[string]map[int]*Breakpoint{}, watch: map[string]bool{}, watched: map[string]string{}}
}

// StopAt sets whether to stop where the script fails, and wherever a call fails, even if the script expects the failure.
func (d *Debugger) StopAt(failures, errors bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.atFailures, d.atErrors = failures, errors
}

// Watch stops the script when a visible variable has changed; a second call ends the watch.
func (d *Debugger) Watch(name string) (on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch[name] = !d.watch[name]
	return d.watch[name]
}

// SetWatches replaces the watched variables.
func (d *Debugger) SetWatches(names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch = map[string]bool{}
	for _, n := range names {
		d.watch[n] = true
	}
}

// Pause stops the script at its next line.
func (d *Debugger) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pause = true
}

func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

// OnStep is called before each instruction.
func (d *Debugger) OnStep(thread *starlark.Thread) {
	if !d.waitForLooker(thread) {
		return
	}
	if d.quit {
		thread.Cancel(ErrQuit.Error())
		return
	}
	if !script.AtStatement(thread) {
		return
	}
	if s := d.reason(thread); s != nil {
		d.stop(thread, s)
	}
}

// waitForLooker makes other threads wait while the user looks at a stop, and then returns true. It returns false for
// threads in which the user evaluates something.
func (d *Debugger) waitForLooker(thread *starlark.Thread) bool {
	for d.looked != nil {
		if d.looker == nil || script.Within(thread, d.looker) {
			return false
		}
		looked := d.looked
		_ = script.Block(thread, func() error { <-looked; return nil })
	}
	return true
}

// look marks that the user looks at a stop of a thread, until over is called.
func (d *Debugger) look(thread *starlark.Thread) (over func()) {
	looked := make(chan struct{})
	d.looker, d.looked = thread, looked
	return func() {
		d.looker, d.looked = nil, nil
		close(looked)
	}
}

// reason returns why to stop at a statement that a thread has reached, nil to continue.
func (d *Debugger) reason(thread *starlark.Thread) *Stop {
	if what := d.changed(thread); what != "" {
		return &Stop{Reason: AtWatch, Text: what}
	}
	pos := thread.CallFrame(0).Pos
	if b := d.breakpoint(pos.Filename(), int(pos.Line)); b != nil {
		if stop, problem := d.hits(script.Context(thread), thread, b); stop {
			return &Stop{Reason: AtBreakpoint, Text: problem}
		}
	}
	d.mu.Lock()
	pause := d.pause
	d.pause = false
	d.mu.Unlock()
	if pause {
		return &Stop{Reason: AtPause}
	}
	if thread != d.stepped || d.mode == Continue {
		return nil
	}
	depth := script.Depth(thread)
	switch {
	case d.mode == Step, d.mode == Next && depth <= d.depth, d.mode == Finish && depth < d.depth:
		return &Stop{Reason: AtStep}
	}
	return nil
}

// changed compares the watched variables with their earlier values.
func (d *Debugger) changed(thread *starlark.Thread) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.watch) == 0 {
		return ""
	}
	frames := script.Frames(thread)
	if len(frames) == 0 {
		return ""
	}
	var what []string
	for _, name := range slices.Sorted(maps.Keys(d.watch)) {
		v := frames[0].Locals[name]
		if v == nil {
			v = frames[0].Globals()[name]
		}
		if !d.watch[name] || v == nil {
			continue
		}
		now := v.String()
		old, known := d.watched[name]
		d.watched[name] = now
		if known && old != now {
			what = append(what, name+": "+old+" → "+now)
		} else if !known {
			what = append(what, name+" = "+now)
		}
	}
	return strings.Join(what, ", ")
}

func (d *Debugger) stop(thread *starlark.Thread, s *Stop) {
	over := d.look(thread)
	s.Thread, s.Frames = thread.Name, script.Frames(thread)
	action := d.front.Stopped(s)
	over()
	d.changed(thread) // the user has seen these changes
	d.mode, d.stepped, d.depth = action, thread, script.Depth(thread)
	if action == Quit {
		d.quit = true
		thread.Cancel(ErrQuit.Error())
	}
}

// Breakpoint implements debug.breakpoint().
func (d *Debugger) Breakpoint(thread *starlark.Thread) error {
	if !d.waitForLooker(thread) {
		return nil
	}
	d.stop(thread, &Stop{Reason: AtCall})
	if d.quit {
		return ErrQuit
	}
	return nil
}

// CallFailed stops where a call fails, if StopAt has enabled that.
func (d *Debugger) CallFailed(thread *starlark.Thread, err error) {
	d.mu.Lock()
	want := d.atErrors
	d.mu.Unlock()
	if !want || d.quit || !d.waitForLooker(thread) || script.Context(thread).Err() != nil {
		return
	}
	d.stop(thread, &Stop{Reason: AtError, Text: err.Error()})
}

// Failed shows a failure.
func (d *Debugger) Failed(_ context.Context, e *script.Error) {
	d.mu.Lock()
	want := d.atFailures
	d.mu.Unlock()
	if d.quit || !want {
		return
	}
	// The script's threads have ended: running threads are the user's.
	defer d.look(nil)()
	d.front.Stopped(&Stop{Reason: AtFailure, Thread: "main", Frames: e.Frames, Err: e})
}
