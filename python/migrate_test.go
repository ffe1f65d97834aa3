package python

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/check"
)

func programs(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/programs/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	out := map[string]string{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[f] = string(src)
	}
	return out
}

// TestMigratedRunsAlike runs what migrate prints: it must behave as the Python file does when it is run.
func TestMigratedRunsAlike(t *testing.T) {
	for name, src := range programs(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".py"), func(t *testing.T) {
			want, _ := runLowered(name, src)
			compareMigrated(t, name, src, want)
		})
	}
}

func TestMigrateIsFormatted(t *testing.T) {
	for name, src := range programs(t) {
		text, _, err := Migrate(name, src)
		if err != nil {
			t.Fatal(err)
		}
		again, err := check.Format("x.star", []byte(text))
		if err != nil || string(again) != text {
			t.Errorf("%s: fmt changes what migrate prints (%v):\n%s\nto\n%s", name, err, text, again)
		}
	}
}

// TestKeepsComments: every comment of a script is in its translation, once.
func TestKeepsComments(t *testing.T) {
	src, err := os.ReadFile("testdata/programs/comments_everywhere.py")
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := Migrate("x.py", string(src))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(src), "\n") {
		if i := strings.IndexByte(line, '#'); i >= 0 {
			if n := strings.Count(text, strings.TrimSpace(line[i:])); n != 1 {
				t.Errorf("%q is %d times in\n%s", line[i:], n, text)
			}
		}
	}
}

// TestPollingCondition: the driver's own scopes stay what they are.
func TestPollingCondition(t *testing.T) {
	text, findings, err := Migrate("x.py", "@polling_condition(seconds_interval=5, description=\"up\")\ndef ready():\n    machine.succeed(\"true\")\n\nwith ready:\n    machine.succeed(\"id\")\nready.wait(timeout=30)\n")
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	for _, want := range []string{"ready = polling_condition(ready, interval = 5, description = \"up\")\n", "for _ in ready:\n", "machine: Machine\n", "ready.wait(timeout = 30)\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestFindings(t *testing.T) {
	for _, c := range []struct{ src, code, want string }{
		{"import numpy\n", "import", "x.py:1:1: the module `numpy` has no counterpart"},
		{"x = 1\ny = eval('x')\n", "builtin", "x.py:2:5: the builtin `eval` can't be translated"},
		{"async def f():\n    pass\n", "async", "x.py:1:1"},
		{"class A(list):\n    pass\n", "class", "x.py:1:9: a class derived from list"},
		{"try:\n    f()\nexcept E as e:\n    print(e.__context__)\n", "exception-context", "x.py:4:11"},
		{"x = 3j\n", "complex-number", "x.py:1:5"},
		{"machine.shell.send('x')\n", "machine-attribute", "x.py:1:1"},
		{"x = '\\N{BULLET}'\n", "string-escape", "x.py:1:5"},
		{"import subprocess\nsubprocess.list2cmdline('x')\n", "import", "x.py:2:1: `subprocess.list2cmdline` has no counterpart"},
	} {
		_, findings, err := Migrate("x.py", c.src)
		if err != nil || len(findings) != 1 {
			t.Errorf("Migrate(%q): %v, %v; want one finding", c.src, findings, err)
			continue
		}
		if f := findings[0]; f.Code != c.code || !strings.Contains(f.String(), c.want) {
			t.Errorf("Migrate(%q) finds %s, want %s with %q", c.src, f, c.code, c.want)
		}
	}
}

func TestErrorPositions(t *testing.T) {
	src := "def f(x):\n\n    return g(\n        x)\n\ndef g(y):\n    try:\n        return 1 // y\n    except KeyError:\n        pass\n\nif True:\n    f(0)\n"
	o, _ := runLowered("x.py", src)
	e, ok := o.err.(*starlark.EvalError)
	if !ok {
		t.Fatalf("%T: %v", o.err, o.err)
	}
	var lines []string
	for _, fr := range e.CallStack {
		if fr.Pos.Line > 0 {
			lines = append(lines, fmt.Sprintf("%s:%d", fr.Pos.Filename(), fr.Pos.Line))
		}
	}
	if got, want := strings.Join(lines, " "), "x.py:13 x.py:3 x.py:7 x.py:8"; got != want {
		t.Errorf("backtrace %s, want %s", got, want)
	}
}

func TestNotPython(t *testing.T) {
	if _, _, err := Migrate("x.nix", "{ pkgs, ... }:\n{\n  services.nginx.enable = true;\n}\n"); err == nil || !strings.HasPrefix(err.Error(), "x.nix:1:") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzMigrate finds scripts that crash the translation, or whose translation does not parse.
func FuzzMigrate(f *testing.F) {
	for _, src := range programs(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, findings, err := Migrate("fuzz.py", src)
		if err != nil && strings.Contains(err.Error(), "the translation does not parse") && len(findings) == 0 {
			t.Fatal(err)
		}
		p, err := Lower("fuzz.py", src)
		if err != nil || len(p.Findings) > 0 {
			return
		}
		if _, err := p.Parse(); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkMigrate translates a script of 1,300 lines.
func BenchmarkMigrate(b *testing.B) {
	var src strings.Builder
	all := programs(b)
	for i := 0; strings.Count(src.String(), "\n") < 1300; i++ {
		fmt.Fprintf(&src, "def part_%d():\n", i)
		for _, n := range []string{"subtests", "try_loop", "machine_outputs", "json_values", "comments_everywhere", "str_methods"} {
			for _, line := range strings.Split(all["testdata/programs/"+n+".py"], "\n") {
				fmt.Fprintf(&src, "    %s\n", line)
			}
		}
	}
	b.ResetTimer()
	for range b.N {
		if _, _, err := Migrate("x.py", src.String()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(strings.Count(src.String(), "\n")), "lines")
}
