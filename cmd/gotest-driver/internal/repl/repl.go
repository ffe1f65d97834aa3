// Package repl implements the interactive mode: statements typed at a prompt run on the machines of a test.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/bind"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// Options are the options of a session.
type Options struct {
	Console *Console
	Driver  *driver.Driver // the caller closes it
	Log     *report.Log
	Root    string // directory that load statements can read
	Seed    int64  // of the module random
	// Test runs the test script and returns its globals; nil: there is none.
	Test  func(ctx context.Context, whole bool) (starlark.StringDict, error)
	Hooks bind.Hooks // the session sets TestScript and RunTests itself
	// Breakpoint implements debug.breakpoint().
	Breakpoint func(*starlark.Thread) error
}

// Session is an interactive session.
type Session struct {
	o        Options
	console  *Console
	script   *script.Session
	binding  *bind.Binding
	machines []string            // the defined names
	later    starlark.StringDict // the globals of the test script, until the call ends
	left     bool                // exit() was called
}

// New returns a session.
func New(o Options) *Session {
	s := &Session{o: o, console: o.Console}
	o.Hooks.TestScript = func(ctx context.Context) error { return s.test(ctx, false) }
	o.Hooks.RunTests = func(ctx context.Context) error { return s.test(ctx, true) }
	s.binding = bind.New(o.Driver, o.Hooks)
	g := s.binding.Globals()
	maps.Copy(g, script.Builtins())
	maps.Copy(g, modules.New(modules.Options{Seed: o.Seed, Environ: os.Environ(), Breakpoint: o.Breakpoint}))
	g["help"] = helpBuiltin(o.Console.Paragraphs)
	for _, name := range []string{"exit", "quit"} {
		g[name] = starlark.NewBuiltin(name, func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			s.left = true
			return starlark.None, nil
		})
	}
	s.script = script.NewSession(script.Options{
		Filename: "<input>", Source: []byte{}, Root: o.Root, Predeclared: g, Log: o.Log,
		Print: func(_ context.Context, msg string) { o.Console.Println(report.CleanLines(msg)) },
	})
	s.machines = s.machineNames()
	return s
}

func (s *Session) machineNames() []string {
	var out []string
	for _, m := range s.o.Driver.Machines() {
		out = append(out, m.Name())
	}
	return out
}

// test implements test_script() and run_tests().
func (s *Session) test(ctx context.Context, whole bool) error {
	if s.o.Test == nil {
		return errors.New("this session has no test script: start it with `gotest-driver run --interactive FILE`")
	}
	globals, err := s.o.Test(ctx, whole)
	s.later = globals
	return err
}

// refresh defines new names after a call: the test script's globals, and new machines.
func (s *Session) refresh() {
	if s.later != nil {
		s.script.Define(s.later)
		s.later = nil
	}
	names := s.machineNames()
	if slices.Equal(names, s.machines) {
		return
	}
	g := s.binding.Globals()
	define := starlark.StringDict{"machines": g["machines"], "vlans": g["vlans"]}
	for _, backend := range s.o.Driver.Backends() {
		define["machines_"+backend] = g["machines_"+backend]
	}
	for _, n := range append(names, "machine") {
		if id := config.Identifier(n); g[id] != nil && !s.script.Globals().Has(id) {
			define[id] = g[id]
		}
	}
	s.script.Define(define)
	s.machines = names
}

// Eval runs a statement and shows its value or its failure.
func (s *Session) Eval(ctx context.Context, text string) error {
	var v starlark.Value
	err := s.console.Busy(ctx, func(ctx context.Context) (err error) {
		v, err = s.script.Eval(ctx, text)
		return err
	})
	s.refresh()
	s.console.showPictures()
	switch {
	case err != nil:
		s.console.Println(s.o.Log.Masked(ShowError(err, s.console.Color)))
	case v != nil && v != starlark.None:
		s.console.Println(s.o.Log.Masked(ShowValue(v, s.console.Color)))
	}
	return err
}

// ErrFailed means that a statement of a session without a terminal has failed; the failure is already shown.
var ErrFailed = errors.New("a statement failed")

// Run reads statements and runs them until the input or the context ends, or one calls exit() or quit(). Failures do not end the session; if the input is
// not from a user, the error is then ErrFailed.
func (s *Session) Run(ctx context.Context) error {
	defer func() { s.script.End(context.WithoutCancel(ctx)) }()
	if s.console.View != nil {
		s.console.View.Pause()
	}
	failed := false
	for {
		text, err := s.console.Editor.Read(ctx, ">>> ", func(text string, pos int) Proposals {
			return CompleteNames(s.script.Globals(), text, pos)
		})
		switch {
		case errors.Is(err, ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			if s.console.Interactive {
				fmt.Fprintln(s.console.Out)
			}
			s.left = true
		case err != nil:
			return err
		default:
			switch word := strings.TrimSpace(text); word {
			case "":
				continue
			case "exit", "quit":
				text = word + "()"
			}
			if err := s.Eval(ctx, text); err != nil {
				failed = true
			}
		}
		if s.left && failed && !s.console.Interactive {
			return ErrFailed
		}
		if s.left {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
