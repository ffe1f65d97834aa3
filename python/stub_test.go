package python

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/gotest-driver/gotest-driver/python/pyrt"
)

// pythonStubs is what the driver gives to a script, for CPython: machines whose commands are only echoed.
const pythonStubs = `
import contextlib as _contextlib
@_contextlib.contextmanager
def subtest(name):
    print("subtest:", name)
    yield
class RequestedAssertionFailed(AssertionError):
    pass
class _Machine:
    def __init__(self, name):
        self.name = name
    def succeed(self, *commands, timeout=None):
        out = ""
        for c in commands:
            if "false" in c:
                raise RequestedAssertionFailed("command failed: " + c)
            out += "ran " + c + "\n"
        return out
    def fail(self, *commands, timeout=None):
        return ""
    def execute(self, command, check_return=True, check_output=True, timeout=900):
        return (1, "") if "false" in command else (0, "ran " + command + "\n")
    def wait_for_unit(self, unit, user=None, timeout=900):
        print(self.name, "waits for", unit)
machine = _Machine("machine")
server = _Machine("server")
client = _Machine("client")
machines = [client, server]
def start_all():
    print("start_all")
def retry(fn, timeout=900):
    for last in (False, False, True):
        if fn(last):
            return
    raise Exception("action timed out")
import unittest as _unittest
t = _unittest.TestCase()
del _contextlib, _unittest
`

type stubMachine struct{ name string }

func (m *stubMachine) String() string        { return "<machine " + m.name + ">" }
func (m *stubMachine) Type() string          { return "Machine" }
func (m *stubMachine) Freeze()               {}
func (m *stubMachine) Truth() starlark.Bool  { return true }
func (m *stubMachine) Hash() (uint32, error) { return starlark.String(m.name).Hash() }
func (m *stubMachine) AttrNames() []string   { return []string{"execute", "fail", "name", "succeed"} }

type stubFailure struct{ msg string }

func (e *stubFailure) Error() string { return e.msg }

func (m *stubMachine) Attr(name string) (starlark.Value, error) {
	fn := func(f func(args starlark.Tuple) (starlark.Value, error)) (starlark.Value, error) {
		return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return f(args)
		}), nil
	}
	switch name {
	case "name":
		return starlark.String(m.name), nil
	case "succeed":
		return fn(func(args starlark.Tuple) (starlark.Value, error) {
			out := ""
			for _, a := range args {
				c := string(a.(starlark.String))
				if strings.Contains(c, "false") {
					return nil, &stubFailure{"command failed: " + c}
				}
				out += "ran " + c + "\n"
			}
			return starlark.String(out), nil
		})
	case "fail":
		return fn(func(starlark.Tuple) (starlark.Value, error) { return starlark.String(""), nil })
	case "execute":
		return fn(func(args starlark.Tuple) (starlark.Value, error) {
			c := string(args[0].(starlark.String))
			if strings.Contains(c, "false") {
				return starlark.Tuple{starlark.MakeInt(1), starlark.String("")}, nil
			}
			return starlark.Tuple{starlark.MakeInt(0), starlark.String("ran " + c + "\n")}, nil
		})
	case "wait_for_unit":
		return starlark.NewBuiltin(name, func(th *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			th.Print(th, m.name+" waits for "+string(args[0].(starlark.String)))
			return starlark.None, nil
		}), nil
	}
	return nil, nil
}

// stubScope is the driver's subtest as a loop.
type stubScope struct {
	name   string
	thread *starlark.Thread
	state  int
}

func (s *stubScope) String() string             { return "scope" }
func (s *stubScope) Type() string               { return "Scope" }
func (s *stubScope) Freeze()                    {}
func (s *stubScope) Truth() starlark.Bool       { return true }
func (s *stubScope) Hash() (uint32, error)      { return 0, errors.New("unhashable") }
func (s *stubScope) Iterate() starlark.Iterator { return s }
func (s *stubScope) Done()                      {}
func (s *stubScope) Next(p *starlark.Value) bool {
	*p = starlark.None
	s.state++
	if s.state == 1 {
		s.thread.Print(s.thread, "subtest: "+s.name)
		return true
	}
	return false
}

// outcome is how a program ended: its output, and the class of the exception that ended it.
type outcome struct {
	out   string
	class string
	err   error
}

// runLowered runs a Python program as gotest-driver does, on the stubs.
func runLowered(name, src string) (outcome, *Program) {
	p, err := Lower(name, src)
	if err != nil {
		return outcome{class: "SyntaxError", err: err}, nil
	}
	if len(p.Findings) > 0 {
		return outcome{class: "findings", err: errors.New(p.Findings[0].String())}, p
	}
	file, err := p.Parse()
	if err != nil {
		return outcome{class: "lowering", err: err}, p
	}
	return execStarlark(func(has func(string) bool) (*starlark.Program, error) { return starlark.FileProgram(file, has) }), p
}

func execStarlark(compile func(func(string) bool) (*starlark.Program, error)) outcome {
	var out bytes.Buffer
	// One thread at a time has the turn, as in package script.
	var turn sync.Mutex
	var threads sync.WaitGroup
	var rt *pyrt.Runtime
	take := func(th *starlark.Thread) { turn.Lock(); rt.Turn(th) }
	rt = pyrt.New(pyrt.Options{
		Stderr: io.Discard,
		Block: func(th *starlark.Thread, fn func() error) error {
			turn.Unlock()
			defer take(th)
			return fn()
		},
		Spawn: func(th *starlark.Thread, name string, daemon bool, fn func(*starlark.Thread) error) (<-chan struct{}, error) {
			done := make(chan struct{})
			start := func() {
				defer close(done)
				own := &starlark.Thread{Name: name, Print: th.Print}
				take(own)
				defer turn.Unlock()
				_ = fn(own)
				rt.End(own)
			}
			if daemon {
				go start()
			} else {
				threads.Go(start)
			}
			return done, nil
		},
		Stdout: &out, Library: Library(),
		Classify: func(err error) (string, string, bool) {
			var f *stubFailure
			if errors.As(err, &f) {
				return "RequestedAssertionFailed", f.msg, true
			}
			return "", "", false
		},
	})
	print := func(_ *starlark.Thread, msg string) { fmt.Fprintln(&out, msg) }
	env := starlark.StringDict{
		"py":      rt.Module(),
		"machine": &stubMachine{"machine"}, "server": &stubMachine{"server"}, "client": &stubMachine{"client"},
		"assert": starlark.NewBuiltin("assert", func(_ *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if a[0].Truth() {
				return starlark.None, nil
			}
			msg := ""
			if len(a) > 1 {
				msg, _ = starlark.AsString(a[1])
			}
			return nil, &pyrt.Raised{Exc: rt.NewException("AssertionError", msg)}
		}),
		"start_all": starlark.NewBuiltin("start_all", func(th *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			th.Print(th, "start_all")
			return starlark.None, nil
		}),
		"subtest": starlark.NewBuiltin("subtest", func(th *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return &stubScope{name: string(a[0].(starlark.String)), thread: th}, nil
		}),
		"retry": starlark.NewBuiltin("retry", func(th *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			for _, last := range []starlark.Bool{false, false, true} {
				v, err := starlark.Call(th, a[0], starlark.Tuple{last}, nil)
				if err != nil {
					return nil, err
				}
				if v.Truth() {
					return starlark.None, nil
				}
			}
			return nil, errors.New("action timed out")
		}),
		"t": starlarkstruct.FromStringDict(starlark.String("t"), starlark.StringDict{
			"assertEqual": starlark.NewBuiltin("assertEqual", func(_ *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
				if eq, err := starlark.Equal(a[0], a[1]); err != nil || !eq {
					return nil, &pyrt.Raised{Exc: rt.NewException("AssertionError", "not equal")}
				}
				return starlark.None, nil
			}),
		}),
	}
	env["machines"] = starlark.NewList([]starlark.Value{env["client"], env["server"]})
	prog, err := compile(env.Has)
	if err != nil {
		return outcome{class: "compile", err: err}
	}
	thread := &starlark.Thread{Name: "test", Print: print}
	take(thread)
	_, err = prog.Init(thread, env)
	err = rt.Resolve(thread, err)
	turn.Unlock()
	threads.Wait()
	turn.Lock()
	defer turn.Unlock()
	o := outcome{err: err}
	if err != nil {
		o.class = rt.Exception(err).Class().Name()
		if code, ok := pyrt.ExitCode(err); ok {
			o.class = fmt.Sprint("exit ", code)
		}
	}
	if err := rt.Close(); err != nil && o.err == nil {
		o.class, o.err = "close", err
	}
	o.out = out.String()
	return o
}
