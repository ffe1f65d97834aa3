package modules

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/dlclark/regexp2"
	"go.starlark.net/starlark"
	"go.uber.org/goleak"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { regexp2.StopTimeoutClock() }))
}

func TestEveryDeclaredFunctionIsThere(t *testing.T) {
	for name, m := range all(Options{}) {
		if err := script.VerifyModule(api.Load().Module(name), m.impls, m.vars); err != nil {
			t.Error(err)
		}
	}
	re := newRegexps()
	for _, c := range []*script.Class{re.patterns, re.matches} {
		if err := c.Verify(); err != nil {
			t.Error(err)
		}
	}
	env := New(Options{})
	for _, m := range append(api.Load().Modules, api.Load().Starlark.Modules...) {
		v, ok := env[m.Name].(starlark.HasAttrs)
		if !ok {
			t.Errorf("there is no module %s", m.Name)
			continue
		}
		for _, f := range m.Functions {
			if got, err := v.Attr(f.Name); got == nil || err != nil {
				t.Errorf("%s is declared but not there: %v", f.FullName(), err)
			}
		}
	}
}

type messages struct {
	mu    sync.Mutex
	lines []string
}

func (m *messages) Handle(e report.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e.Kind {
	case report.Message:
		m.lines = append(m.lines, string(e.Level)+" "+e.Text)
	case report.Begin:
		m.lines = append(m.lines, "begin "+e.Text)
	case report.End:
		m.lines = append(m.lines, "end "+string(e.Status))
	}
}

func (m *messages) Close() error { return nil }

func run(t *testing.T, src string) (string, error) {
	t.Helper()
	rec := &messages{}
	env := New(Options{Seed: 1, Environ: []string{"HOME=/root", "A=b=c"}})
	maps.Copy(env, script.Builtins())
	err := script.Run(t.Context(), script.Options{Filename: "a.star", Source: []byte(src), Predeclared: env, Log: report.NewLog(nil, rec)})
	return strings.Join(rec.lines, "\n"), err
}

// TestValues evaluates expressions; each must be true.
func TestValues(t *testing.T) {
	for _, expr := range []string{
		`re.search("(?P<a>b+)(c)?", "abbb").group() == "bbb"`,
		`re.search("(?P<a>b+)(c)?", "abbb").group("a", 2) == ("bbb", None)`,
		`re.search("(?P<a>b+)(c)?", "abbb").groups("x") == ("bbb", "x")`,
		`re.search("(?P<a>b+)(c)?", "abbb").groupdict() == {"a": "bbb"}`,
		`re.search("(b)(c)?", "abbb").span(1) == (1, 2)`,
		`re.search("(b)(c)?", "abbb").start(2) == -1`,
		`re.search("x", "abbb") == None`,
		`re.match("b", "ab") == None and re.match("a", "ab").end() == 1`,
		`re.fullmatch("a", "ab") == None and bool(re.fullmatch("ab", "ab"))`,
		`re.findall("\\d", "1a2") == ["1", "2"] and re.findall("(\\w)(\\d)", "a1b2") == [("a", "1"), ("b", "2")]`,
		`re.findall("(a)|b", "ab") == ["a", ""]`,
		`[m.start() for m in re.finditer("a", "aba")] == [0, 2]`,
		`re.sub("(a)(b)?", r"<\1\2>", "abca") == "<ab>c<a>"`,
		`re.sub("[ab]", lambda m: m.group().upper(), "abc", count = 1) == "Abc"`,
		`re.split("(-)|,", "a-b,c", maxsplit = 1) == ["a", "-", "b,c"]`,
		`re.compile("A", re.I).search("xa").string == "xa" and re.compile("a").pattern == "a"`,
		`re.search(re.compile("a"), "a").group(0) == "a"`,
		`re.search("^b$", "a\nb", re.M | re.S) != None`,
		`re.escape("a.b") == r"a\.b"`,
		`shlex.quote("it's") == "'it'\"'\"'s'" and shlex.quote("a/b") == "a/b" and shlex.quote("") == "''"`,
		`shlex.join(["a", "b c"]) == "a 'b c'"`,
		`shlex.split("a 'b c' \"d\\\"e\\x\" f\\ g ''") == ["a", "b c", "d\"e\\x", "f g", ""]`,
		`shlex.split("a # b", comments = True) == ["a"] and shlex.split("a # b") == ["a", "#", "b"]`,
		`base64.b64encode("hé") == "aMOp" and base64.b64decode("aMOp") == bytes("hé")`,
		`base64.urlsafe_b64encode(bytes([251, 255])) == "-_8=" and base64.urlsafe_b64decode("-_8=") == bytes([251, 255])`,
		`os.environ["A"] == "b=c" and os.getenv("NONE") == None and os.getenv("HOME", "x") == "/root"`,
		`all([0 <= random.random() and random.random() < 1 for _ in range(100)])`,
		`set([random.randint(1, 3) for _ in range(200)]) == set([1, 2, 3])`,
		`set([random.randrange(4, 0, -2) for _ in range(200)]) == set([4, 2])`,
		`set([random.randrange(2) for _ in range(200)]) == set([0, 1])`,
		`sorted(random.sample([1, 2, 3], 3)) == [1, 2, 3] and len(random.choices([1], k = 4)) == 4`,
		`random.choice((7,)) == 7 and 1 <= random.uniform(1, 2) and random.uniform(1, 2) <= 2`,
		`json.loads(json.dumps({"a": [1, None]})) == {"a": [1, None]} and json.dumps([1], indent = 2) == "[\n  1\n]" and json.dumps([1], indent = -1) == "[\n1\n]"`,
		`json.decode("{}") == {} and math.floor(1.5) == 1 and str(5 * time.minute) == "5m0s"`,
		`struct(a = 1).a == 1`,
	} {
		if out, err := run(t, "print("+expr+")"); err != nil || out != "info True" {
			t.Errorf("%s: %s, %v", expr, out, err)
		}
	}
}

func TestRandomRepeatsWithTheSeed(t *testing.T) {
	src := "x = [1, 2, 3, 4, 5, 6, 7]\nrandom.shuffle(x)\nprint(x, random.random())\nrandom.seed(1)\ny = [1, 2, 3, 4, 5, 6, 7]\nrandom.shuffle(y)\nprint(y, random.random())"
	out, err := run(t, src)
	if a, b, _ := strings.Cut(out, "\n"); err != nil || a != b || strings.Contains(a, "[1, 2, 3, 4, 5, 6, 7]") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestPassingAssertions(t *testing.T) {
	_, err := run(t, `
l = [1]
t.assertEqual([1, {"a": 2}], [1, {"a": 2}]); t.assertNotEqual(1, 2); t.assertTrue(1); t.assertFalse("")
t.assertIn("a", "abc"); t.assertNotIn(1, [2]); t.assertIs(l, l); t.assertIsNot(l, [1]); t.assertIs(None, None); t.assertIs(1, 1)
t.assertIsNone(None); t.assertIsNotNone(0); t.assertIsInstance("", str); t.assertIsInstance("", "string"); t.assertIsInstance(1, (str, int))
t.assertGreater(2, 1); t.assertGreaterEqual(2, 2); t.assertLess(1, 2); t.assertLessEqual(1, 1)
t.assertRegex("abc", "b"); t.assertRegex("abc", re.compile("B", re.I)); t.assertNotRegex("abc", "x")
t.assertCountEqual([1, 2, 1], (2, 1, 1)); t.assertListEqual([], []); t.assertTupleEqual((), ()); t.assertSetEqual(set([1]), set([1]))
t.assertDictEqual({}, {}); t.assertMultiLineEqual("a\nb", "a\nb"); t.assertAlmostEqual(1, 1.00000001); t.assertAlmostEqual(1, 1.4, delta = 0.5)
t.assertNotAlmostEqual(1, 1.1); t.assertRaises(lambda: fail("no")); t.assertRaises(lambda: [][1], "out of range")
assert(1); assert.eq(1, 1.0); assert.ne(1, 2); assert.true("x"); assert.contains([1], 1); assert.fails(lambda: 1 // 0, "division")
for _ in subtest("a"):
    assert.fails(lambda: fail("x"))
`)
	if err != nil {
		t.Error(err)
	}
}

func TestFailingAssertions(t *testing.T) {
	for src, want := range map[string]string{
		`t.assertEqual(1, 2)`:                         `1 != 2`,
		`t.assertEqual(1, 2, "numbers")`:              `1 != 2 : numbers`,
		`t.assertEqual("a", 1)`:                       `"a" != 1`,
		`t.assertNotEqual(1, 1)`:                      `1 == 1`,
		`t.assertTrue([])`:                            `[] is not true`,
		`t.assertFalse(1, msg = "x")`:                 `1 is not false : x`,
		`t.assertIn("x", ["a"])`:                      `"x" not found in ["a"]`,
		`t.assertNotIn("a", "abc")`:                   `"a" unexpectedly found in "abc"`,
		`t.assertIs([], [])`:                          `[] is not the same value as []`,
		`t.assertIsNot(1, 1)`:                         `both are the same value: 1`,
		`t.assertIsNone(0)`:                           `0 is not None`,
		`t.assertIsNotNone(None)`:                     `unexpectedly None`,
		`t.assertIsInstance("a", int)`:                `"a" is a str, not an instance of <built-in function int>`,
		`t.assertGreater(1, 1)`:                       `1 is not greater than 1`,
		`t.assertLessEqual(2, 1)`:                     `2 is not less than or equal to 1`,
		`t.assertRegex("abc", "x+")`:                  `"x+" not found in "abc"`,
		`t.assertNotRegex("abc", "b.")`:               `"b." unexpectedly found: it matches "bc" in "abc"`,
		`t.assertCountEqual([1, 1], [1, 2])`:          `element counts are not equal: only in the first: [1], only in the second: [2]`,
		`t.assertAlmostEqual(1, 1.1)`:                 `1 != 1.1 within 7 places (0.10000000000000009 difference)`,
		`t.assertNotAlmostEqual(1, 1.1, delta = 0.5)`: `1 == 1.1 within 0.5 delta (0.10000000000000009 difference)`,
		`t.assertRaises(lambda: 1)`:                   `lambda did not fail`,
		`t.assertRaises(lambda: fail("abc"), "x")`:    `"x" does not match the failure of lambda: abc`,
		`t.assertRaises(fail, "x", args = ["abc"])`:   `"x" does not match the failure of fail: abc`,
		`t.assertRaises(int, args = ("1",))`:          `int did not fail`,
		`t.assertNotIsInstance("a", (int, str))`:      `"a" is an instance of (<built-in function int>, <built-in function str>)`,
		`t.assertSequenceEqual([1], (1, 2))`:          "[1] != [1, 2]\n--- first\n+++ second\n@@ -1,3 +1,4 @@\n [\n   1,\n+  2,\n ]",
		`t.assertSequenceEqual((1,), (2,))`:           "(1,) != (2,)\n--- first\n+++ second\n@@ -1,3 +1,3 @@\n (\n-  1,\n+  2,\n )",
		`t.assertSequenceEqual([1], [1], "m", tuple)`: `the first sequence is a list, not an instance of <built-in function tuple>: [1] : m`,
		`t.fail("why")`:                               `why`,
		`assert(1 == 2)`:                              `assertion failed: assert(1 == 2)`,
		`assert(1 == 2, "sums")`:                      `assertion failed : sums`,
		`assert.eq(1, 2)`:                             `1 != 2`,
		`assert.contains([1], 2)`:                     `2 not found in [1]`,
		`t.assertMultiLineEqual("a\nb\n", "a\nc\n")`:  "\"a\\nb\\n\" != \"a\\nc\\n\"\n--- first\n+++ second\n@@ -1,2 +1,2 @@\n a\n-b\n+c",
		`t.assertEqual({"b": 1, "a": [1, 2]}, {"a": [1, 3], "b": 1})`: "{\"b\": 1, \"a\": [1, 2]} != {\"a\": [1, 3], \"b\": 1}\n--- first\n+++ second\n@@ -1,7 +1,7 @@\n {\n   \"a\": [\n     1,\n" +
			"-    2,\n+    3,\n   ],\n   \"b\": 1,\n }",
	} {
		_, err := run(t, src)
		var e *script.Error
		if !errors.As(err, &e) || e.Class != script.ClassTest || e.Message != want {
			t.Errorf("%s:\ngot  %v\nwant %s", src, err, want)
		}
	}
}

func TestDifferenceOfValuesThatHoldThemselves(t *testing.T) {
	for src, want := range map[string]string{
		"l = [1]\nl.extend([l, (l,)])\nt.assertEqual(l, [1])": "[1, [...], ([...],)] != [1]\n",
		"d = {}\nd[1] = [d, d]\nt.assertEqual(d, {1: 2})":     "{1: [{...}, {...}]} != {1: 2}\n",
	} {
		_, err := run(t, src)
		var e *script.Error
		if !errors.As(err, &e) || e.Class != script.ClassTest || !strings.HasPrefix(e.Message, want) || len(e.Message) > 1000 {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	for src, want := range map[string]string{
		`re.search("(", "a")`:                 "missing ), unterminated subpattern",
		`re.search("a", "a").group(1)`:        "there is no group 1",
		`re.compile("a").search(1)`:           "search: string must be str, not 1 (int)",
		`re.sub("a", r"\2", "a")`:             "invalid group reference 2",
		`re.search(re.compile("a"), "", 2)`:   "takes no flags",
		`re.search("(a+)+$", "a" * 40 + "b")`: "takes too long",
		`shlex.split("'a")`:                   "no closing quotation",
		`base64.b64decode("!")`:               "illegal base64 data",
		`random.choice([])`:                   "seq is empty",
		`random.randint(2, 1)`:                "no number from 2 to 1",
		`t.assertLess(1, "a")`:                "not implemented",
		`t.assertNotIsInstance(1, 2)`:         "cls must be a type such as str, or its name, not 2",
		`t.assertSequenceEqual("a", [1])`:     "first must be list[Any] | tuple[Any, ...], not",
		`t.assertEquals(1, 1)`:                "did you mean .assertEqual?",
		`os.environ["x"] = "y"`:               "frozen",
		`assert.eq(1)`:                        "missing: b",
	} {
		_, err := run(t, src)
		var e *script.Error
		if !errors.As(err, &e) || e.Class != script.ClassScript || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %v, want a script error with %s", src, err, want)
		}
	}
}

func TestLog(t *testing.T) {
	out, err := run(t, `
log.debug("a")
log.warning({"b": 1})
for _ in log.nested("in"):
    log.log("c")
    log.error("d")
    log.log("e")
`)
	want := "debug a\nwarning {\"b\": 1}\nbegin in\ninfo c\nerror d\nend failed"
	var failure *script.Error
	if !errors.As(err, &failure) || failure.Class != script.ClassTest || out != want {
		t.Errorf("%s, %v", out, err)
	}
}

func TestBreakpointSeesTheFrame(t *testing.T) {
	var got string
	env := New(Options{Breakpoint: func(thread *starlark.Thread) error {
		frames := script.Frames(thread)
		v, err := frames[0].Eval(t.Context(), "a + inner() + top")
		if err != nil {
			return err
		}
		got = v.String() + " " + frames[0].Source.Func
		_, err = frames[0].Eval(t.Context(), "a +")
		if err == nil {
			return errors.New("a syntax error was accepted")
		}
		return nil
	}})
	err := script.Run(t.Context(), script.Options{Filename: "a.star", Predeclared: env, Source: []byte(`
top = 100
def f(a):
    b = 20
    inner = lambda: b
    debug.breakpoint()
f(3)
`)})
	if err != nil || got != "123 f" {
		t.Errorf("%s, %v", got, err)
	}
}

// TestSleep: a wait lasts as long as it should, other threads continue in the meantime, and the end of the run ends it.
func TestSleep(t *testing.T) {
	if out, err := run(t, "before = time.now()\ntime.sleep(0.01)\ntime.sleep(20 * time.millisecond)\nprint((time.now() - before).milliseconds >= 30)"); err != nil || out != "info True" {
		t.Errorf("%s, %v", out, err)
	}
	const both = `
woken = []
def sleeper():
    for _ in range(1000000):
        if woken:
            return "slept"
        time.sleep(0.001)
def waker():
    woken.append(1)
print(parallel([sleeper, waker])[0])
`
	if out, err := run(t, both); err != nil || !strings.Contains(out, "info slept") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := run(t, "time.sleep(-1)"); err == nil || !strings.Contains(err.Error(), "negative") {
		t.Errorf("a negative time: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cut := errors.New("the run is cut")
	env := New(Options{})
	env["cut"] = starlark.NewBuiltin("cut", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		cancel(cut)
		return starlark.None, nil
	})
	err := script.Run(ctx, script.Options{Filename: "a.star", Source: []byte("cut()\ntime.sleep(1000000)"), Predeclared: env, Log: report.NewLog(nil)})
	if err == nil || !strings.Contains(err.Error(), cut.Error()) {
		t.Errorf("%v, want that %v", err, cut)
	}
}
