package python

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gotest-driver/gotest-driver/script/check"
	starfmt "github.com/gotest-driver/gotest-driver/script/format"
)

// read reads the files of a pattern.
func read(t testing.TB, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no files", pattern, err)
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

// programs are small programs, each with its name.
func programs(t testing.TB) map[string]string {
	t.Helper()
	out := read(t, "testdata/programs/*.py")
	for file, text := range read(t, "testdata/snippets/*.py") {
		for _, part := range strings.Split("\n"+text, "\n#: ")[1:] {
			name, src, _ := strings.Cut(part, "\n")
			out[file+":"+name] = src + "\n"
		}
	}
	return out
}

// migrated returns the translation of a program without findings. It passes the check and is formatted.
func migrated(t *testing.T, name, src string) string {
	t.Helper()
	text, findings, err := Migrate(t.Context(), name, src)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	for _, f := range check.File(t.Context(), check.Config{}, "x.star", []byte(text)) {
		if f.Severity == check.Error && f.Code != check.ImpossibleComparison {
			t.Errorf("check finds %s in\n%s", f.Short(), text)
		}
	}
	again, err := starfmt.File("x.star", []byte(text))
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(text, string(again)); diff != "" {
		t.Errorf("fmt changes what migrate gives:\n%s", diff)
	}
	return text
}

// TestGolden compares translations with expected ones.
func TestGolden(t *testing.T) {
	for name, src := range read(t, "testdata/golden/*.py") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".py"), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(name, ".py") + ".star")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), migrated(t, name, src)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRunsAlike: a translation prints the same as the program under CPython, and fails in the same place.
func TestRunsAlike(t *testing.T) {
	var names, sources []string
	for name, src := range programs(t) {
		names, sources = append(names, name), append(sources, src)
	}
	want := runCPython(t, sources)
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			text := migrated(t, name, sources[i])
			got := runStarlark(t.Context(), "x.star", text)
			if got.out != want[i].out || got.failed != want[i].failed {
				t.Errorf("CPython prints (failed: %t)\n%s\nthe translation prints (%v)\n%s\n%s", want[i].failed, want[i].out, got.err, got.out, text)
			}
		})
	}
}

// TestFindings: each place without a form in Starlark has one finding. In the files, a comment after a line names
// the codes of its findings.
func TestFindings(t *testing.T) {
	for name, src := range read(t, "testdata/findings/*.py") {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".py"), func(t *testing.T) {
			var want, got []string
			for i, line := range strings.Split(src, "\n") {
				if _, codes, ok := strings.Cut(line, "# finds: "); ok {
					for _, code := range strings.Fields(codes) {
						want = append(want, fmt.Sprintf("%d %s", i+1, code))
					}
				}
			}
			text, findings, err := Migrate(t.Context(), name, src)
			if err != nil || text != "" {
				t.Fatal(err, text)
			}
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%d %s", f.Line, f.Code))
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n%v", diff, findings)
			}
		})
	}
}

// TestFindingText: a finding has its column, the reason and a hint.
func TestFindingText(t *testing.T) {
	const stays = "the script can stay in Python: `gotest-driver run` runs it unchanged"
	for src, want := range map[string]string{
		"class A:\n    pass\n":                     "x.py:1:1: a class has no counterpart in Starlark [class]\n    write functions, and struct(…) or dicts for data; or " + stays,
		"y = eval('x')\n":                          "x.py:1:5: the builtin `eval` has no counterpart in Starlark [builtin]\n    " + stays,
		"# é\nimport numpy\nnumpy.zeros(3)\n":      "x.py:2:1: the module `numpy` has no counterpart in Starlark [import]\n    run the code that needs it in a guest; or " + stays,
		"machine.start()\nmachine.succed('x')\n":   "x.py:2:1: `succed` of a Machine has no counterpart in Starlark [machine-attribute]\n    did you mean `succeed`?; or " + stays,
		"# a\n\nx = ''; machine.succeed(x, y=3)\n": "x.py:3:28: `succeed` has no parameter `y` [unknown-argument]\n    signature: succeed(*commands: ShellCommand, timeout: Duration | None = None, stream: bool = False) -> str; or " + stays,
	} {
		_, findings, err := Migrate(t.Context(), "x.py", src)
		if err != nil || len(findings) != 1 {
			t.Errorf("Migrate(%q): %v, %v; want one finding", src, findings, err)
			continue
		}
		if diff := cmp.Diff(want, findings[0].String()); diff != "" {
			t.Errorf("Migrate(%q):\n%s", src, diff)
		}
	}
}

// TestKeepsComments: every comment of a script is in its translation, once.
func TestKeepsComments(t *testing.T) {
	src := read(t, "testdata/programs/comments_everywhere.py")["testdata/programs/comments_everywhere.py"]
	text := migrated(t, "x.py", src)
	for line := range strings.Lines(src) {
		if i := strings.IndexByte(line, '#'); i >= 0 {
			if n := strings.Count(text, strings.TrimSpace(line[i:])); n != 1 {
				t.Errorf("%q is %d times in\n%s", line[i:], n, text)
			}
		}
	}
}

// TestDeep: deeply nested code is translated quickly.
func TestDeep(t *testing.T) {
	for _, c := range []struct{ before, middle, after string }{
		{"(1 == ", "1", ")"}, {"(1 < ", "1", " < 3)"}, {"int(str(", "0", "))"}, {"[", "0", "]"}, {"(", "1", " @ 1)"},
		{"sorted(v for v in ", "[0]", ")"}, {"list(map(str, ", "[0]", "))"}, {"(", "y", " ** 2)"}, {"({1: 1}.keys() == ", "1", ")"},
		{"next((v for v in [1]), ", "1", ")"}, {"(1 if 1 else ", "1", ")"}, {"isinstance(", "1", ", (str, int))"}, {"a[", "0", "]"},
	} {
		src := "a = [1]\ny = 2\nx = " + strings.Repeat(c.before, 40) + c.middle + strings.Repeat(c.after, 40) + "\n"
		if _, _, err := Migrate(t.Context(), "x.py", src); err != nil {
			t.Error(err)
		}
	}
}

func TestNotPython(t *testing.T) {
	_, _, err := Migrate(t.Context(), "x.nix", "{ pkgs, ... }:\n{\n  services.nginx.enable = true;\n}\n")
	if err == nil || !strings.HasPrefix(err.Error(), "x.nix:1:") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzMigrate finds scripts that crash the translation, or whose translation does not parse or pass the check.
func FuzzMigrate(f *testing.F) {
	for _, src := range programs(f) {
		f.Add(src)
	}
	for _, pattern := range []string{"testdata/golden/*.py", "testdata/findings/*.py"} {
		for _, src := range read(f, pattern) {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		text, findings, err := Migrate(context.Background(), "fuzz.py", src)
		if err != nil {
			if strings.Contains(err.Error(), "the translation does not parse") {
				t.Fatal(err)
			}
			return
		}
		if len(findings) > 0 {
			return
		}
		for _, f := range check.File(context.Background(), check.Config{}, "x.star", []byte(text)) {
			if f.Severity == check.Error && f.Code != check.ImpossibleComparison && !strings.HasPrefix(text[f.Range.Start:f.Range.End], nixPrefix) {
				t.Fatalf("check finds %s in\n%s", f.Short(), text)
			}
		}
	})
}

// BenchmarkMigrate translates a script of 1,300 lines.
func BenchmarkMigrate(b *testing.B) {
	var src strings.Builder
	all := programs(b)
	for i := 0; strings.Count(src.String(), "\n") < 1300; i++ {
		fmt.Fprintf(&src, "def part_%d():\n", i)
		for _, n := range []string{"subtests", "for_else", "machine_outputs", "json_values", "comments_everywhere"} {
			for line := range strings.Lines(all["testdata/programs/"+n+".py"]) {
				fmt.Fprintf(&src, "    %s", line)
			}
		}
	}
	for b.Loop() {
		if _, findings, err := Migrate(b.Context(), "x.py", src.String()); err != nil || len(findings) > 0 {
			b.Fatal(err, findings)
		}
	}
	b.ReportMetric(float64(strings.Count(src.String(), "\n")), "lines")
}
