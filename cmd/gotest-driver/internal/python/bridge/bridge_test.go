package bridge_test

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
	"testing"
	"time"

	"go.starlark.net/starlark"
	"go.uber.org/goleak"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/modules"
)

// heard keeps the output of a run: prints, and subtests with their results.
type heard struct {
	mu      sync.Mutex
	lines   []string
	events  []report.Event
	subtest map[uint64]string
}

func (h *heard) Handle(e report.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
	switch {
	case e.Kind == report.Message && e.Level == report.Info:
		h.lines = append(h.lines, strings.TrimPrefix(e.Machine+": "+e.Text, ": "))
	case e.Kind == report.Begin && e.Action == report.ActionSubtest:
		h.subtest[e.Entry] = e.Text
	case e.Kind == report.End && h.subtest[e.Entry] != "":
		h.lines = append(h.lines, string(e.Status)+": "+h.subtest[e.Entry])
	}
}

func (h *heard) Close() error { return nil }

// printed returns the lines, joined.
func (h *heard) printed() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines, "\n")
}

// told returns the prints and the beginnings of subtests, in the form in which a script would print them.
func (h *heard) told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []string
	for _, e := range h.events {
		switch {
		case e.Kind == report.Message && e.Level == report.Info:
			lines = append(lines, e.Text)
		case e.Kind == report.Begin && e.Action == report.ActionSubtest:
			lines = append(lines, "subtest: "+e.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// meeting is where two commands "meet", of any machines, wait for each other.
var meeting = make(chan struct{})

// fakeMachine has commands that need no guest: "sleep SECONDS", "meet", "big BYTES", "false"; others are echoed.
func fakeMachine(name string) *script.Object {
	run := func(ctx context.Context, command string) (string, error) {
		word, rest, _ := strings.Cut(command, " ")
		switch word {
		case "sleep":
			var seconds float64
			_, _ = fmt.Sscan(rest, &seconds)
			select {
			case <-time.After(time.Duration(seconds * float64(time.Second))):
				return "", nil
			case <-ctx.Done():
				return "", fmt.Errorf("the command was cut: %w", ctx.Err()) // without a class
			}
		case "meet":
			select {
			case meeting <- struct{}{}:
			case <-meeting:
			case <-ctx.Done():
				return "", ctx.Err()
			}
			return "", nil
		case "big":
			n := 0
			_, _ = fmt.Sscan(rest, &n)
			return strings.Repeat("0123456789abcde\n", n/16), nil
		case "false":
			c := &machine.CommandError{Command: command, Status: 1, Output: "out"}
			return "", &machine.AssertionError{Machine: name, Message: c.Error(), Command: c}
		case "die":
			return "", &machine.DiedError{Machine: name, Reason: "QEMU was killed by signal 9"}
		case "wait":
			return "", &machine.TimeoutError{Machine: name, What: "waiting", Timeout: time.Second}
		}
		return command, nil
	}
	impls := map[string]script.Impl{
		"succeed": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			out := ""
			commands := c.Strings("commands")
			err := c.Block(func(ctx context.Context) error {
				for _, command := range commands {
					o, err := run(ctx, command)
					if err != nil {
						return err
					}
					out += o
				}
				return nil
			})
			return starlark.String(out), err
		},
		"execute": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.Tuple{starlark.MakeInt(3), starlark.String(c.String("command"))}, nil
		},
		"wait_for_qmp_event": func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			event := new(starlark.Dict)
			_ = event.SetKey(starlark.String("event"), starlark.String("STOP"))
			v, err := c.Invoke(ctx, c.Callable("event_filter"), event)
			if err != nil || !v.Truth() {
				return nil, err
			}
			return event, nil
		},
	}
	class := script.NewClass(api.Load().Class("Machine"), impls, map[string]script.Getter{
		"name": func(any) (starlark.Value, error) { return starlark.String(name), nil },
	})
	class.Before = func(ctx context.Context, _ *script.Call) error { return script.CheckConditions(ctx) }
	return class.New(name, "<machine "+name+">")
}

// program is a script with its environment.
type program struct {
	files     map[string]string   // main.py and others
	dir       string              // where they are; empty: a new one
	ctx       context.Context     // nil: the test's
	names     starlark.StringDict // nil: two machines
	keepGoing bool
	failures  []*script.Error
	skipped   *script.Skip
	stopped   func([]script.Frame) // at a breakpoint
	heard     *heard
}

// scriptWith is a program of a script and other files.
func scriptWith(src string, files map[string]string) *program {
	all := map[string]string{"main.py": src}
	maps.Copy(all, files)
	return &program{files: all}
}

// run runs the program and returns its failure.
func (p *program) run(t testing.TB) *script.Error {
	t.Helper()
	dir := p.dir
	if dir == "" {
		dir = t.TempDir()
	}
	for name, text := range p.files {
		write(t, filepath.Join(dir, name), text)
	}
	ctx := p.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	py, err := bridge.Start(t.Context(), bridge.Options{Script: filepath.Join(dir, "main.py")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := py.Close(); err != nil {
			t.Error(err)
		}
	}()
	p.heard = &heard{subtest: map[uint64]string{}}
	var breakpoint func(*starlark.Thread) error
	if p.stopped != nil {
		breakpoint = func(thread *starlark.Thread) error { p.stopped(script.Frames(thread)); return nil }
	}
	names := p.names
	if names == nil {
		names = script.Builtins()
		server, client := fakeMachine("server"), fakeMachine("client")
		names["server"], names["client"] = server, client
		names["machines"] = starlark.NewList([]starlark.Value{client, server})
	}
	for name, m := range modules.New(modules.Options{Breakpoint: breakpoint}) {
		names[name] = m
	}
	err = py.Run(ctx, script.Options{
		Predeclared: names, Log: report.NewLog(nil, p.heard), PostMortem: p.stopped != nil, KeepGoing: p.keepGoing,
		OnFailure: func(_ context.Context, e *script.Error) { p.failures = append(p.failures, e) },
	})
	var failure *script.Error
	if p.skipped = script.IsSkip(err); p.skipped == nil && err != nil && !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if failure != nil && !slices.Equal(p.failures, append([]*script.Error{failure}, failure.More...)) {
		t.Errorf("it fails with %v, told were %v", failure, p.failures)
	}
	return failure
}

// place returns the innermost line of a failure.
func place(e *script.Error) string {
	if n := len(e.Backtrace); n > 0 {
		s := e.Backtrace[n-1]
		return fmt.Sprintf("%s:%d in %s: %s", filepath.Base(s.File), s.Line, s.Func, strings.TrimSpace(s.Text))
	}
	return ""
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestMain prefers the system's Python for the scripts, because a shim of a version manager starts slowly.
func TestMain(m *testing.M) {
	if os.Getenv("GOTEST_PYTHON") == "" {
		os.Setenv("GOTEST_PYTHON", "python3")
		if _, err := os.Stat("/usr/bin/python3"); err == nil {
			os.Setenv("GOTEST_PYTHON", "/usr/bin/python3")
		}
	}
	goleak.VerifyTestMain(m)
}

// Scripts that pass, and what they print.
func TestPasses(t *testing.T) {
	for name, c := range map[string]struct {
		files      map[string]string
		src, print string
	}{
		"values": {src: `
import datetime, enum, pathlib
class Word(enum.Enum):
    ECHO = "echo"
print(server, server.name, server.execute("x", timeout=datetime.timedelta(seconds=1)))
print(server.succeed(pathlib.Path("/a"), Word.ECHO, "\udcff\udc80é"). encode("utf-8", "surrogateescape"))
assert machines == [client, server] and machines[1] is server
assert server.wait_for_qmp_event(lambda e: e["event"] == "STOP") == {"event": "STOP"}
print("surrogate \ud800 \udce9")
`, print: "<machine server> server (3, 'x')\nb'/aecho\\xff\\x80\\xc3\\xa9'\nsurrogate \ufffd \ufffd"},
		"exit": {src: "import sys\nwith subtest('s'):\n    sys.exit(0)\n", print: "passed: s"},
		"helpers": {
			files: map[string]string{"lib/__init__.py": "from .inner import f\n", "lib/inner.py": "def f():\n    return server.succeed('echo')\n"},
			src:   "from lib import f\nimport os, sys\nprint(f(), __name__, os.path.basename(__file__), sys.argv[1:])\n", print: "echo __main__ main.py []",
		},
		"dataclasses, pickle and async": {src: `
import asyncio, dataclasses, pickle
@dataclasses.dataclass
class Point:
    x: "int" = 1
print(pickle.loads(pickle.dumps(Point(2))))
async def main():
    return await asyncio.gather(*(asyncio.to_thread(m.succeed, "echo") for m in machines))
print(asyncio.run(main()))
`, print: "Point(x=2)\n['echo', 'echo']"},
		"exceptions are the driver's classes": {src: `
for command in ("false", "wait", "die"):
    try:
        server.succeed(command)
    except Exception as e:
        print([k.__name__ for k in type(e).__mro__[:-3]])
try:
    server.succeed(1.5)
except TypeError as e:
    print(e)
`, print: "['RequestedAssertionFailed', 'TestScriptError', 'AssertionError']\n" +
			"['WaitTimeout', 'RequestedAssertionFailed', 'TestScriptError', 'AssertionError', 'TimeoutError', 'OSError']\n" +
			"['MachineError', 'TestScriptError']\nsucceed: commands[0] must be str, not 1.5 (float)"},
		"an exception keeps its identity": {src: `
class Mine(Exception): pass
mine = Mine("x")
def f(last):
    raise mine
try:
    retry(f, timeout_seconds=5)
except Mine as e:
    print(e is mine)
@polling_condition(seconds_interval=0)
def broken():
    "all is well"
    raise mine
try:
    with broken:
        server.succeed("echo")
except PollingConditionError as e:
    print(e, e.__cause__ is mine, broken.description)
`, print: "True\nPolling condition failed: all is well: Mine: x True all is well"},
		"conditions are checked in the thread that calls": {src: `
import threading
seen = []
@polling_condition(seconds_interval=0)
def watch():
    seen.append(threading.current_thread() is threading.main_thread())
with watch:
    thread = threading.Thread(target=server.succeed, args=("echo",))
    thread.start(); thread.join()
    server.succeed("echo")
server.succeed("echo")
print(seen)
`, print: "[False, True]"},
		"an invariant is checked until its subtest ends": {src: `
seen = []
good = True
def holds():
    "it holds"
    seen.append(1)
    return good
with subtest("one"):
    invariant(holds, interval=0)
    server.succeed("echo")
    server.succeed("echo")
server.succeed("echo")
print(len(seen))
try:
    with subtest("two"):
        invariant(holds, interval=0)
        good = False
        server.succeed("echo")
except PollingConditionError as e:
    print(e)
server.succeed("echo")
`, print: "passed: one\n2\nfailed: two\nPolling condition failed: it holds"},
		"processes": {src: `
import multiprocessing, os, warnings
warnings.simplefilter("ignore") # of forks while threads run
def f(n):
    with subtest(f"in {n}"):
        return server.succeed(f"echo {n}")
multiprocessing.set_start_method("fork")
with multiprocessing.Pool(1) as pool:
    print(pool.map(f, [1, 2]))
if os.fork() == 0:
    raise SystemExit(5) # ends the child, not the script
print(os.waitstatus_to_exitcode(os.wait()[1]))
`, print: "passed: in 1\npassed: in 2\n['echo 1', 'echo 2']\n5"},
		"a forked process leaves its parent's subtest": {src: `
import os
with subtest("parent"):
    if os.fork() == 0:
        with subtest("child"):
            raise SystemExit(0)
    os.wait()
    print("still in it")
`, print: "passed: child\nstill in it\npassed: parent"},
		"a handler of a signal calls in a call": {src: `
import signal
def handler(number, frame):
    print("rings", server.succeed("echo"))
signal.signal(signal.SIGUSR1, handler)
import os, threading
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
print(client.succeed("sleep 1", "echo 2"))
`, print: "rings echo\necho 2"},
		"functions that the driver calls": {src: `
def look(last):
    """Looks for it"""
    return [1]
retry(look)
print(server.wait_for_qmp_event(lambda e: object())["event"])
`, print: "STOP"},
		"retry by its function's parameter": {src: `
seen = []
def look(remaining):
    seen.append(remaining)
    return len(seen) == 2
retry(look, 60)
print(60 >= seen[0] > seen[1] > 0)
def annotated(left: float | None):
    return left is None
retry(annotated, timeout=None)
lasts = []
def lasting(last_try):
    lasts.append(last_try)
try:
    retry(lasting, timeout_seconds=0)
except RequestedAssertionFailed as e:
    print(lasts, "1 attempt" in str(e))
never = []
try:
    retry(lambda remaining: never.append(remaining), timeout=0)
except RequestedAssertionFailed:
    print(never)
`, print: "True\n[True] True\n[]"},
		"output of others":            {src: "import os, subprocess\nsubprocess.run(['echo', 'child'])\nos.write(2, b'raw\\n')\nserver.log('note')\n", print: "child\nraw\nserver: note"},
		"what is left open is closed": {src: "s = subtest('open')\ns.__enter__()\n", print: "passed: open"},
		"at the end": {src: `
import atexit, threading, time
atexit.register(lambda: print(server.succeed("end")))
threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
print("main")
`, print: "main\nthread\nend"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scriptWith(c.src, c.files)
			if err := p.run(t); err != nil {
				t.Fatalf("%v\n%s", err, err.Traceback)
			}
			want, got := strings.Split(c.print, "\n"), strings.Split(p.heard.printed(), "\n")
			slices.Sort(want) // output through pipes has no defined order
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("it prints\n%s\nwant\n%s", p.heard.printed(), c.print)
			}
		})
	}
}

// Scripts that fail, and how.
func TestFails(t *testing.T) {
	for name, c := range map[string]struct {
		files               map[string]string
		src                 string
		class, msg, at      string
		subtests, traceback string
		print               string
	}{
		"in a helper": {
			files: map[string]string{"helper.py": "def f(n):\n    with subtest('inner'):\n        return 1 // n\n"},
			src:   "from helper import f\nwith subtest('outer'):\n    f(0)\n",
			class: script.ClassScript, msg: "ZeroDivisionError: integer division or modulo by zero", at: "helper.py:3 in f: return 1 // n",
			subtests: "outer / inner", print: "failed: inner\nfailed: outer",
		},
		"chained": {
			src:   "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('b') from e\n",
			class: script.ClassScript, msg: "RuntimeError: b", at: "main.py:4 in : raise RuntimeError('b') from e",
			traceback: "KeyError: 'a'\n\nThe above exception was the direct cause",
		},
		"in a library": {
			src: "import json\njson.loads('{')\n", class: script.ClassScript, msg: "json.decoder.JSONDecodeError: Expecting property name",
			at: "main.py:2 in : json.loads('{')", traceback: "json/decoder.py",
		},
		"command": {
			src: "def f():\n    server.succeed('false')\nf()\n", class: script.ClassTest, msg: "command `false` failed (exit code 1)", at: "main.py:2 in f: server.succeed('false')",
		},
		"log.error": {src: "with subtest('s'):\n    log.log_test_error('goes on')\n    print(1)\n    log.error('ends it')\nprint(2)\n", class: script.ClassScript, msg: "ends it", at: "main.py:4 in : log.error('ends it')", subtests: "s", print: "1\nfailed: s"},

		"machine": {src: "server.succeed('die')\n", class: script.ClassMachine, msg: "QEMU was killed", at: "main.py:1 in : server.succeed('die')"},
		"assert": {
			src: "x = [1]\nassert x == [2]\n", class: script.ClassTest, at: "main.py:2 in : assert x == [2]",
			msg: "assertion failed: x == [2]\n  left:  [1]\n  right: [2]",
		},
		"assert with a message": {src: "assert 1 == 2, 'no'\n", class: script.ClassTest, msg: "no", at: "main.py:1 in : assert 1 == 2, 'no'"},
		"assert of a call":      {src: "assert not server.name\n", class: script.ClassTest, msg: "assertion failed: not server.name", at: "main.py:1 in : assert not server.name"},
		"unittest":              {src: "t.assertEqual([1], [2])\n", class: script.ClassTest, msg: "Lists differ: [1] != [2]", at: "main.py:1 in : t.assertEqual([1], [2])", traceback: "case.py"},
		"wrong argument": {
			src: "server.succeed('x', tiemout=1)\n", class: script.ClassScript, msg: "unexpected keyword argument 'tiemout'", at: "main.py:1 in : server.succeed('x', tiemout=1)",
		},
		"exit(3)":     {src: "with subtest('s'):\n    raise SystemExit(3)\n", class: script.ClassScript, msg: "exit(3)", at: "main.py:2 in : raise SystemExit(3)", subtests: "s", print: "failed: s"},
		"exit(text)":  {src: "import sys\nsys.exit('gone')\n", class: script.ClassScript, msg: "gone", at: "main.py:2 in : sys.exit('gone')"},
		"os._exit":    {src: "import os\nos._exit(4)\n", class: script.ClassScript, msg: "ended before the script: its exit status is 4"},
		"os._exit(0)": {src: "import os\nos._exit(0)\n", class: script.ClassScript, msg: "ended before the script: its exit status is 0"},
		"crash":       {src: "import ctypes\nctypes.string_at(0)\n", class: script.ClassScript, msg: "killed by signal SIGSEGV"},
		"kill":        {src: "import os\nos.kill(os.getpid(), 9)\n", class: script.ClassScript, msg: "killed by signal SIGKILL"},
		"killed in a call": {
			src:   "import os, threading\nthreading.Timer(0.2, os.kill, (os.getpid(), 9)).start()\nserver.succeed('sleep 1000')\n",
			class: script.ClassScript, msg: "killed by signal SIGKILL",
		},
		"a thread waits": {
			src: "import threading\nthreading.Thread(target=server.succeed, args=('sleep 1000',)).start()\nraise Exception('main')\n", class: script.ClassScript,
			msg: "Exception: main", at: "main.py:3 in : raise Exception('main')",
		},
		"killed in a subtest":   {src: "import os\nwith subtest('s'):\n    os.kill(os.getpid(), 9)\n", class: script.ClassScript, msg: "killed by signal SIGKILL", print: "failed: s"},
		"killed in a callback":  {src: "import os\nretry(lambda last: os.kill(os.getpid(), 9))\n", class: script.ClassScript, msg: "killed by signal SIGKILL"},
		"a repr that fails":     {src: "class A:\n    def __repr__(self): raise ValueError('x')\nassert A() == 3\n", class: script.ClassTest, at: "main.py:3 in : assert A() == 3", msg: "left:  <repr() failed: ValueError>"},
		"a str that exits":      {src: "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nwith subtest('s'):\n    raise E()\n", class: script.ClassScript, at: "main.py:4 in : raise E()", msg: "E: <str() failed: SystemExit>", subtests: "s"},
		"a frozen exception":    {src: "class E(Exception):\n    def __setattr__(self, name, value): raise TypeError()\nwith subtest('s'):\n    raise E('x')\n", class: script.ClassScript, at: "main.py:4 in : raise E('x')", msg: "E: x"},
		"own traceback.py":      {files: map[string]string{"traceback.py": "raise Exception('own')\n"}, src: "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e\n", class: script.ClassScript, at: "main.py:4 in : raise ValueError('b') from e", msg: "ValueError: b", traceback: "direct cause"},
		"an alarm of its own":   {src: "import signal, time\nsignal.alarm(1)\ntime.sleep(20)\n", class: script.ClassScript, at: "main.py:3 in : time.sleep(20)", msg: "the script's own alarm (SIGALRM) ended it"},
		"raises Ctrl-C":         {src: "raise KeyboardInterrupt()\n", class: script.ClassScript, at: "main.py:1 in : raise KeyboardInterrupt()", msg: "KeyboardInterrupt"},
		"a module is no Python": {files: map[string]string{"helper.py": "x = (\n"}, src: "import helper\n", class: script.ClassScript, at: "main.py:1 in : import helper", msg: "SyntaxError: '(' was never closed", traceback: "x = ("},
		"assert in a module":    {files: map[string]string{"helper.py": "x = 1\nassert x == 2\n"}, src: "import helper\n", class: script.ClassTest, at: "helper.py:2 in : assert x == 2", msg: "assertion failed: x == 2"},
		"junk to the driver":    {src: "import os, threading\nos.write(3, b'junk')\nthread = threading.Thread(target=lambda: print('x'))\nthread.start()\nthread.join()\n", class: script.ClassScript, msg: "the connection with Python is broken"},
		"recursion":             {src: "def f():\n    f()\nf()\n", class: script.ClassScript, msg: "RecursionError", at: "main.py:2 in f: f()"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scriptWith(c.src, c.files)
			start := time.Now()
			e := p.run(t)
			if e == nil {
				t.Fatal("it passes")
			}
			if e.Class != c.class || !strings.Contains(e.Message, c.msg) || place(e) != c.at || strings.Join(e.Subtests, " / ") != c.subtests {
				t.Errorf("it fails with %q of class %s at %q in %q", e.Message, e.Class, place(e), e.Subtests)
			}
			if !strings.Contains(e.Traceback, c.traceback) || e.Traceback != "" && c.traceback == "" {
				t.Errorf("the traceback is\n%s", e.Traceback)
			}
			if n := len(e.Backtrace); name == "in a helper" && e.Backtrace[n-1].Col != 16 && e.Backtrace[n-1].Col != 0 { // Python 3.10 has none
				t.Errorf("it fails in column %d", e.Backtrace[n-1].Col)
			}
			if strings.Contains(e.Traceback, "_bridge") {
				t.Errorf("the traceback has frames of the driver's:\n%s", e.Traceback)
			}
			if c.print != "" && p.heard.printed() != c.print {
				t.Errorf("it prints\n%s\nwant\n%s", p.heard.printed(), c.print)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("it took %s", d)
			}
		})
	}
}

// Scripts that could disturb the bridge do not.
func TestHolds(t *testing.T) {
	for name, c := range map[string]struct {
		files      map[string]string
		src, print string
	}{
		"a warning of the compiler": {src: "x = 1\nprint(x is 1)\nassert (x, 'x')\n", print: "main.py:2: SyntaxWarning"},
		"arguments that are none": {src: `
for value in object(), 1j, {frozenset([1]): 2}, ..., [[1j]]:
    try:
        retry(lambda last: True, value)
    except TypeError as e:
        print(e)
print(server.succeed("echo on"))
`, print: "can't be given to the driver\nretry: timeout"},
		"a handler raises in a call": {src: `
import signal, time
class Late(Exception): pass
def late(number, frame):
    print("late")
    raise Late()
signal.signal(signal.SIGALRM, late)
assert signal.getsignal(signal.SIGALRM) is late
for call in lambda: server.succeed("sleep 30"), lambda: retry(lambda last: False, 30), lambda: time.sleep(30):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        call()
    except Late:
        print("as wanted")
print(server.succeed("echo on"))
`, print: "late\nas wanted\nlate\nas wanted\nlate\nas wanted\necho on"},
		"a handler in a callback": {src: `
import signal
class Late(Exception): pass
def late(number, frame):
    raise Late()
signal.signal(signal.SIGALRM, late)
def ask(last):
    server.succeed("echo x")
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        server.succeed("sleep 30")
    except Late:
        print("inner")
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    return False
try:
    retry(ask)
except Late:
    print("outer")
print(server.succeed("echo on"))
`, print: "inner\nouter\necho on"},
		"a handler between calls": {src: `
import signal
class Late(Exception): pass
armed = False
def late(number, frame):
    global armed
    if armed:
        armed = False
        raise Late()
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
count = 0
while count < 300:
    try:
        armed = True
        server.succeed("true")
        armed = False
    except Late:
        count += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(server.succeed("echo on"))
`, print: "echo on"},
		"a deep expression":      {src: "x = " + strings.Repeat("'a' + ", 1200) + "''\nprint(len(x))\n", print: "1200"},
		"a scope decorates":      {src: "@subtest('s')\ndef f(x):\n    return x\nprint(f(3), f.__name__)\n", print: "passed: s\n3 f"},
		"it tells of a reboot":   {src: "server.connected = False\nmachines.append(server)\nprint('on')\n", print: "on"},
		"a subtest's number":     {src: "with subtest(3):\n    pass\n", print: "passed: 3"},
		"lines that have no end": {src: "print('a\\nb', end='')\nserver.log('x')\nprint('c')\n", print: "a\nserver: x\nbc"},
		"its own modules":        {files: map[string]string{"logging.py": "print('own logging')\n", "shlex.py": "x = 1\n", "__future__.py": ""}, src: "t.assertEqual(1, 1)\nimport logging, shlex\nprint(shlex.x)\n", print: "own logging\n1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scriptWith(c.src, c.files)
			if e := p.run(t); e != nil {
				t.Fatalf("it fails: %v\n%s", e, p.heard.printed())
			}
			if !strings.Contains(p.heard.printed(), c.print) {
				t.Errorf("it prints\n%s\nwant\n%s", p.heard.printed(), c.print)
			}
		})
	}
}

// A script that is a link finds the modules beside its target, and has the name of the link in messages.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/target/real.py", "from helper import x\nprint(x, __file__)\nassert False\n")
	write(t, dir+"/target/helper.py", "x = 'found'\n")
	if err := os.Symlink("target/real.py", dir+"/main.py"); err != nil {
		t.Fatal(err)
	}
	p := &program{dir: dir}
	e := p.run(t)
	if want := "found " + dir + "/main.py"; p.heard.printed() != want {
		t.Errorf("it prints %s, want %s", p.heard.printed(), want)
	}
	if e == nil || place(e) != "main.py:3 in : assert False" {
		t.Errorf("it fails with %v at %s", e, place(e))
	}
}

// Processes of the script end with it, even those that have left its group and have their own environment.
func TestLeavesNothing(t *testing.T) {
	p := &program{files: map[string]string{"main.py": `
import subprocess
print(subprocess.Popen(["sleep", "1000"], env={}, start_new_session=True).pid)
`}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	pid := 0
	if _, err := fmt.Sscan(p.heard.printed(), &pid); err != nil {
		t.Fatal(err)
	}
	// A dead process may still wait for its parent.
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && !strings.Contains(string(status), ") Z ") {
		t.Errorf("process %d is left: %s", pid, status)
	}
}

// limitError is the end of a run's time.
type limitError struct{}

func (limitError) Error() string { return "the time is over" }
func (limitError) Unwrap() error { return context.DeadlineExceeded }

// Ctrl-C and the time limit end a script at any place, and decide its result.
func TestEnds(t *testing.T) {
	for name, src := range map[string]string{
		"in a call":      "try:\n    server.succeed('sleep 1000')\nexcept Exception as e:\n    print('caught', e)\n",
		"in a loop":      "try:\n    while True:\n        pass\nexcept Exception:\n    print('caught')\n",
		"asleep":         "import time\ntime.sleep(1000)\n",
		"in a callback":  "def f(last):\n    while True:\n        pass\nretry(f)\n",
		"swallows all":   "import time\nwhile True:\n    try:\n        time.sleep(0.01)\n    except BaseException:\n        pass\n",
		"swallows once":  "try:\n    server.succeed('sleep 1000')\nexcept BaseException:\n    pass\n",
		"in threads":     "parallel([lambda: server.succeed('sleep 1000'), lambda: client.succeed('sleep 1000')])\n",
		"in a child":     "import subprocess\nsubprocess.run(['sleep', '1000'])\n",
		"while printing": "while True:\n    print('x')\n",
	} {
		for cause, class := range map[error]string{
			limitError{}: script.ClassTimeout, errors.New("Ctrl-C"): script.ClassInterrupted, //nolint:staticcheck // the user's words
		} {
			t.Run(name+"/"+class, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancelCause(t.Context())
				p := &program{files: map[string]string{"main.py": src}, ctx: ctx}
				var over sync.WaitGroup
				defer over.Wait()
				over.Go(func() {
					time.Sleep(500 * time.Millisecond)
					cancel(cause)
				})
				start := time.Now()
				e := p.run(t)
				if e == nil {
					t.Fatal("it passes")
				}
				if e.Class != class || e.Message != cause.Error() {
					t.Errorf("it fails with %q of class %s", e.Message, e.Class)
				}
				if strings.Contains(p.heard.printed(), "caught") {
					t.Errorf("except Exception caught it: %s", p.heard.printed())
				}
				if d := time.Since(start); d > 30*time.Second {
					t.Errorf("it took %s", d)
				}
			})
		}
	}
}

// Two machines work at the same time.
func TestParallel(t *testing.T) {
	p := &program{files: map[string]string{"main.py": `
import threading
threads = [threading.Thread(target=m.succeed, args=("meet",)) for m in machines]
for thread in threads: thread.start()
for thread in threads: thread.join()
try:
    parallel([lambda: server.succeed("sleep 1000"), lambda: client.succeed("false")])
except RequestedAssertionFailed as e:
    print(e)
try:
    parallel([lambda: server.succeed("sleep 1000")], timeout=0.2)
except WaitTimeout as e:
    print(e)
`}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	if got := p.heard.printed(); !strings.HasPrefix(got, "command `false` failed (exit code 1)\n") || !strings.HasSuffix(got, "not finished within 0.2 s: <lambda>") {
		t.Errorf("it prints %s", got)
	}
}

// A function of parallel that starts after another has failed does not wait.
func TestParallelFailsEarly(t *testing.T) {
	p := &program{files: map[string]string{"main.py": `
import threading, time
start = threading.Thread.start
def late(thread):
    time.sleep(0.05)
    start(thread)
threading.Thread.start = late
try:
    parallel([lambda: client.succeed("false"), lambda: server.succeed("sleep 1000")])
except RequestedAssertionFailed:
    print("failed")
`}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	if got := p.heard.printed(); got != "failed" {
		t.Errorf("it prints %s", got)
	}
}

// Calls of threads are logged below the scope that started the threads.
func TestThreadsEntry(t *testing.T) {
	p := &program{files: map[string]string{"main.py": `
import threading
with subtest("outer"):
    thread = threading.Thread(target=lambda: server.log("x"), name="worker")
    thread.start()
with log.nested("later"):
    thread.join()
`}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	entries, parents := map[string]uint64{}, map[string]uint64{}
	for _, e := range p.heard.events {
		if e.Kind == report.Begin {
			entries[e.Text], parents[e.Text] = e.Entry, e.Parent
		}
		if e.Kind == report.Message {
			parents["message"] = e.Entry
		}
	}
	if parents["thread: worker"] != entries["outer"] || parents["message"] != entries["thread: worker"] || entries["outer"] == 0 {
		t.Errorf("entries %v, parents %v", entries, parents)
	}
}

// The error for a script with syntax errors names the place, and nothing runs.
func TestBroken(t *testing.T) {
	for src, want := range map[string]string{
		"x = 1\nif x:\ny = 2\n":    "3:1: expected an indented block after 'if' statement on line 2",
		"\n\nprint('a' 'b'))\n":    "3:15: unmatched ')'",
		"x = 1 + ?\n":              "1:9: invalid syntax",
		"# coding: nothing\nx=1\n": "unknown encoding: nothing",
		"x = 1\x00\n":              "null bytes",
	} {
		path := filepath.Join(t.TempDir(), "main.py")
		write(t, path, src)
		py, err := bridge.Start(t.Context(), bridge.Options{Script: path})
		var broken *script.SyntaxError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
		if py != nil {
			if err := py.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for python, want := range map[string]string{"no-such-python": "migrate", "/bin/false": "/bin/false has not started the script"} {
		_, err := bridge.Start(t.Context(), bridge.Options{Script: "main.py", Source: []byte(""), Python: python})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", python, err, want)
		}
	}
}

// The content of an open file is written when the interpreter ends.
func TestLeftOpen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "left")
	p := &program{files: map[string]string{"main.py": fmt.Sprintf("left = open(%q, 'w')\nleft.write('text')\n", name)}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "text" {
		t.Errorf("%q %v", text, err)
	}
}

// A client that attaches to a stopped run can use the machines, at a breakpoint and after a failure.
func TestAttached(t *testing.T) {
	use := func(frames []script.Frame, line int) {
		if len(frames) != 1 || frames[0].Source.Line != line {
			t.Errorf("the frames are %+v", frames)
			return
		}
		if v, err := frames[0].Eval(t.Context(), "server.succeed('echo %d' % 7)"); err != nil || v.String() != `"echo 7"` {
			t.Errorf("%v %v", v, err)
		}
	}
	stops := 0
	p := &program{files: map[string]string{"main.py": "breakpoint()\nif debug.breakpoint() is None:\n    1 / 0\n"}}
	p.stopped = func(frames []script.Frame) { stops++; use(frames, stops) }
	e := p.run(t)
	if e == nil || stops != 2 {
		t.Fatalf("it fails with %v, and stops %d times", e, stops)
	}
	use(e.Frames, 3)
}
