package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dlclark/regexp2"
	"go.starlark.net/starlark"
	"go.uber.org/goleak"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/api"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { regexp2.StopTimeoutClock() }))
}

// recorder is a sink that writes entries as an indented tree.
type recorder struct {
	mu     sync.Mutex
	lines  []string
	depth  map[uint64]int
	text   map[uint64]string
	events []report.Event
}

func (r *recorder) Handle(e report.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.depth == nil {
		r.depth, r.text = map[uint64]int{}, map[uint64]string{}
	}
	r.events = append(r.events, e)
	add := func(depth int, s string) { r.lines = append(r.lines, strings.Repeat("  ", depth)+s) }
	switch e.Kind {
	case report.Begin:
		d := 0
		if e.Parent != 0 {
			d = r.depth[e.Parent] + 1
		}
		r.depth[e.Entry], r.text[e.Entry] = d, e.Text
		add(d, e.Text)
	case report.End:
		add(r.depth[e.Entry], string(e.Status)+" "+r.text[e.Entry])
	case report.Message:
		d := 0
		if e.Entry != 0 {
			d = r.depth[e.Entry] + 1
		}
		add(d, "- "+e.Text)
	}
}

func (r *recorder) Close() error { return nil }

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

// machineError is the error of a machine that has died, as this package sees it.
type machineError struct{}

func (machineError) Error() string { return "QEMU has died" }

// fakeMachine is a machine with only the methods that the tests need.
func fakeMachine(log *report.Log) *Object {
	cl := NewClass(api.Load().Class("Machine"), map[string]Impl{
		"succeed": func(ctx context.Context, c *Call) (starlark.Value, error) {
			cmds := c.Strings("commands")
			err := c.Block(func(ctx context.Context) error {
				_, span := log.Begin(ctx, report.Entry{Action: report.ActionCommand, Text: "must succeed: " + strings.Join(cmds, " ")})
				var err error
				if len(cmds) > 0 && cmds[0] == "false" {
					err = Failf("command `false` failed (exit status 1)")
				}
				span.End(err)
				return err
			})
			return starlark.String(strings.Join(cmds, ",")), err
		},
		"crash": func(ctx context.Context, c *Call) (starlark.Value, error) {
			return nil, fmt.Errorf("server: %w", machineError{})
		},
		"sleep": func(ctx context.Context, c *Call) (starlark.Value, error) {
			d, _ := c.Duration("duration")
			return nil, c.Sleep(ctx, d)
		},
		"wait_for_unit": func(ctx context.Context, c *Call) (starlark.Value, error) {
			user, ok := c.OptString("user")
			d, limited := c.Duration("attempt_timeout")
			t, _ := c.Duration("timeout")
			return starlark.String(fmt.Sprintf("%s/%s/%t/%s/%t/%s", c.String("unit"), user, ok, d, limited, t)), nil
		},
		"execute": func(ctx context.Context, c *Call) (starlark.Value, error) {
			d, limited := c.Duration("timeout")
			return starlark.String(fmt.Sprint(c.Bool("check_return"), c.Bool("check_output"), d, limited)), nil
		},
		"block": func(ctx context.Context, c *Call) (starlark.Value, error) {
			OnSubtestEnd(ctx, func(ctx context.Context) { log.Logf(ctx, report.Info, "unblocked") })
			return nil, nil
		},
	}, map[string]Getter{"name": func(self any) (starlark.Value, error) { return starlark.String("server"), nil }})
	cl.Before = func(ctx context.Context, _ *Call) error { return CheckConditions(ctx) }
	return cl.New(nil, "<Machine server>")
}

type result struct {
	err error
	log *recorder
}

func (r result) failure(t *testing.T) *Error {
	t.Helper()
	var e *Error
	if !errors.As(r.err, &e) {
		t.Fatalf("the script ended with %v, want an *Error\n%s", r.err, r.log)
	}
	return e
}

func options(src string) (Options, *recorder) {
	rec := &recorder{}
	log := report.NewLog(nil, rec)
	env := starlark.StringDict{"server": fakeMachine(log)}
	maps.Copy(env, Builtins())
	return Options{Filename: "dir/a.star", Source: []byte(src), Predeclared: env, Log: log}, rec
}

func runCtx(ctx context.Context, src string, change ...func(*Options)) result {
	opts, rec := options(src)
	for _, f := range change {
		f(&opts)
	}
	return result{Run(ctx, opts), rec}
}

func run(t *testing.T, src string, change ...func(*Options)) result {
	t.Helper()
	return runCtx(t.Context(), src, change...)
}

func mustLog(t *testing.T, r result, want string) {
	t.Helper()
	if got, want := r.log.String(), strings.Trim(want, "\n"); got != want {
		t.Errorf("log (run: %v):\n%s\nwant:\n%s", r.err, got, want)
	}
}

func TestArgumentsReachTheImplementation(t *testing.T) {
	r := run(t, `
print(server.wait_for_unit("a"), server.wait_for_unit(unit = "a", user = "bob", timeout = 1.5, attempt_timeout = 2))
print(server.execute("x", False, timeout = None))
print(server.succeed("a", "b"), server.succeed())
print(server.name, dir(server)[:2], server, type(server), server == server, {server: 1}[server])
`)
	mustLog(t, r, `
- a//false/0s/false/15m0s a/bob/true/2s/true/1.5s
- false true 0s false
must succeed: a b
passed must succeed: a b
must succeed: 
passed must succeed: 
- a,b 
- server ["add_disk", "assert_screen"] <Machine server> Machine True 1
`)
}

func TestWrongArguments(t *testing.T) {
	for src, want := range map[string]string{
		`server.succeed(1)`:                              "succeed: commands[0] must be str, not 1 (int)",
		`server.sleep("1")`:                              `sleep: duration must be a number of seconds or a time.duration, not "1" (str)`,
		`server.sleep(True)`:                             "sleep: duration must be a number of seconds or a time.duration, not True (bool)",
		`server.sleep(-1)`:                               "sleep: duration must not be negative, but is -1",
		`server.sleep(None)`:                             "sleep: duration must be a number of seconds or a time.duration, not None",
		`server.sleep(float("nan"))`:                     "sleep: duration must be a number of seconds or a time.duration, not nan",
		`server.sleep()`:                                 "sleep: 1 argument missing: duration",
		`server.sleep(1, 2)`:                             "sleep: takes 1 positional argument, got 2",
		`server.sleep(1, duration = 2)`:                  "sleep: got several values for duration",
		`server.execute("x", tiemout = 1)`:               "execute: has no parameter tiemout (did you mean timeout?)",
		`server.wait_for_unit("x", None, 900, 1)`:        "wait_for_unit: takes 3 positional arguments, got 4 (the others by name, as in attempt_timeout=…)",
		`server.wait_for_unti("x")`:                      "Machine has no .wait_for_unti field or method (did you mean .wait_for_unit?)",
		`server.execute("x", timeout = 1 << 70)`:         "",
		`subtest(1)`:                                     "subtest: name must be str, not 1 (int)",
		`subtest("a", 1)`:                                "subtest: fn must be Callable[[], T], not 1 (int)",
		`parallel([1])`:                                  "parallel: fns must be list[Callable[[], T]], not [1] (list)",
		`polling_condition(lambda: True, interval = -1)`: "polling_condition: interval must not be negative, but is -1",
	} {
		r := run(t, src)
		if want == "" {
			if r.err != nil {
				t.Errorf("%s: %v", src, r.err)
			}
			continue
		}
		e := r.failure(t)
		if e.Class != ClassScript || e.Message != want {
			t.Errorf("%s:\ngot  %s: %s\nwant %s", src, e.Class, e.Message, want)
		}
	}
}

func TestFailureClassesAndBacktrace(t *testing.T) {
	for call, class := range map[string]string{
		`server.succeed("false")`: ClassTest,
		`fail("no")`:              ClassTest,
		`server.crash()`:          ClassMachine,
		`1 // 0`:                  ClassScript,
		`server.succeed(1)`:       ClassScript,
	} {
		e := run(t, "def f(x: int) -> None:\n    "+call+"\n\nfor _ in subtest(\"outer\"):\n  for _ in subtest(\"inner\"):\n    f(1)\n").failure(t)
		if e.Class != class {
			t.Errorf("%s is a %q failure, want %q (%v)", call, e.Class, class, e)
		}
		if len(e.Backtrace) != 2 {
			t.Fatalf("%s: backtrace %+v", call, e.Backtrace)
		}
		outer, inner := e.Backtrace[0], e.Backtrace[1]
		if outer.File != "dir/a.star" || outer.Line != 6 || strings.TrimSpace(outer.Text) != "f(1)" || outer.Func != "" {
			t.Errorf("%s: outer frame %+v", call, outer)
		}
		if inner.Line != 2 || strings.TrimSpace(inner.Text) != call || inner.Func != "f" {
			t.Errorf("%s: inner frame %+v", call, inner)
		}
		if got := strings.Join(e.Subtests, " / "); got != "outer / inner" {
			t.Errorf("%s: failed in %q", call, got)
		}
	}
	e := run(t, `server.crash()`).failure(t)
	if !errors.As(error(e), new(machineError)) || e.Function != "crash" {
		t.Errorf("the cause is lost: %+v", e)
	}
}

func TestBacktraceOfEndlessRecursionIsShort(t *testing.T) {
	e := run(t, "def f(n):\n    return f(n - 1) if n else fail()\nf(1000)").failure(t)
	var texts []string
	for _, p := range e.Backtrace {
		texts = append(texts, p.Text)
	}
	if len(e.Backtrace) != 2*keptCalls+1 || texts[0] != "f(1000)" || texts[keptCalls] != "… 962 calls are left out here …" {
		t.Errorf("%d places: %q", len(e.Backtrace), texts)
	}
}

func TestErrorsBeforeTheRun(t *testing.T) {
	for src, want := range map[string]string{
		"x = (1,\ny = 2":          "dir/a.star:",
		"a = 1\nstart_al()\nzz()": "dir/a.star:2:1: undefined: start_al\ndir/a.star:3:1: undefined: zz",
	} {
		err := run(t, src).err
		var se *SyntaxError
		if !errors.As(err, &se) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want *SyntaxError %s", src, err, want)
		}
	}
	if _, err := Compile(Options{Filename: filepath.Join(t.TempDir(), "none.star")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestCancelStopsEverythingAtOnce(t *testing.T) {
	for name, src := range map[string]string{
		"bytecode": "def f():\n  for i in range(1 << 60):\n    pass\nf()",
		"builtin":  "server.sleep(1000)",
		"scope":    "for _ in subtest('x'):\n  server.sleep(1000)",
		"retry":    "retry(lambda last: False)",
		"parallel": "def f():\n  for i in range(1 << 60):\n    pass\nparallel([f, lambda: server.sleep(1000)])",
		"wait":     "polling_condition(lambda: False).wait()",
		"caught":   "for i in range(1 << 60):\n  server.name",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var cancelled time.Time
			time.AfterFunc(50*time.Millisecond, func() { cancelled = time.Now(); cancel() })
			e := runCtx(ctx, src).failure(t)
			if e.Class != ClassInterrupted {
				t.Errorf("class %s: %v", e.Class, e)
			}
			if d := time.Since(cancelled); d > time.Minute {
				t.Errorf("ended %s after the cancellation", d)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if e := runCtx(ctx, "server.sleep(1000)").failure(t); e.Class != ClassTimeout {
		t.Errorf("class %s, want timeout: %v", e.Class, e)
	}
}
