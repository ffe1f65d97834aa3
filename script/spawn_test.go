package script

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

// spawning predeclares spawn(fn, daemon = False), wait(thread) and meet(n), which returns when n threads wait in it.
func spawning(o *Options) {
	var mu sync.Mutex
	var threads []<-chan struct{}
	together, waiting := make(chan struct{}), 0
	o.Predeclared["spawn"] = starlark.NewBuiltin("spawn", func(th *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		var fn starlark.Callable
		var daemon bool
		if err := starlark.UnpackArgs("spawn", args, kw, "fn", &fn, "daemon?", &daemon); err != nil {
			return nil, err
		}
		done, err := Spawn(th, fn.Name(), daemon, func(th *starlark.Thread) error {
			_, err := starlark.Call(th, fn, nil, nil)
			return err
		})
		threads = append(threads, done)
		return starlark.MakeInt(len(threads) - 1), err
	})
	o.Predeclared["wait"] = starlark.NewBuiltin("wait", func(th *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		n, _ := starlark.AsInt32(args[0])
		done := threads[n]
		return starlark.None, Block(th, func() error { <-done; return nil })
	})
	o.Predeclared["meet"] = starlark.NewBuiltin("meet", func(th *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		n, _ := starlark.AsInt32(args[0])
		ctx := Context(th)
		return starlark.None, Block(th, func() error {
			mu.Lock()
			if waiting++; waiting == n {
				close(together)
			}
			mu.Unlock()
			select {
			case <-together:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
}

func TestSpawnRunsAtTheSameTime(t *testing.T) {
	r := run(t, `
seen = []
def f():
    seen.append("f")
    meet(3)
    server.succeed("f")
def g():
    meet(3)
    seen.append("g")
    spawn(lambda: seen.append("h"))
a = spawn(f)
b = spawn(g)
meet(3)
wait(a)
wait(b)
print(sorted(seen)[:2])
`, spawning)
	if got := r.log.String(); r.err != nil || !strings.Contains(got, `["f", "g"]`) || !strings.Contains(got, "thread: f\n") || !strings.Contains(got, "  must succeed: f\n") {
		t.Errorf("%v\n%s", r.err, got)
	}
}

func TestProgramWaitsForItsThreads(t *testing.T) {
	r := run(t, `
def last():
    server.sleep(0.1)
    print("last")
def daemon():
    server.sleep(1000)
    print("never")
spawn(daemon, daemon = True)
spawn(last)
print("main is done")
`, spawning)
	got := r.log.String()
	if r.err != nil || !strings.Contains(got, "- main is done") || !strings.Contains(got, "- last") || strings.Contains(got, "never") {
		t.Errorf("%v\n%s", r.err, got)
	}
}

func TestFailedProgramStopsItsThreads(t *testing.T) {
	start := time.Now()
	for _, end := range []string{"server.sleep(1000)", "[x for x in range(1 << 60) if x < 0]"} {
		e := run(t, "def f():\n    "+end+"\nspawn(f)\nserver.succeed('false')\n", spawning).failure(t)
		if !strings.Contains(e.Message, "command `false` failed") {
			t.Errorf("%+v", e)
		}
	}
	// A thread's own failure is its own.
	r := run(t, "spawn(lambda: server.succeed('false'))\nprint('on')\n", spawning)
	if r.err != nil || !strings.Contains(r.log.String(), "failed thread: lambda") {
		t.Errorf("%v\n%s", r.err, r.log)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("the threads were not stopped: %s", d)
	}
}

// TestTurns: OnTurn tells whose turn it is, so that what it sets is never another thread's.
func TestTurns(t *testing.T) {
	var current *starlark.Thread
	ended := 0
	r := run(t, `
def f():
    for i in range(3):
        for j in range(20000):
            pass
        check()
        server.sleep(0.001)
        check()
for i in range(4):
    spawn(f)
f()
`, spawning, func(o *Options) {
		o.OnTurn = func(th *starlark.Thread) { current = th }
		o.OnEnd = func(*starlark.Thread) { ended++ }
		o.Predeclared["check"] = starlark.NewBuiltin("check", func(th *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if th != current {
				t.Errorf("%s executes in the turn of %s", th.Name, current.Name)
			}
			return starlark.None, nil
		})
	})
	if r.err != nil || ended != 4 {
		t.Errorf("%v, %d threads have ended", r.err, ended)
	}
}
