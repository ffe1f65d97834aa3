package suite

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// tree writes files below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// stars returns the files that end in .star, in the order of their names.
func stars(dir string) (out []string, err error) {
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".star") {
			out = append(out, path)
		}
		return err
	})
	return out, err
}

func testHost() Host {
	return Host{Now: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC), Names: []string{"x86_64", "linux"}, Has: func(p string) bool { return p == "sh" }}
}

func read(t *testing.T, manifest string) ([]Test, []string) {
	t.Helper()
	dir := tree(t, map[string]string{"suite.toml": manifest, "a.star": "", "net/b.star": "", "net/deep/c.star": "", "d.py": ""})
	tests, problems, err := Read(filepath.Join(dir, "suite.toml"), testHost(), stars)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, p := range problems {
		texts = append(texts, strings.TrimPrefix(p.Error(), dir+"/"))
	}
	return tests, texts
}

func ids(tests []Test) []string {
	out := []string{}
	for _, t := range tests {
		out = append(out, t.ID)
	}
	return out
}

func TestManifest(t *testing.T) {
	tests, problems := read(t, `
[defaults]
retries = 1
slow = 90
[[test]]
path = "**/*.star"
tags = ["all"]
[[test]]
path = "net/b.star"
memory = "6G"
cores = 1.5
retries = 0
timeout = "10m"
tags = ["network"]
group = "port"
[[test]]
path = "d.py"
requires = ["kvm"]
[[test]]
path = "a.star"
run = "login"
memory = 300
matrix = {image = ["x", "y"], n = [1]}
[[test]]
path = "net/deep/*"
matrix = {n = [1, 2]}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []string{"a.star", "net/b.star", "d.py", "a.star::login[image=x,n=1]", "a.star::login[image=y,n=1]", "net/deep/c.star[n=1]", "net/deep/c.star[n=2]"}
	if got := ids(tests); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	b := tests[1]
	if b.Memory != 6<<30 || b.Cores != 1.5 || b.Retries != 0 || b.Timeout != 10*time.Minute || b.Slow != 90*time.Second || b.Group != "port" || !reflect.DeepEqual(b.Tags, []string{"all", "network"}) {
		t.Errorf("%+v", b)
	}
	if tests[0].Retries != 1 || tests[2].Skip != "needs KVM" || tests[3].Memory != 300<<20 || tests[4].Matrix["image"] != "y" || tests[4].Matrix["n"] != "1" || tests[6].Tags[0] != "all" {
		t.Errorf("%+v", tests)
	}
	if got := ids(Tagged(tests, []string{"all", "!network"})); !reflect.DeepEqual(got, []string{"a.star", "net/deep/c.star[n=1]", "net/deep/c.star[n=2]"}) {
		t.Errorf("%q", got)
	}
}

// TestManifestOfAllScripts: a suite that names no tests has all scripts below it.
func TestManifestOfAllScripts(t *testing.T) {
	tests, problems := read(t, `
[[skip]]
test = "net/**"
reason = "hangs"
tracker = "https://example.org/1"
until = 2026-06-15
on = ["x86_64"]
[[skip]]
test = "a.star"
reason = "hangs"
on = ["aarch64"]
`)
	if got := ids(tests); len(problems) > 0 || !reflect.DeepEqual(got, []string{"a.star", "net/b.star", "net/deep/c.star"}) {
		t.Fatalf("%q, %q", got, problems)
	}
	if tests[0].Skip != "" || tests[1].Skip != "hangs (https://example.org/1)" || tests[2].Skip == "" {
		t.Errorf("%+v", tests)
	}
}

func TestManifestProblems(t *testing.T) {
	for _, c := range []struct{ manifest, want string }{
		{"[[test]]\npath = 'a.star'\nretris = 1\n", `suite.toml:3:1: unknown key "test.retris" (did you mean retries?)`},
		{"[default]\nretries = 1\n", `suite.toml:1:2: unknown key "default" (did you mean defaults?)`},
		{"\n[[test]]\npath = 'x/*.star'\n", `suite.toml:2:1: test "x/*.star": no script matches`},
		{"[[test]]\npath = 'a.star'\n[[test]]\npath = 'x.star'\n", `suite.toml:3:1: test "x.star": there is no such file`},
		{"[[test]]\npath = '['\n", `suite.toml:1:1: test "[": the pattern is not valid: syntax error in pattern`},
		{"[[test]]\ntags = ['x']\n", `suite.toml:1:1: a test has no path`},
		{"[[test]]\npath = 'a.star'\nrun = '('\n", `suite.toml:1:1: test "a.star": run: invalid regular expression`},
		{"[[test]]\npath = 'a.star'\nrequires = ['kvn']\n", `suite.toml:1:1: test "a.star": requires "kvn": want kvm, root or program:NAME (did you mean kvm?)`},
		{"[[test]]\npath = 'a.star'\nmatrix = {a = []}\n", `suite.toml:1:1: test "a.star": matrix.a has no values`},
		{"[[test]]\npath = 'a.star'\nmemory = 'much'\n", `"much" is no size: want MiB, or a text such as "6G"`},
		{"[[test]]\npath = 'a.star'\ntimeout = -1\n", `"-1" is no duration: want seconds, or a text such as "10m"`},
		{"[[test]]\npath = 'a.star'\ncores = 0\n", `test "a.star": cores 0: want more than 0`},
		{"[defaults]\nretries = -1\n", `suite.toml:1:1: [defaults]: retries -1: want 0 to 100`},
		{"[[skip]]\ntest = 'a.star'\n", `suite.toml:1:1: skip of "a.star": there is no reason`},
		{"[[skip]]\ntest = 'q.star'\nreason = 'x'\n", `suite.toml:1:1: skip of "q.star": no test matches`},
		{"[[skip]]\ntest = 'a.star'\nreason = 'x'\nuntil = 2026-06-14\n", `suite.toml:1:1: skip of "a.star": its date, 2026-06-14, is over: the test runs`},
		{"[[skip]]\nreason = 'x'\n", `suite.toml:1:1: a skip names no test`},
		{"[[test\n", `suite.toml:1:`},
		{"[[test]]\npath = 1\n", `suite.toml:2:8: test.path: `},
	} {
		if _, problems := read(t, c.manifest); len(problems) != 1 || !strings.Contains(problems[0], c.want) {
			t.Errorf("%q: %q, want one with %q", c.manifest, problems, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*.star", "a.star", true}, {"*.star", "x/a.star", false}, {"**/*.star", "a.star", true}, {"**/*.star", "x/y/a.star", true},
		{"x/**", "x/y/a.star", true}, {"x/**", "y/a.star", false}, {"./x/a.star", "x/a.star", true}, {"x/**/a.star", "x/a.star", true}, {"**/y", "x", false},
	} {
		if got, err := matches(c.pattern, c.name); err != nil || got != c.want {
			t.Errorf("%s %s: %v, %v", c.pattern, c.name, got, err)
		}
	}
}

func TestDirs(t *testing.T) {
	tests := append(OfScripts("/s", []string{"/s/a.star", "/s/x/a.star", "/s/a.star"}), Test{ID: "a.star[i=x/y]", Script: "/s/a.star"})
	if got := ids(tests); !reflect.DeepEqual(got, []string{"a.star", "x/a.star", "a.star#2", "a.star[i=x/y]"}) {
		t.Errorf("%q", got)
	}
	if got := Dirs(tests); !reflect.DeepEqual(got, []string{"a", "a-2", "a-2-2", "a-i=x-y"}) {
		t.Errorf("%q", got)
	}
}
