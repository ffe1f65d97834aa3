package script

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.starlark.net/starlark"
)

// The clock of the tests of waits stands still during computations, so the results are the same on a busy machine.

func TestRetry(t *testing.T) { synctest.Test(t, testRetry) }

func testRetry(t *testing.T) {
	r := run(t, `
seen = []
def f(last):
    seen.append(last)
    return len(seen) == 3
retry(f)
print(seen)
`)
	mustLog(t, r, `- [False, False, False]`)

	r = run(t, `
seen = []
def f(last):
    """the flag is up"""
    seen.append(last)
assert_fails = retry(f, timeout = 0.2)
`)
	e := r.failure(t)
	if e.Class != ClassTest || !strings.HasPrefix(e.Message, "action timed out after 0.20 seconds (timeout 200ms, ") || !strings.HasSuffix(e.Message, " attempts): retrying the flag is up") {
		t.Errorf("%s %s", e.Class, e.Message)
	}

	r = run(t, `
seen = []
def f(last):
    seen.append(last)
    return last
retry(f, timeout = 0.1)
print(seen[-2:], len([s for s in seen if s]))
retry(f, timeout = 0)
print(seen[-1])
`)
	mustLog(t, r, "- [False, True] 1\n- True")
}

// A function that takes the remaining time gets that, and no last attempt; without a timeout there is no end.
func TestRetryRemaining(t *testing.T) { synctest.Test(t, testRetryRemaining) }

func testRetryRemaining(t *testing.T) {
	e := run(t, `
seen = []
def f(remaining):
    seen.append(remaining)
    if len(seen) == 1 and remaining != 2.0 or remaining <= 0:
        fail(remaining)
retry(f, timeout = 2)
`).failure(t)
	if e.Class != ClassTest || !strings.Contains(e.Message, "timed out after 2.00 seconds") {
		t.Errorf("%s %s", e.Class, e.Message)
	}
	r := run(t, `
left = []
def g(_remaining_seconds):
    left.append(_remaining_seconds)
    return len(left) == 2000
retry(g, timeout = None)
print(left[-1])
`)
	mustLog(t, r, "- None")
}

func TestRetryCutsAnAttemptAtItsDeadline(t *testing.T) { synctest.Test(t, testRetryCutsAnAttempt) }

func testRetryCutsAnAttempt(t *testing.T) {
	// One that hangs is cut, and the last one, too.
	e := run(t, "def f(last):\n    for _ in subtest('in f'):\n        server.sleep(1000)\nretry(f, timeout = 0.2)").failure(t)
	if e.Class != ClassTest || !strings.Contains(e.Message, "timed out after 60.20 seconds (timeout 200ms, 2 attempts)") {
		t.Errorf("%s %s", e.Class, e.Message)
	}
	// The last one is whole, and what it returns counts.
	r := run(t, "def f(last):\n    server.sleep(3)\n    return last\nretry(f, timeout = 1)\nprint('held')")
	mustLog(t, r, "- held")
	// A failed retry can be caught, and the thread continues.
	r = run(t, `
retry_failed = []
def f(last):
    server.sleep(100)
def g():
    retry(f, timeout = 0.1)
try_result = parallel([lambda: 1])
print(try_result)
`)
	mustLog(t, r, "parallel: lambda\npassed parallel: lambda\n- [1]")
}

func TestRetryCutsBytecode(t *testing.T) {
	r := run(t, "def f(last):\n    return last or [x for x in range(1 << 60) if x < 0]\nretry(f, timeout = 0.2)\nprint('held')")
	mustLog(t, r, "- held")
}

func TestErrorsInRetryAreTheScripts(t *testing.T) {
	e := run(t, "retry(lambda last: 1 // 0)").failure(t)
	if e.Class != ClassScript || len(e.Backtrace) != 2 || e.Backtrace[1].Func != "lambda" {
		t.Errorf("%s %+v", e.Class, e)
	}
}

func TestPollingCondition(t *testing.T) {
	r := run(t, `
n = []
def up():
    """the service is up"""
    n.append(1)
    server.name
    server.succeed("check")
    return len(n) < 3
cond = polling_condition(up, interval = 0)
print(cond.description, bool(n))
server.succeed("before")
for _ in cond:
    server.succeed("first")
cond.run(lambda: server.succeed("second"))
server.succeed("outside")
for _ in subtest("s"):
    for _ in cond:
        server.succeed("never")
`)
	mustLog(t, r, `
- the service is up False
must succeed: before
passed must succeed: before
must succeed: check
passed must succeed: check
must succeed: first
passed must succeed: first
must succeed: check
passed must succeed: check
must succeed: second
passed must succeed: second
must succeed: outside
passed must succeed: outside
s
  must succeed: check
  passed must succeed: check
failed s
`)
	if e := r.failure(t); e.Class != ClassTest || e.Message != "Polling condition failed: the service is up" || e.Subtests[0] != "s" {
		t.Errorf("%+v", e)
	}

	r = run(t, `
n = []
def f():
    n.append(1)
cond = polling_condition(f, interval = 3600)
for _ in cond:
    server.succeed(); server.succeed(); server.succeed()
print(len(n))
`)
	if !strings.HasSuffix(r.log.String(), "- 1") {
		t.Errorf("the condition was not checked once:\n%s", r.log)
	}

	r = run(t, `
n = []
def f():
    n.append(1)
other = polling_condition(lambda: True, interval = 0)
for _ in subtest("s"):
    for _ in other:
        invariant(f, interval = 0)
        server.succeed()
    server.succeed()
server.succeed()
print(len(n))
`)
	if !strings.HasSuffix(r.log.String(), "- 2") {
		t.Errorf("the invariant was not checked twice:\n%s", r.log)
	}

	e := run(t, `
def f():
    server.succeed("false")
for _ in polling_condition(f, description = "it works"):
    server.succeed()
`).failure(t)
	if e.Class != ClassTest || e.Message != "Polling condition failed: it works: command `false` failed (exit status 1)" {
		t.Errorf("%s %s", e.Class, e.Message)
	}
}

func TestPollingConditionWait(t *testing.T) { synctest.Test(t, testPollingConditionWait) }

func testPollingConditionWait(t *testing.T) {
	r := run(t, `
n = []
def f():
    n.append(1)
    if len(n) == 1:
        fail("not yet")
    return len(n) > 2
polling_condition(f, interval = 0.01).wait()
print(len(n))
`)
	mustLog(t, r, "- 3")
	e := run(t, `polling_condition(lambda: fail("no"), interval = 0.01, description = "up").wait(0.1)`).failure(t)
	if e.Class != ClassTest || !strings.HasPrefix(e.Message, "action timed out after ") || !strings.HasSuffix(e.Message, "no") {
		t.Errorf("%s %s", e.Class, e.Message)
	}
}

func TestParallelRunsAtTheSameTime(t *testing.T) { synctest.Test(t, testParallelRunsAtTheSameTime) }

func testParallelRunsAtTheSameTime(t *testing.T) {
	start := time.Now()
	r := run(t, `
order = []
def sleeper(n):
    def f():
        for _ in subtest("sub %d" % n):
            server.sleep(0.3)
            order.append(n)
        return n
    return f
print(parallel([sleeper(i) for i in range(10)]), sorted(order))
`)
	if r.err != nil || !strings.HasSuffix(r.log.String(), "- [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]") {
		t.Errorf("%v\n%s", r.err, r.log)
	}
	if d := time.Since(start); d > 400*time.Millisecond {
		t.Errorf("ten waits of 0.3 s took %s: one after the other", d)
	}
	for i := range 10 {
		if want := fmt.Sprintf("  sub %d\n", i); !strings.Contains(r.log.String(), want) || strings.Contains(r.log.String(), "  "+want) {
			t.Errorf("%q is not right below its thread's entry:\n%s", want, r.log)
		}
	}
}

func TestParallelGivesTurnsToBusyThreads(t *testing.T) {
	r := run(t, `
done = []
def busy():
    for i in range(1 << 60):
        if done:
            return i
def other():
    server.sleep(0.05)
    done.append(1)
parallel([busy, other])
print("end")
`)
	if !strings.HasSuffix(r.log.String(), "- end") {
		t.Errorf("%v\n%s", r.err, r.log)
	}
}

func TestParallelStopsAtTheFirstFailure(t *testing.T) {
	synctest.Test(t, testParallelStopsAtTheFirstFailure)
}

func testParallelStopsAtTheFirstFailure(t *testing.T) {
	start := time.Now()
	r := run(t, `
def good():
    server.sleep(100)
def bad():
    for _ in subtest("bad part"):
        server.sleep(0.05)
        server.succeed("false")
def both():
    parallel([good, bad])
subtest("all", both)
`)
	e := r.failure(t)
	if time.Since(start) > 5*time.Second {
		t.Errorf("the others were not stopped: %s", time.Since(start))
	}
	if e.Class != ClassTest || !strings.Contains(e.Message, "command `false` failed") || strings.Join(e.Subtests, "/") != "all/bad part" {
		t.Errorf("%s %s in %q", e.Class, e.Message, e.Subtests)
	}
	var lines []int
	for _, f := range e.Backtrace {
		lines = append(lines, f.Line)
	}
	if fmt.Sprint(lines) != "[10 9 7]" {
		t.Errorf("backtrace %v: %+v", lines, e.Backtrace)
	}
	e = run(t, `parallel([lambda: server.sleep(100), lambda: 1], timeout = 0.1)`).failure(t)
	if e.Class != ClassTest || e.Message != "not finished within 100ms: lambda" {
		t.Errorf("%s %s", e.Class, e.Message)
	}
}

func TestParallelPanicReachesTheCaller(t *testing.T) {
	defer func() {
		if r := recover(); r != "broken" {
			t.Errorf("recovered %v", r)
		}
	}()
	run(t, `parallel([boom, lambda: server.sleep(0.01)])`, func(o *Options) {
		o.Predeclared["boom"] = starlark.NewBuiltin("boom", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			panic("broken")
		})
	})
}

func TestScopesBelongToTheThreadThatEntersThem(t *testing.T) {
	r := run(t, `
scope = subtest("made outside")
def f():
    for _ in scope:
        print("in")
parallel([f])
`)
	mustLog(t, r, `
parallel: f
  made outside
    - in
  passed made outside
passed parallel: f
`)
}

func TestContextOfACallEndsWithTheRun(t *testing.T) {
	synctest.Test(t, testContextOfACallEndsWithTheRun)
}

func testContextOfACallEndsWithTheRun(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(fmt.Errorf("interrupted (SIGINT)")) })
	e := runCtx(ctx, "for _ in subtest('a'):\n  server.sleep(100)").failure(t)
	if e.Message != "interrupted (SIGINT)" || e.Subtests[0] != "a" || len(e.Backtrace) != 1 {
		t.Errorf("%+v", e)
	}
}
