// Package debugger stops a test script: at breakpoints, at debug.breakpoint(), step by step, where it fails. What the
// user sees and says then is a front end's (package repl has one for terminals, package dap one for editors).
package debugger

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

// Action is how a stopped script goes on.
type Action int

// The actions.
const (
	Continue Action = iota
	Step            // to the next line, also of a function that is called
	Next            // to the next line of this function
	Finish          // to where this function was called
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
	AtFailure    Reason = "failure"
)

// Stop is a stopped script. It may be used until Frontend.Stopped returns.
type Stop struct {
	Reason Reason
	Thread string         // its name
	Frames []script.Frame // innermost first
	Err    *script.Error  // of a failure
	Watch  string         // the variable that has changed, and how
}

// Frontend lets the user look at a stopped script.
type Frontend interface {
	// Stopped returns how it goes on. After a failure that has no meaning.
	Stopped(s *Stop) Action
}

// ErrQuit is the end of a script that the user has asked for.
var ErrQuit = errors.New("ended in the debugger")

// Debugger implements runner.Debugger.
type Debugger struct {
	front Frontend

	mu     sync.Mutex
	breaks map[string]map[int]bool // by file
	watch  map[string]bool
	pause  bool

	// What follows belongs to the thread that has the turn.
	looking bool // the user looks at a stop: what is evaluated then is not stepped through
	mode    Action
	stepped *starlark.Thread // of mode
	depth   int
	seen    map[*starlark.Thread]line
	watched map[string]string
	quit    bool
}

// line is where a thread was.
type line struct {
	file  string
	line  int32
	depth int
}

// New makes a debugger without breakpoints.
func New(front Frontend) *Debugger {
	return &Debugger{front: front, breaks: map[string]map[int]bool{}, watch: map[string]bool{}, seen: map[*starlark.Thread]line{}, watched: map[string]string{}}
}

// SetBreakpoints replaces the breakpoints of a file.
func (d *Debugger) SetBreakpoints(file string, lines []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	set := map[int]bool{}
	for _, l := range lines {
		set[l] = true
	}
	d.breaks[absolute(file)] = set
}

// Break adds a breakpoint.
func (d *Debugger) Break(file string, line int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	file = absolute(file)
	if d.breaks[file] == nil {
		d.breaks[file] = map[int]bool{}
	}
	d.breaks[file][line] = true
}

// Watch stops the script when a variable that is visible has changed; a second call ends that.
func (d *Debugger) Watch(name string) (on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch[name] = !d.watch[name]
	return d.watch[name]
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
	if d.looking {
		return
	}
	if d.quit {
		thread.Cancel(ErrQuit.Error())
		return
	}
	fr := thread.CallFrame(0)
	now := line{fr.Pos.Filename(), fr.Pos.Line, thread.CallStackDepth()}
	before, known := d.seen[thread]
	if known && before == now || now.line == 0 {
		return
	}
	d.seen[thread] = now
	if reason, what := d.reason(thread, now); reason != "" {
		d.stop(thread, &Stop{Reason: reason, Watch: what})
	}
}

// reason tells why to stop at a line that a thread has come to.
func (d *Debugger) reason(thread *starlark.Thread, now line) (Reason, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if what := d.changed(thread); what != "" {
		return AtWatch, what
	}
	if len(d.breaks) > 0 && d.breaks[absolute(now.file)][int(now.line)] {
		return AtBreakpoint, ""
	}
	if d.pause {
		d.pause = false
		return AtPause, ""
	}
	if thread != d.stepped {
		return "", ""
	}
	switch {
	case d.mode == Step, d.mode == Next && now.depth <= d.depth, d.mode == Finish && now.depth < d.depth:
		return AtStep, ""
	}
	return "", ""
}

// changed compares the watched variables with what they were.
func (d *Debugger) changed(thread *starlark.Thread) (what string) {
	if len(d.watch) == 0 {
		return ""
	}
	frames := script.Frames(thread)
	if len(frames) == 0 {
		return ""
	}
	for name, on := range d.watch {
		v := frames[0].Locals[name]
		if !on || v == nil {
			continue
		}
		now := v.String()
		old, known := d.watched[name]
		d.watched[name] = now
		if known && old != now {
			what = name + ": " + old + " → " + now
		} else if !known {
			what = name + " = " + now
		}
	}
	return what
}

func (d *Debugger) stop(thread *starlark.Thread, s *Stop) {
	d.looking = true
	s.Thread, s.Frames = thread.Name, script.Frames(thread)
	action := d.front.Stopped(s)
	d.looking = false
	d.mode, d.stepped, d.depth = action, thread, thread.CallStackDepth()
	if s.Reason == AtCall {
		d.depth-- // the call of debug.breakpoint itself
	}
	if action == Quit {
		d.quit = true
		thread.Cancel(ErrQuit.Error())
	}
}

// Breakpoint is debug.breakpoint().
func (d *Debugger) Breakpoint(thread *starlark.Thread) error {
	if d.looking {
		return nil
	}
	d.stop(thread, &Stop{Reason: AtCall})
	if d.quit {
		return ErrQuit
	}
	return nil
}

// Failed shows a failure.
func (d *Debugger) Failed(_ context.Context, e *script.Error) {
	if d.quit {
		return
	}
	d.looking = true
	defer func() { d.looking = false }()
	d.front.Stopped(&Stop{Reason: AtFailure, Thread: "main", Frames: e.Frames, Err: e})
}
