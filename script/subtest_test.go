package script

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

// The body of a subtest means what it means without the subtest, whatever variables it has.
func TestBodyOfSubtestIsNoFunctionToTheScript(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"globals are set": {`
x = 1
def get(): return x
for _ in subtest("a"):
    x = x + 1
    y = [i * x for i in range(3)]
    for z in range(2):
        if z: continue
        x += 10
print(x, y, z, get())`, "12 [0, 2, 4] 1 12"},
		"variables of a function": {`
def f(p, *args, q = 3, **kw):
    a = 1
    for _ in subtest("a"):
        a += p
        b = a * 2
        p = 100
        c = [a + k for k in args]
        g = lambda: a + q
        for _ in subtest("inner"):
            a = a + 1
            d = (b, kw)
    q = 5
    return a, b, c, d, p, g(), [k for k in range(2)]
print(f(1, 7, 8, z = 0))`, `(3, 4, [9, 10], (4, {"z": 0}), 100, 8, [0, 1])`},
		"return, break and continue": {`
def f(n):
    for i in range(5):
        for _ in subtest("a"):
            if n == "break":
                break
            if n == "continue":
                continue
            for j in range(3):
                if j == 1:
                    break
            for _ in subtest("inner"):
                if n == "none":
                    return
                if n == "deep":
                    return [i, j]
            return (n,)
    return "end"
print(f("break"), f("continue"), f("none"), f("deep"), f("x"))`, `end end None [0, 1] ("x",)`},
		"a function around the function": {`
def outer():
    n = [0]
    m = 4
    def inner(k):
        for _ in subtest("a"):
            n[0] += k + m
            k = [m + j for j in n]
        return k
    return inner
print(outer()(2))`, "[10]"},
		"the loop's variable": {"for x in subtest('a'):\n    print(x)\n", "None"},
		"a function of the script's own": {`
def subtest(name): return [name, 2]
for x in subtest("a"):
    print(x)
    continue`, "a\n2"},
		"functions made in a body": {`
fns = []
for _ in subtest("a"):
    v = 1
    def get(d = [k for k in range(2)]): return v, d
    fns += [(lambda: w) for w in range(2)]
v = 2
print(get(), [f() for f in fns])`, "(2, [0, 1]) [1, 1]"},
		"a variable without a value": {`
def f():
    for _ in subtest("a"):
        if False:
            late = 1
    late = 2
    for _ in subtest("b"):
        return late
print(f())`, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			r := run(t, c.src, func(o *Options) { o.Print = func(_ context.Context, msg string) { got = append(got, msg) } })
			if r.err != nil || strings.Join(got, "\n") != c.want {
				t.Errorf("printed %q (%v), want %q", got, r.err, c.want)
			}
		})
	}
	e := run(t, "def f():\n    for _ in subtest('a'):\n        x = x + 1\nf()").failure(t)
	if want := "local variable x referenced before assignment"; e.Message != want || e.Backtrace[1].Line != 3 || e.Backtrace[1].Func != "f" {
		t.Errorf("%s at %+v, want %s", e.Message, e.Backtrace, want)
	}
}

// What load binds is no global variable; a body reads it all the same.
func TestBodyOfSubtestSeesWhatIsLoaded(t *testing.T) {
	dir := write(t, map[string]string{
		"main.star": "load(\"lib.star\", \"a\", \"f\")\nfor _ in subtest(\"s\"):\n    for _ in subtest(\"inner\"):\n        print(a, [a + f(i) for i in range(2)], (lambda: a)())\nprint(a)\n",
		"lib.star":  "a = 5\ndef f(n):\n    for _ in subtest(\"of lib\"):\n        return n * a\n",
	})
	if r := runFile(t, dir); r.err != nil || !strings.Contains(r.log.String(), "- 5 [5, 10] 5") || !strings.HasSuffix(r.log.String(), "\n- 5") {
		t.Errorf("%v\n%s", r.err, r.log)
	}
	undefined := write(t, map[string]string{"main.star": "for _ in subtest(\"s\"):\n    nothing(here)\n"})
	if r := runFile(t, undefined); r.err == nil || r.err.Error() != filepath.Join(undefined, "main.star")+":2:5: undefined: nothing\n"+filepath.Join(undefined, "main.star")+":2:13: undefined: here" {
		t.Errorf("%v", r.err)
	}
}

// A debugger sees one frame for a function, whatever subtests it is in, with all its variables.
func TestFramesInSubtests(t *testing.T) {
	src := `
def f(p):
    a = 1
    for _ in subtest("a"):
        b = 2
        for _ in subtest("b"):
            server.succeed("false")
for _ in subtest("top"):
    g = 3
    f(7)
`
	var depth int
	var names []string
	r := run(t, src, func(o *Options) {
		o.PostMortem = true
		o.OnCallError = func(thread *starlark.Thread, _ error) {
			depth = Depth(thread)
			for _, f := range Frames(thread) {
				names = append(names, f.Source.Func)
			}
		}
	})
	if depth != 2 || !slices.Equal(names, []string{"f", ""}) {
		t.Errorf("depth %d, frames %q, want those of f and the file", depth, names)
	}
	e := r.failure(t)
	if len(e.Frames) != 2 || len(e.Backtrace) != 2 {
		t.Fatalf("%d frames, backtrace %+v, want two each", len(e.Frames), e.Backtrace)
	}
	for name, want := range map[string]string{"p": "7", "a": "1", "b": "2"} {
		if v := e.Frames[0].Locals[name]; v == nil || v.String() != want {
			t.Errorf("%s = %v, want %s", name, v, want)
		}
	}
	if v := e.Frames[1].Locals["g"]; v == nil || v.String() != "3" || !e.Frames[1].TopLevel() {
		t.Errorf("g = %v in %+v, want 3", v, e.Frames[1].Source)
	}
}

func TestSkip(t *testing.T) {
	for name, c := range map[string]struct{ src, log, skipped string }{
		"both forms": {`
for _ in subtest("loop"):
    for _ in log_nested("x"):
        skip("no disk")
    print("not reached")
print(subtest("call", lambda: skip("no net")))
for _ in subtest("outer"):
    for _ in subtest("inner"):
        skip("inner alone")
    print("goes on")
`, `
loop
  x
  skipped x
skipped loop
call
skipped call
- None
outer
  inner
  skipped inner
  - goes on
passed outer
`, ""},
		"a test function": {`
def test_a():
    def deep():
        skip("not here")
    deep()
def test_b():
    print("b")
`, `
test_a
skipped test_a
test_b
  - b
passed test_b
`, ""},
		"the whole test": {"print(1)\nskip('no KVM')\nprint(2)\ndef test_a(): fail()\n", "- 1", "no KVM"},
		"what expects a failure does not get it": {`
for _ in subtest("a"):
    try_it(lambda: skip("s"))
print("on")
`, `
a
skipped a
- on
`, ""},
		"a thread": {`
for _ in subtest("a"):
    parallel([lambda: skip("s")])
print("on")
`, `
a
  parallel: lambda
  skipped parallel: lambda
skipped a
- on
`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			told := 0
			r := run(t, c.src, withNested, func(o *Options) {
				o.OnFailure = func(context.Context, *Error) { told++ }
				o.OnCallError = func(*starlark.Thread, error) { told++ }
			})
			mustLog(t, r, c.log)
			if skip := IsSkip(r.err); told > 0 || (c.skipped == "") != (r.err == nil) || c.skipped != "" && (skip == nil || skip.Reason != c.skipped) {
				t.Errorf("ended with %v (told %d failures), want the reason %q", r.err, told, c.skipped)
			}
		})
	}
	e := run(t, "s = subtest('a')\nfor _ in s:\n    skip('x')").failure(t)
	if want := `skip: the subtest "a" can't be skipped: write it as "for _ in subtest("a"):" in a script, or as subtest(name, fn)`; e.Message != want {
		t.Errorf("%s\nwant %s", e.Message, want)
	}
	for _, ev := range run(t, "subtest('a', lambda: skip('why'))").log.events {
		if ev.Kind == report.End && (ev.Status != report.Skipped || ev.Error != "why") {
			t.Errorf("ended as %s: %q", ev.Status, ev.Error)
		}
	}
}

// withNested adds functions that other packages have.
func withNested(o *Options) {
	o.Predeclared["log_nested"] = NewFunction(o.Predeclared["skip"].(*Builtin).decl, func(_ context.Context, c *Call) (starlark.Value, error) {
		return NewScope(c, report.Entry{Action: report.ActionNested, Text: c.String("reason")}), nil
	})
	o.Predeclared["try_it"] = NewFunction(o.Predeclared["retry"].(*Builtin).decl, func(ctx context.Context, c *Call) (starlark.Value, error) {
		_, _, err := c.Try(ctx, c.Callable("fn"))
		return nil, err
	})
}

func TestExpectedFailures(t *testing.T) {
	for name, c := range map[string]struct {
		src, log string
		failures []string // "subtest: message at line"
	}{
		"it fails": {`
for _ in subtest("a"):
    xfail("bug 7")
    server.succeed("false")
print("on")
def test_b():
    xfail("bug 8")
    server.crash()
`, `
a
  must succeed: false
  failed must succeed: false
expected-failure a
- on
test_b
expected-failure test_b
`, nil},
		"it passes": {`
for _ in subtest("a"):
    xfail("bug 7")
print("not reached")
`, `
a
failed a
`, []string{"a: unexpectedly passed, although it was expected to fail: bug 7 at 2"}},
		"a test function passes": {"def test_a():\n    xfail('why')\n", "test_a\nfailed test_a",
			[]string{"test_a: unexpectedly passed, although it was expected to fail: why at 1"}},
		"it fails before":             {"for _ in subtest('a'):\n    server.succeed('false')\n    xfail('late')", "", []string{"a: command `false` failed (exit status 1) at 2"}},
		"a mistake is never expected": {"for _ in subtest('a'):\n    xfail('why')\n    [][1]\n", "", []string{"a: index 1 out of range: empty list at 3"}},
		"the inner subtest":           {"for _ in subtest('a'):\n    for _ in subtest('b'):\n        xfail('why')\n        fail('x')\n    fail('y')", "", []string{"a: y at 5"}},
		"a skipped one":               {"for _ in subtest('a'):\n    xfail('why')\n    skip('x')", "a\nskipped a", nil},
		"outside of subtests":         {"xfail('why')", "", []string{": xfail: xfail must be called in the subtest or the test function that is expected to fail at 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, c.src)
			if c.log != "" {
				mustLog(t, r, c.log)
			}
			if got := failuresOf(r.err); !slices.Equal(got, c.failures) {
				t.Errorf("%q\nwant %q", got, c.failures)
			}
		})
	}
}

func failuresOf(err error) (out []string) {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	for _, f := range append([]*Error{e}, e.More...) {
		at := f.Backtrace[len(f.Backtrace)-1]
		out = append(out, strings.Join(f.Subtests, " / ")+": "+f.Message+" at "+strconv.Itoa(at.Line))
	}
	return out
}

func TestKeepGoingAfterSubtests(t *testing.T) {
	src := `
for _ in subtest("a"):
    for _ in subtest("inner"):
        fail("one")
    print("not reached")
print(subtest("b", lambda: fail("two")))
def f():
    for _ in subtest("c"):
        xfail("bug")
    print("on")
f()
try_it(lambda: subtest("d", lambda: fail("expected")))
def test_e():
    for _ in subtest("inner"):
        fail("four")
    print("not reached")
def test_f():
    print("f")
`
	var told []string
	r := run(t, src, withNested, func(o *Options) {
		o.KeepGoing = true
		o.OnFailure = func(_ context.Context, e *Error) { told = append(told, failuresOf(e)...) }
	})
	mustLog(t, r, `
a
  inner
  failed inner
failed a
b
failed b
- None
c
failed c
- on
d
failed d
test_e
  inner
  failed inner
failed test_e
test_f
  - f
passed test_f
`)
	want := []string{"a / inner: one at 4", "b: two at 6", "c: unexpectedly passed, although it was expected to fail: bug at 8", "test_e / inner: four at 15"}
	if got := failuresOf(r.err); !slices.Equal(got, want) || !slices.Equal(told, want) {
		t.Errorf("failures %q\ntold %q\nwant %q", got, told, want)
	}
	if got := failuresOf(run(t, "subtest('a', lambda: fail('one'))\nskip('rest')", func(o *Options) { o.KeepGoing = true }).err); len(got) != 1 {
		t.Errorf("%q: a script that failed is not skipped", got)
	}
	e := run(t, "subtest('a', lambda: fail('one'))\nprint(1)").failure(t)
	if len(e.More) > 0 {
		t.Errorf("went on without being told: %v", e.More)
	}
}
