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
	"runtime"
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
	// Follow lets a thread that Child has made stand for another one. nil does nothing.
	Follow func(child, thread *starlark.Thread)
	// Spawn starts a function in a thread of its own, of which Turn and End are told; the channel is closed at its end.
	// The program waits for threads that are no daemons. nil: threads can't be started.
	Spawn func(thread *starlark.Thread, name string, daemon bool, fn func(*starlark.Thread) error) (<-chan struct{}, error)
	// Block runs what waits, so that other threads of the script can run meanwhile. nil just calls it.
	Block func(*starlark.Thread, func() error) error
	// Testing is what unittest.TestCase() gives: the driver's `t`.
	Testing starlark.Value
	// Machine is the class of a machine, "QemuMachine" or "NspawnMachine", and empty for other values; for
	// isinstance.
	Machine func(starlark.Value) string
	// Library are the modules of the standard library that are written in Python, by name.
	Library map[string]Module
	// Seed is where random numbers begin.
	Seed int64
	// Dir is the directory that relative paths of the host start at; empty for the process's own.
	Dir string
}

// turn is what belongs to one thread of the script.
type turn struct {
	thread  *starlark.Thread // that called last, for methods that Starlark calls without one; a coroutine's or the thread itself
	pending error            // met by the iterator of a loop, to be reported at the next call
	locals  *starlark.Dict   // what threading.local keeps
	ident   int              // 0: not asked for yet
}

// Turn tells that a thread of the script goes on, after others did.
func (rt *Runtime) Turn(thread *starlark.Thread) {
	t := rt.turns[thread]
	if t == nil {
		t = &turn{thread: thread}
		rt.turns[thread] = t
	}
	rt.turn = t
}

// End tells that a thread of the script has ended.
func (rt *Runtime) End(thread *starlark.Thread) {
	delete(rt.turns, thread)
	rt.turn = &turn{thread: thread}
}

// Runtime is the state of one run of a script.
type Runtime struct {
	opts        Options
	classes     map[string]*Class
	module      *starlarkstruct.Module
	*turn       // of the thread that executes bytecode
	turns       map[*starlark.Thread]*turn
	idents      int // that threads have got
	rand        *rand.Rand
	partial     string // printed text that has no line end yet
	mu          sync.Mutex
	generators  map[*generator]bool
	temporary   []string
	enumCls     *Class
	flagCls     *Class
	intEnumCls  *Class // also of IntFlag
	strEnumCls  *Class
	abstractCls *Class
	object      *Class
	generic     *Class
	patterns    patternCache
	environ     *starlark.Dict
	children    []*child
}

// New makes a runtime. Close ends it.
func New(opts Options) *Runtime {
	if opts.Stdout == nil {
		opts.Stdout = os.Stdout
	}
	if opts.Stderr == nil {
		opts.Stderr = os.Stderr
	}
	rt := &Runtime{opts: opts, classes: map[string]*Class{}, rand: rand.New(rand.NewSource(opts.Seed)), generators: map[*generator]bool{},
		turn: &turn{}, turns: map[*starlark.Thread]*turn{}}
	rt.makeClasses()
	rt.enumClasses()
	rt.abstractCls, rt.generic = rt.plainClass("ABC"), rt.plainClass("Generic")
	members := starlark.StringDict{}
	rt.core(members)
	rt.deletedNames(members)
	rt.text(members)
	rt.numbers(members)
	rt.iterators(members)
	rt.sequences(members)
	rt.unpacking(members)
	rt.methods(members)
	rt.objects(members)
	rt.functions(members)
	rt.matching(members)
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
		g.abandon()
	}
	var errs []error
	for _, c := range rt.children {
		c.abandon()
	}
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
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (v starlark.Value, err error) {
		rt.thread = thread
		defer func() {
			// What a function asserts of its arguments is checked here once for all of them.
			switch r := recover().(type) {
			case nil:
			case *runtime.TypeAssertionError:
				err = rt.raise("TypeError", "%s() got an argument of a wrong type: %s", name, typeNames(args))
			default:
				panic(r)
			}
		}()
		return f(thread, args, kwargs)
	})
}

func typeNames(args starlark.Tuple) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = typeName(a)
	}
	return strings.Join(names, ", ")
}

// pos is a builtin of positional arguments only: min to max of them (max < 0: any number).
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
