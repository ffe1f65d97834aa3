package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Options are the settings of a script's run.
type Options struct {
	Filename string // also the name in messages
	Source   []byte // the script; nil: the file's content
	// Parse, when set, returns the trees of the script and of the files that it loads; nil: dialect.Parse. A tree is compiled
	// once.
	Parse       func(filename string, src []byte) (*dialect.File, error)
	Root        string              // directory that load reaches; empty: the file's directory
	Predeclared starlark.StringDict // everything that the script can use besides Starlark's own
	Log         *report.Log

	Match *pyre.Regexp // which test functions run, by name or title; nil: all
	// Checkpoint serves scripts with `per_test = "restore"`; nil: they can't be run.
	Checkpoint Checkpoint

	KeepGoing bool // run the other test functions after one has failed

	// OnFailure, when set, is called with each failure as soon as it happens: subtests around it have ended, but
	// nothing else.
	OnFailure func(ctx context.Context, e *Error)
	// Print, when set, receives the output of print; by default the log does.
	Print func(ctx context.Context, msg string)
	// OnCallError, when set, is called when a builtin fails, before the frames are gone: for a debugger.
	OnCallError func(thread *starlark.Thread, err error)
	// OnStep, when set, is called before each instruction: for a debugger. AtStatement reports which begin a statement.
	OnStep func(thread *starlark.Thread)
	// PostMortem keeps the frames of failures, in Error.Frames, with the values of variables. It makes bytecode slow.
	PostMortem bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Program is a compiled script.
type Program struct {
	rt       *runtime
	prog     *starlark.Program
	tests    []Test
	selected []Test // those that will run
	restores bool   // each starts from the state at the end of the top level
	globals  starlark.StringDict
}

// Globals returns the script's global variables after a Run, even one that failed.
func (p *Program) Globals() starlark.StringDict { return p.globals }

func newRuntime(opts Options) *runtime {
	rt := &runtime{opts: opts, predeclared: maps.Clone(opts.Predeclared)}
	if rt.predeclared == nil {
		rt.predeclared = starlark.StringDict{}
	}
	rt.predeclared[bodyName] = starlark.NewBuiltin(bodyName, body)
	root := opts.Root
	if root == "" && (opts.Source == nil || filepath.Dir(opts.Filename) != ".") {
		root = filepath.Dir(opts.Filename)
	}
	rt.loader = &loader{rt: rt, files: dialect.Files{Root: root}, loaded: map[string]*loaded{}, from: map[string]string{}}
	return rt
}

func (rt *runtime) now() time.Time {
	if rt.opts.Now != nil {
		return rt.opts.Now()
	}
	return time.Now()
}

// Compile reads and compiles a script. Its error is a *SyntaxError, or says that Match matches no test function.
func Compile(opts Options) (*Program, error) {
	rt := newRuntime(opts)
	src := opts.Source
	if src == nil {
		var err error
		if src, err = userfile.Read(context.Background(), opts.Filename); err != nil {
			return nil, rt.sources.syntaxError(err)
		}
	}
	file, prog, err := rt.compile(opts.Filename, src, opts.Predeclared.Has)
	if err != nil {
		return nil, err
	}
	p := &Program{rt: rt, prog: prog, tests: testsOf(file)}
	if p.restores, err = restoresPerTest(file); err != nil {
		return nil, rt.sources.syntaxError(err)
	}
	p.selected, err = p.selection()
	return p, err
}

// compile makes a program from a file's text. Its error is a *SyntaxError.
func (rt *runtime) compile(name string, src []byte, predeclared func(string) bool) (*syntax.File, *starlark.Program, error) {
	rt.sources.add(name, src)
	parse := rt.opts.Parse
	if parse == nil {
		parse = dialect.Parse
	}
	f, err := parse(name, src)
	if err != nil {
		return nil, nil, rt.sources.syntaxError(err)
	}
	file := f.Syntax
	if rt.opts.OnStep != nil {
		markSteps(file)
	}
	prog, err := program(file, predeclared)
	if err != nil {
		return nil, nil, rt.sources.syntaxError(err)
	}
	return file, prog, nil
}

// Run compiles and runs a script. See Program.Run.
func Run(ctx context.Context, opts Options) error {
	p, err := Compile(opts)
	if err != nil {
		return err
	}
	return p.Run(ctx)
}

// Run runs the script: the top level, then the test functions. A failure is an *Error; a *Skip says that the script has
// skipped the whole test. The end of the context stops the script at once.
func (p *Program) Run(ctx context.Context) error {
	var err error
	p.globals, err = p.rt.run(ctx, p)
	return err
}

func (rt *runtime) run(ctx context.Context, p *Program) (starlark.StringDict, error) {
	st, stop := rt.newState(ctx, "main")
	defer stop()
	rt.take(st)
	defer rt.turn.Unlock()
	defer func() {
		hooks := rt.atEnd
		rt.atEnd = nil
		runHooks(st.ctx, hooks, st.block)
	}()
	globals, err := p.prog.Init(st.thread, rt.predeclared)
	st.settle(err)
	switch skip := IsSkip(err); {
	case skip != nil:
		if len(rt.failures) == 0 {
			return globals, skip
		}
	case err != nil:
		rt.failures = append(rt.failures, st.report(err))
	default:
		st.runTests(p, globals)
	}
	return globals, joined(rt.failures)
}

// runTests runs the test functions, until one fails if the options say so.
func (st *state) runTests(p *Program, globals starlark.StringDict) {
	back := func(context.Context) error { return nil }
	if p.restores && len(p.selected) > 1 {
		err := st.block(func() (err error) {
			if st.rt.opts.Checkpoint == nil {
				return fmt.Errorf("%s: there are no machines here that could be restored", dialect.PerTest)
			}
			back, err = st.rt.opts.Checkpoint(st.ctx)
			return err
		})
		if err != nil {
			st.rt.failures = append(st.rt.failures, st.report(err))
			return
		}
	}
	for n, t := range p.selected {
		if n > 0 {
			if err := st.block(func() error { return back(st.ctx) }); err != nil {
				st.rt.failures = append(st.rt.failures, st.report(err))
				return
			}
		}
		if err := st.runTest(t, globals); err != nil {
			st.rt.failures = append(st.rt.failures, err)
			if !st.rt.opts.KeepGoing || st.ctx.Err() != nil {
				return
			}
		}
	}
}

// joined returns the first of several failures, which has the others; nil when there are none.
func joined(failures []*Error) error {
	if len(failures) == 0 {
		return nil
	}
	failures[0].More = failures[1:]
	return failures[0]
}

// report makes an *Error and passes it to OnFailure.
func (st *state) report(err error) *Error {
	e := st.newError(err)
	if hook := st.rt.opts.OnFailure; hook != nil {
		_ = st.block(func() error { hook(st.ctx, e); return nil })
	}
	return e
}

var errNoMatch = errors.New("no test function")

func (p *Program) selection() ([]Test, error) {
	re := p.rt.opts.Match
	if re == nil {
		return p.tests, nil
	}
	out, err := matching(re, p.tests)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, fmt.Errorf("%w matches %q in %s", errNoMatch, re, p.rt.opts.Filename)
	}
	return out, nil
}

// matching returns the test functions of which the name or the title matches.
func matching(re *pyre.Regexp, tests []Test) (out []Test, err error) {
	for _, t := range tests {
		for _, s := range []string{t.Name, t.Title} {
			ok, err := re.MatchString(s)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, t)
				break
			}
		}
	}
	return out, nil
}
