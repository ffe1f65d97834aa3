package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

// typist is an Editor with prepared statements.
type typist struct {
	lines []string
	saw   func(complete Completer) // called at the end
}

func (t *typist) Read(_ context.Context, _ string, complete Completer) (string, error) {
	if len(t.lines) == 0 {
		if t.saw != nil {
			t.saw(complete)
		}
		return "", io.EOF
	}
	line := t.lines[0]
	t.lines = t.lines[1:]
	if line == "^C" {
		return "", ErrInterrupt
	}
	return line, nil
}

// session runs statements as if a user typed them and returns the output.
func session(t *testing.T, o Options, saw func(Completer), lines ...string) string {
	t.Helper()
	var out strings.Builder
	log := report.NewLog(nil)
	d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir(), Log: log, Name: "session", Reuse: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	o.Console = &Console{Editor: &typist{lines, saw}, Out: &out, Interactive: true}
	o.Driver, o.Log = d, log
	if err := New(o).Run(t.Context()); err != nil {
		t.Errorf("the session ended with %v", err)
	}
	return out.String()
}

func TestSession(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"values are shown, None is not", []string{"1 + 1", "None", `"a\x1b[31m"`, "x = 3", "x"}, "2\n\"a\\x1b[31m\"\n3\n"},
		{"a block", []string{"def f(n):\n    return n * 2\n", "f(4)"}, "8\n"},
		{"a failure does not end the session", []string{"1 // 0", "2"}, "error: floored division by zero\n2\n"},
		{"a syntax error shows its place", []string{"x = = 1", "2"}, "<input 1>:1:5\n    x = = 1\n        ^\nerror: "},
		{"an unknown name", []string{"nothing", "2"}, "undefined: nothing"},
		{"Ctrl-C at the prompt", []string{"^C", "2"}, "2\n"},
		{"blank lines", []string{"", "  ", "2"}, "2\n"},
		{"print", []string{"print('hello', 1)"}, "hello 1\n"},
		{"a name survives the failure after it", []string{"y = 5; fail('on purpose')", "y"}, "on purpose\n5\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := session(t, Options{}, nil, c.lines...); !strings.Contains(got, c.want) {
				t.Errorf("shown:\n%s\nwant in it:\n%s", got, c.want)
			}
		})
	}
}

func TestSessionLoads(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lib.star"), []byte("def twice(n):\n    return 2 * n\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := session(t, Options{Root: dir}, nil, `load("//lib.star", "twice")`, "twice(21)")
	if got != "42\n\n" {
		t.Errorf("shown: %q", got)
	}
}

// The script's names can be used after test_script(), even if it failed; run_tests() is the whole run.
func TestSessionRunsTheTest(t *testing.T) {
	var whole []bool
	o := Options{Test: func(_ context.Context, w bool) (starlark.StringDict, error) {
		whole = append(whole, w)
		g := starlark.StringDict{"answer": starlark.MakeInt(40 + len(whole))}
		if len(whole) == 2 {
			return g, script.Failf("the test failed")
		}
		return g, nil
	}}
	got := session(t, o, nil, "test_script()", "answer", "test_script()", "answer", "run_tests()")
	if want := "41\ntest failure: the test failed\n42\n\n"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
	if diff := cmp.Diff([]bool{false, false, true}, whole); diff != "" {
		t.Error(diff)
	}
	if got := session(t, Options{}, nil, "test_script()"); !strings.Contains(got, "has no test script") {
		t.Errorf("without a script: %q", got)
	}
}

func TestSessionWithoutTerminal(t *testing.T) {
	for _, statement := range []string{"machine.shell_interact()", "machine.console_interact()"} {
		var out strings.Builder
		d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir(), Name: "session"})
		if err != nil {
			t.Fatal(err)
		}
		c := &Console{Out: &out}
		c.Editor = NewPipe(strings.NewReader("machine = create_machine('true', name = 'machine')\n" + statement + "\n"))
		o := Options{Console: c, Driver: d, Log: report.NewLog(nil)}
		o.Hooks.Shell, o.Hooks.Console = c.Shell, c.Serial
		if err := New(o).Run(t.Context()); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: the session ended with %v", statement, err)
		}
		if !strings.Contains(out.String(), "needs a terminal") {
			t.Errorf("%s: %s", statement, out.String())
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCompletion asks for what can stand at the end of a text.
func TestCompletion(t *testing.T) {
	texts := map[string]struct {
		want   []string // the proposals begin with these
		hint   string
		absent string
	}{
		"machine.wait_for_sh":            {want: []string{"wait_for_shutdown"}, absent: "succeed"},
		"machine.succeed(":               {hint: "succeed(*commands", want: []string{"timeout = "}},
		"machine.wait_for_unit('x', use": {hint: "wait_for_unit(unit", want: []string{"user = "}},
		"x = mach":                       {want: []string{"machine", "machines"}},
		"re.sea":                         {want: []string{"search"}},
		"'abc'.upp":                      {},
		"'mach":                          {absent: "machine"},
		"# mach":                         {absent: "machine"},
		"mine(":                          {hint: "mine(first, second = 2)", want: []string{"first = ", "second = "}},
		"nothing.at.all.":                {},
		"machine.succeed('x').":          {},
		"(":                              {want: nil},
	}
	session(t, Options{}, func(complete Completer) {
		for text, c := range texts {
			p := complete(text, len(text))
			var got []string
			for _, it := range p.Items {
				got = append(got, it.Text)
			}
			for i, w := range c.want {
				if i >= len(got) || got[i] != w {
					t.Errorf("%s: %q is proposed, want %q", text, got, c.want)
					break
				}
			}
			for _, g := range got {
				if c.absent != "" && strings.HasPrefix(g, c.absent) {
					t.Errorf("%s: %q is proposed", text, g)
				}
			}
			if !strings.Contains(p.Hint, c.hint) {
				t.Errorf("%s: the hint is %q, want %q", text, p.Hint, c.hint)
			}
		}
	}, "machine = create_machine('true', name = 'machine')", "def mine(first, second = 2):\n    return first\n")
}

func TestHelp(t *testing.T) {
	for statement, want := range map[string]string{
		"help()":                "test_script()",
		"help(start_all)":       "start_all()",
		"help(machine.succeed)": "Machine.succeed(*commands",
		"help(machine)":         "wait_for_unit(",
		"help(re)":              "module re",
		"help('x')":             "a value of type str",
		"help(mine)":            "    Says what it does.",
		"help(1, 2)":            "error: help: got 2 arguments, want at most 1",
	} {
		got := session(t, Options{}, nil, "machine = create_machine('true', name = 'machine')",
			"def mine(first):\n    \"\"\"Says what it does.\"\"\"\n    return first\n", statement)
		if !strings.Contains(got, want) {
			t.Errorf("%s shows\n%s\nwant in it %q", statement, got, want)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if len([]rune(line)) > 80 {
				t.Errorf("%s: a line is wider than 80 columns: %s", statement, line)
			}
		}
	}
}

// TestPipe splits the input of a pipe into statements.
func TestPipe(t *testing.T) {
	p := NewPipe(strings.NewReader("a = 1\n\n# comment\nif a:\n    b = [\n  1,\n]\n\n    c = \"\"\"x\ny\"\"\"\nelse:\n    d\nf(\n  2)\nlast"))
	var got []string
	for {
		text, err := p.Read(t.Context(), "", nil)
		if strings.TrimSpace(text) != "" {
			got = append(got, strings.TrimSpace(text))
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		if len(got) > 20 {
			t.Fatal("the input does not end")
		}
	}
	want := []string{"a = 1", "if a:\n    b = [\n  1,\n]\n\n    c = \"\"\"x\ny\"\"\"\nelse:\n    d", "f(\n  2)", "last"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestComplete reports whether Enter ends a statement.
func TestComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"1 + 1":                    true,
		"f(1,":                     false,
		"f(1,\n2)":                 true,
		"def f():":                 false,
		"def f():\n    return 1":   false,
		"def f():\n    return 1\n": true,
		"x = \"\"\"a":              false,
		"x = \"\"\"a\nb\"\"\"":     true,
		"if x:  # why\n    pass\n": true,
		"x = {1: 2}":               true,
		"for i in range(3):":       false,
		"x = 'for i in range(3):'": true,
		"f(lambda: 1)":             true,
		"x = 1 + \\":               false,
	} {
		if got := Complete(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	got := wrap("short\n    "+strings.Repeat("word ", 12)+"end\n  x", 40)
	want := "short\n    word word word word word word word\n    word word word word word end\n  x"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
