package python

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// outcome is the output of a program, and whether it failed.
type outcome struct {
	out    string
	failed bool
	err    error // of a program in Starlark
}

// pythonMain runs the programs that it reads, each on new stubs, in one interpreter.
const pythonMain = `
import sys, io, contextlib
stubs = compile(open(sys.argv[1]).read(), "stubs", "exec")
for name in sys.argv[2:]:
    src = open(name).read()
    out = io.StringIO()
    failed = False
    with contextlib.redirect_stdout(out):
        env = {"__name__": "__main__"}
        exec(stubs, env)
        try:
            exec(compile(src, name, "exec"), env)
        except BaseException as e:
            failed = True
    data = out.getvalue().encode("utf-8", "replace")
    sys.stdout.buffer.write(b"%d %d\n" % (len(data), failed))
    sys.stdout.buffer.write(data)
`

// pythonStubs replaces the driver for a script under CPython, with machines that only echo their commands.
// It prints containers and bytes like Starlark, because these texts differ on purpose.
const pythonStubs = `
import contextlib as _contextlib, builtins as _builtins, json as _json
def _text(v, top=False, list=list, dict=dict, str=str, set=set, tuple=tuple, bytes=bytes, len=len):
    if isinstance(v, str):
        return v if top else _json.dumps(v, ensure_ascii=False)
    if isinstance(v, bytes):
        return v.decode() if top else "b" + _json.dumps(v.decode())
    if isinstance(v, list):
        return "[" + ", ".join(_text(x) for x in v) + "]"
    if isinstance(v, tuple):
        return "(" + ", ".join(_text(x) for x in v) + (",)" if len(v) == 1 else ")")
    if isinstance(v, (set, frozenset)):
        return "set([" + ", ".join(_text(x) for x in v) + "])"
    if isinstance(v, dict):
        return "{" + ", ".join(_text(k) + ": " + _text(x) for k, x in v.items()) + "}"
    return str(v)
def print(*values, **options):
    _builtins.print(*[_text(v, True) for v in values], **options)
def repr(v):
    return _text(v)
@_contextlib.contextmanager
def subtest(name):
    print("subtest:", name)
    yield
class _Machine:
    def __init__(self, name):
        self.name = name
    def succeed(self, *commands, timeout=None):
        out = ""
        for c in commands:
            if "false" in c:
                raise Exception("command failed: " + c)
            out += "ran " + c + "\n"
        return out
    def fail(self, *commands, timeout=None):
        return ""
    def execute(self, command, check_return=True, check_output=True, timeout=900):
        return (1, "") if "false" in command else (0, "ran " + command + "\n")
    def wait_for_unit(self, unit, user=None, timeout=900):
        print(self.name, "waits for", unit)
    def sleep(self, secs):
        pass
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

// runCPython returns the outcomes of programs under CPython.
func runCPython(t testing.TB, programs []string) []outcome {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("these tests compare with CPython: install python3")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{write("main.py", pythonMain), write("stubs.py", pythonStubs)}
	for i, p := range programs {
		args = append(args, write(fmt.Sprintf("program%d.py", i), p))
	}
	cmd := exec.Command(python, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, stderr.String())
	}
	var all []outcome
	for range programs {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		size, failed, _ := strings.Cut(string(line), " ")
		n, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, outcome{out: string(rest[:n]), failed: failed == "1"})
		out = rest[n:]
	}
	return all
}

// printed collects the output of a script, and its subtests.
type printed struct{ b *bytes.Buffer }

func (p printed) Handle(e report.Event) {
	if e.Kind == report.Begin && e.Action == report.ActionSubtest {
		fmt.Fprintln(p.b, "subtest: "+e.Text)
	}
}

func (p printed) Close() error { return nil }

// runStarlark runs a translation on the stubs.
func runStarlark(ctx context.Context, name, src string) outcome {
	var out bytes.Buffer
	env := script.Builtins()
	for name, m := range modules.New(modules.Options{}) {
		env[name] = m
	}
	for _, name := range []string{"machine", "server", "client"} {
		env[name] = &stubMachine{name}
	}
	env["machines"] = starlark.NewList([]starlark.Value{env["client"], env["server"]})
	env["start_all"] = starlark.NewBuiltin("start_all", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		fmt.Fprintln(&out, "start_all")
		return starlark.None, nil
	})
	env["retry"] = starlark.NewBuiltin("retry", func(th *starlark.Thread, _ *starlark.Builtin, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
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
	})
	log := report.NewLog(nil, printed{&out})
	err := script.Run(ctx, script.Options{
		Filename: name, Source: []byte(src), Predeclared: env, Log: log,
		Print: func(_ context.Context, msg string) { fmt.Fprintln(&out, msg) },
	})
	if cerr := log.Close(); err == nil {
		err = cerr
	}
	return outcome{out: out.String(), failed: err != nil, err: err}
}

type stubMachine struct{ name string }

func (m *stubMachine) String() string        { return "<machine " + m.name + ">" }
func (m *stubMachine) Type() string          { return "Machine" }
func (m *stubMachine) Freeze()               {}
func (m *stubMachine) Truth() starlark.Bool  { return true }
func (m *stubMachine) Hash() (uint32, error) { return starlark.String(m.name).Hash() }
func (m *stubMachine) AttrNames() []string   { return []string{"execute", "fail", "name", "succeed"} }

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
					return nil, errors.New("command failed: " + c)
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
	case "sleep":
		return fn(func(starlark.Tuple) (starlark.Value, error) { return starlark.None, nil })
	case "wait_for_unit":
		return starlark.NewBuiltin(name, func(th *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			th.Print(th, m.name+" waits for "+string(args[0].(starlark.String)))
			return starlark.None, nil
		}), nil
	}
	return nil, nil
}
