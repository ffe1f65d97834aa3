package script

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/pyre"
)

// write makes the files of a map from path to content in a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runFile runs main.star of a directory.
func runFile(t *testing.T, dir string) result {
	return run(t, "", func(o *Options) { o.Filename, o.Source = filepath.Join(dir, "main.star"), nil })
}

func TestLoad(t *testing.T) {
	dir := write(t, map[string]string{
		"main.star":        `load("lib/a.star", "a", twice = "double")` + "\n" + `load("//lib/b.star", "b")` + "\nprint(a, b, twice(3))",
		"lib/a.star":       `load("b.star", "b")` + "\nload(\"../c.star\", \"c\")\na: str = b + c\ndef double(x: int) -> int:\n    return 2 * x",
		"lib/b.star":       `b = "b"` + "\nprint('b runs')",
		"c.star":           `c = "c"`,
		"cycle/main.star":  `load("x.star", "x")`,
		"cycle/x.star":     "load(\"y.star\", \"x\")",
		"cycle/y.star":     "load(\"x.star\", \"x\")",
		"bad/main.star":    "load(\"x.star\", \"f\")\nf()",
		"bad/x.star":       "def f():\n    fail('in f')",
		"fails/main.star":  "load(\"x.star\", \"f\")",
		"fails/x.star":     "server.succeed('false')",
		"syntax/main.star": "load(\"x.star\", \"f\")",
		"syntax/x.star":    "def f(:",
		"escape/main.star": "load(\"link.star\", \"c\")",
	})
	mustLog(t, runFile(t, dir), "- b runs\n- bc b 6")
	if e := runFile(t, filepath.Join(dir, "bad")).failure(t); len(e.Backtrace) != 2 || !strings.HasSuffix(e.Backtrace[1].File, "bad/x.star") || strings.TrimSpace(e.Backtrace[1].Text) != "fail('in f')" {
		t.Errorf("%+v", e.Backtrace)
	}
	if e := runFile(t, filepath.Join(dir, "fails")).failure(t); e.Class != ClassTest || len(e.Backtrace) != 2 || e.Backtrace[1].Line != 1 || !strings.Contains(e.Backtrace[0].File, "main.star") {
		t.Errorf("%s %+v", e.Class, e)
	}
	if err := os.Symlink("../c.star", filepath.Join(dir, "escape/link.star")); err != nil {
		t.Fatal(err)
	}
	for sub, want := range map[string]string{
		"cycle": "x.star loads itself", "syntax": "x.star:1:6:", "escape": "escape",
	} {
		if e := runFile(t, filepath.Join(dir, sub)).failure(t); e.Class != ClassScript || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %s %s", sub, e.Class, e.Message)
		}
	}
	for module, want := range map[string]string{
		"../x.star": "outside of the test's root", "/etc/passwd": "must be relative", "none.star": "there is no file", "": "must be relative",
	} {
		d := write(t, map[string]string{"main.star": `load("` + module + `", "x")`})
		if e := runFile(t, d).failure(t); !strings.Contains(e.Message, want) {
			t.Errorf("load(%q): %s", module, e.Message)
		}
	}
	if e := run(t, `load("x.star", "x")`, func(o *Options) { o.Filename = "<string>" }).failure(t); !strings.Contains(e.Message, "not a file") {
		t.Error(e)
	}
}

const testFunctions = `
state = []
def test_b():
    """The second letter

    More."""
    print("b")
    state.append(1)
def helper(): pass
def test_a():
    print("a", state)
    server.succeed("false")
test_no_function = 1
def test_c(): print("c")
print("top")
`

func TestTestFunctions(t *testing.T) {
	r := run(t, testFunctions)
	mustLog(t, r, `
- top
The second letter
  - b
passed The second letter
test_a
  - a [1]
  must succeed: false
  failed must succeed: false
failed test_a
`)
	e := r.failure(t)
	if len(e.Subtests) != 1 || e.Subtests[0] != "test_a" || e.Backtrace[0].Func != "test_a" {
		t.Errorf("%+v", e)
	}

	var told []*Error
	r = run(t, testFunctions+"\ndef test_d(): 1 // 0", func(o *Options) {
		o.KeepGoing = true
		o.OnFailure = func(_ context.Context, e *Error) { told = append(told, e) }
	})
	e = r.failure(t)
	if len(e.More) != 1 || e.More[0].Subtests[0] != "test_d" || len(told) != 2 || told[0] != e || !strings.Contains(r.log.String(), "passed test_c") {
		t.Errorf("%+v told %v\n%s", e, told, r.log)
	}

	for pattern, want := range map[string]string{"second": "passed The second letter", "^test_c$": "passed test_c"} {
		re, err := pyre.Compile(pattern, 0)
		if err != nil {
			t.Fatal(err)
		}
		r = run(t, testFunctions, func(o *Options) { o.Match = re })
		if r.err != nil || strings.Count(r.log.String(), "passed") != 1 || !strings.HasSuffix(r.log.String(), want) {
			t.Errorf("--run %s: %v\n%s", pattern, r.err, r.log)
		}
	}
	re, _ := pyre.Compile("nothing", 0)
	if err := run(t, testFunctions, func(o *Options) { o.Match = re }).err; err == nil || !strings.Contains(err.Error(), `no test function matches "nothing"`) {
		t.Errorf("a pattern without a match: %v", err)
	}

	listed, err := TestsOf("a.star", []byte("x: int = undefined\n"+testFunctions))
	if err != nil || len(listed) != 3 || listed[1].Title != "test_a" || listed[1].Pos.Line != 11 {
		t.Errorf("list: %v %+v", err, listed)
	}
	opts, _ := options(testFunctions)
	p, err := Compile(opts)
	if err != nil || len(p.Tests()) != 3 || p.Tests()[0].Title != "The second letter" || p.Tests()[2].Name != "test_c" {
		t.Errorf("%v %+v", err, p.Tests())
	}
}

func TestTestFunctionWithParameters(t *testing.T) {
	e := run(t, "def test_x(a):\n    pass").failure(t)
	if e.Class != ClassScript || !strings.Contains(e.Message, "missing 1 argument (a)") {
		t.Errorf("%+v", e)
	}
}

func TestFailureIsToldBeforeTheRunIsCleanedUp(t *testing.T) {
	var log string
	r := run(t, "server.block()\nfail('x')", func(o *Options) {
		o.OnFailure = func(ctx context.Context, e *Error) { o.Log.Logf(ctx, "info", "told") }
	})
	log = r.log.String()
	if log != "- told\n- unblocked" {
		t.Error(log)
	}
}

func TestPositionsWithAnnotations(t *testing.T) {
	e := run(t, "x: dict[str, int] = {}; y: list[int] = [1]; y[5]").failure(t)
	if f := e.Backtrace[0]; f.Line != 1 || f.Col != 46 {
		t.Errorf("%+v", f)
	}
}

func TestSession(t *testing.T) {
	dir := write(t, map[string]string{"lib.star": "def double(x): return 2 * x"})
	opts, rec := options("")
	opts.Root = dir
	s := NewSession(opts)
	eval := func(src string) (string, error) {
		v, err := s.Eval(t.Context(), src)
		if v == nil {
			return "", err
		}
		return v.String(), err
	}
	for _, c := range []struct{ src, want string }{
		{"x: int = 1", ""},
		{"x + 1", "2"},
		{"load('lib.star', 'double')", ""},
		{"def f(a: int) -> int:\n    x = 5\n    return double(a + x)", ""},
		{"f(1)", "12"},
		{"for _ in subtest('s'):\n    server.succeed(str(x))", ""},
		{"server", "<Machine server>"},
		{"None", "None"},
		{"", ""},
	} {
		if got, err := eval(c.src); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", c.src, got, err)
		}
	}
	if want := "s\n  must succeed: 1\n  passed must succeed: 1\npassed s"; rec.String() != want {
		t.Errorf("log:\n%s", rec)
	}
	var se *SyntaxError
	for _, bad := range []string{"x = (", "undefined_name", "y = undefined_name"} {
		if _, err := eval(bad); !errors.As(err, &se) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	_, err := eval("z = 3\ndef g(): server.succeed('false')\ng()")
	var e *Error
	if !errors.As(err, &e) || len(e.Backtrace) != 2 || e.Backtrace[1].Text != "def g(): server.succeed('false')" || e.Class != ClassTest {
		t.Errorf("%+v", err)
	}
	if got, err := eval("z"); got != "3" || err != nil {
		t.Errorf("what was assigned before the failure: %s, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Eval(ctx, "server.sleep(100)"); !errors.As(err, &e) || e.Class != ClassInterrupted {
		t.Errorf("cancelled: %v", err)
	}
	if got, err := eval("z + 1"); got != "4" || err != nil {
		t.Errorf("after a cancelled input: %s, %v", got, err)
	}
}

func TestLoadFromARootAboveTheScript(t *testing.T) {
	dir := write(t, map[string]string{"tests/main.star": `load("../lib.star", "f")` + "\nf()", "lib.star": "def f(): fail('x')"})
	t.Chdir(filepath.Join(dir, "tests"))
	e := run(t, "", func(o *Options) { o.Filename, o.Source, o.Root = "main.star", nil, dir }).failure(t)
	if len(e.Backtrace) != 2 || e.Backtrace[1].File != "../lib.star" || e.Backtrace[1].Text == "" {
		t.Errorf("%+v", e)
	}
}
