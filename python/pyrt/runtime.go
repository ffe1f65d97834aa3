// Package pyrt is what lowered Python scripts need at run time and Starlark lacks: the module `py`, with Python's
// text forms, exceptions, classes, iterators, and the modules of its standard library that tests use.
package pyrt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"sort"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Options connect the runtime with the program that it runs in. The zero value is usable.
type Options struct {
	// Stdout and Stderr get what the script prints with other ends than a line break, and what it prints to
	// sys.stderr. nil stands for the process's own.
	Stdout, Stderr io.Writer
	// Context returns the context of a thread; it ends sleeps and host processes. nil stands for a background context.
	Context func(*starlark.Thread) context.Context
	// Fatal tells which errors no except clause may catch: the end of the run. Errors that are, or wrap,
	// context.Canceled are fatal in any case when the thread's context has ended.
	Fatal func(error) bool
	// Classify gives the Python class name ("AssertionError", "MachineError", …) and message of an error that comes
	// from the driver. ok is false for errors that it does not know.
	Classify func(error) (class, message string, ok bool)
	// Child makes a thread for a generator, with the locals that the driver's builtins need. nil copies Print and Load.
	Child func(*starlark.Thread) *starlark.Thread
	// Block runs what waits, so that other threads of the script can run meanwhile. nil just calls it.
	Block func(*starlark.Thread, func() error) error
	// Testing is what unittest.TestCase() gives: the driver's `t`.
	Testing starlark.Value
	// Machine tells whether a value is a machine, for isinstance(x, Machine).
	Machine func(starlark.Value) bool
	// Library are the modules of the standard library that are written in Python, by name.
	Library map[string]Module
	// Seed is where random numbers begin.
	Seed int64
	// Dir is the directory that relative paths of the host start at; empty for the process's own.
	Dir string
}

// Runtime is the state of one run of a script.
type Runtime struct {
	opts       Options
	classes    map[string]*Class
	module     *starlarkstruct.Module
	thread     *starlark.Thread // that called last, for methods that Starlark calls without one
	rand       *rand.Rand
	partial    string // printed text that has no line end yet
	pending    error  // met by the iterator of a loop, to be reported at the next call
	mu         sync.Mutex
	generators map[*generator]bool
	temporary  []string
	machineCls *Class
	enumCls    *Class
	patterns   patternCache
}

// New makes a runtime. Close ends it.
func New(opts Options) *Runtime {
	if opts.Stdout == nil {
		opts.Stdout = os.Stdout
	}
	if opts.Stderr == nil {
		opts.Stderr = os.Stderr
	}
	rt := &Runtime{opts: opts, classes: map[string]*Class{}, rand: rand.New(rand.NewSource(opts.Seed)), generators: map[*generator]bool{}}
	rt.makeClasses()
	rt.enumCls = rt.plainClass("Enum")
	members := starlark.StringDict{}
	rt.core(members)
	rt.text(members)
	rt.numbers(members)
	rt.iterators(members)
	rt.sequences(members)
	rt.unpacking(members)
	rt.methods(members)
	rt.objects(members)
	for name, c := range rt.classes {
		members[name] = c
	}
	rt.modules(members)
	rt.library(members)
	rt.module = &starlarkstruct.Module{Name: "py", Members: members}
	return rt
}

// Module is the value of the name `py`.
func (rt *Runtime) Module() *starlarkstruct.Module { return rt.module }

// Close prints what has no line end yet, ends generators that are still waiting, and removes temporary files.
func (rt *Runtime) Close() error {
	if rt.partial != "" {
		io.WriteString(rt.opts.Stdout, rt.partial)
		rt.partial = ""
	}
	rt.mu.Lock()
	var open []*generator
	for g := range rt.generators {
		open = append(open, g)
	}
	rt.mu.Unlock()
	for _, g := range open {
		g.close()
	}
	var errs []error
	for _, dir := range rt.temporary {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

func (rt *Runtime) context(thread *starlark.Thread) context.Context {
	if rt.opts.Context != nil && thread != nil {
		if ctx := rt.opts.Context(thread); ctx != nil {
			return ctx
		}
	}
	return context.Background()
}

func (rt *Runtime) block(thread *starlark.Thread, fn func() error) error {
	if rt.opts.Block != nil {
		return rt.opts.Block(thread, fn)
	}
	return fn()
}

func (rt *Runtime) child(thread *starlark.Thread) *starlark.Thread {
	if rt.opts.Child != nil {
		return rt.opts.Child(thread)
	}
	return &starlark.Thread{Name: thread.Name, Print: thread.Print, Load: thread.Load}
}

type builtinFunc func(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// fn makes a builtin that leaves its arguments to f.
func (rt *Runtime) fn(name string, f builtinFunc) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		rt.thread = thread
		return f(thread, args, kwargs)
	})
}

// args1 is a builtin of positional arguments only: min to max of them (max < 0: any number).
func (rt *Runtime) pos(name string, least, most int, f func(thread *starlark.Thread, a starlark.Tuple) (starlark.Value, error)) *starlark.Builtin {
	return rt.fn(name, func(thread *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if len(kwargs) > 0 {
			return nil, rt.raise("TypeError", "%s() takes no keyword arguments", name)
		}
		if len(args) < least {
			return nil, rt.raise("TypeError", "%s() expects at least %d argument(s), got %d", name, least, len(args))
		}
		if most >= 0 && len(args) > most {
			return nil, rt.raise("TypeError", "%s() expects at most %d argument(s), got %d", name, most, len(args))
		}
		return f(thread, args)
	})
}

func kwarg(kwargs []starlark.Tuple, name string) (starlark.Value, bool) {
	for _, kv := range kwargs {
		if string(kv[0].(starlark.String)) == name {
			return kv[1], true
		}
	}
	return nil, false
}

// bind gives the arguments of a call in the order of names; absent ones are nil.
func (rt *Runtime) bind(fn string, names []string, args starlark.Tuple, kwargs []starlark.Tuple) ([]starlark.Value, error) {
	out := make([]starlark.Value, len(names))
	if len(args) > len(names) {
		return nil, rt.raise("TypeError", "%s() takes %d positional arguments but %d were given", fn, len(names), len(args))
	}
	copy(out, args)
next:
	for _, kv := range kwargs {
		k := string(kv[0].(starlark.String))
		for i, n := range names {
			if n == k {
				out[i] = kv[1]
				continue next
			}
		}
		return nil, rt.raise("TypeError", "%s() got an unexpected keyword argument '%s'", fn, k)
	}
	return out, nil
}

// namespace is a module of Python.
func namespace(name string, members starlark.StringDict) *starlarkstruct.Module {
	return &starlarkstruct.Module{Name: name, Members: members}
}

// call calls a function value on the current thread.
func (rt *Runtime) call(fn starlark.Value, args ...starlark.Value) (starlark.Value, error) {
	thread := rt.thread
	v, err := starlark.Call(thread, fn, args, nil)
	rt.thread = thread
	return v, err
}

// Lookup tells how a lowered script reaches a module of Python or a member of one ("json.loads"), and whether it
// gives access to the machine that runs the test.
func Lookup(path string) (expr string, host, ok bool) {
	lookupOnce.Do(func() { lookupTable = New(Options{}).module })
	if path == "os.path" || strings.HasPrefix(path, "os.path.") {
		host = true
	}
	parts := strings.Split(path, ".")
	for _, prefix := range []string{"py", "py.host"} {
		var v starlark.Value = lookupTable
		if prefix == "py.host" {
			v = lookupTable.Members["host"]
		} else if parts[0] == "host" || !moduleNames[parts[0]] {
			continue
		}
		found := true
		for i, p := range parts {
			if i > 0 {
				if _, isModule := v.(*starlarkstruct.Module); !isModule {
					break // a member of a class or constant: known at run time only
				}
			}
			a, has := v.(starlark.HasAttrs)
			if !has {
				found = false
				break
			}
			next, err := a.Attr(p)
			if err != nil || next == nil {
				found = false
				break
			}
			v = next
		}
		if found {
			return prefix + "." + path, prefix == "py.host", true
		}
	}
	return "", false, false
}

var (
	lookupOnce  sync.Once
	lookupTable *starlarkstruct.Module
)

// raise makes an error of a builtin class.
func (rt *Runtime) raise(class, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	return &Raised{Exc: rt.exception(class, starlark.String(msg))}
}

func sortedKeys(d starlark.StringDict) []string {
	keys := d.Keys()
	sort.Strings(keys)
	return keys
}
