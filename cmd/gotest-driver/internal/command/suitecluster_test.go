package command

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
)

// TestSuiteOnSlurm runs tests as the tasks of a Slurm whose programs are scripts: they run the tasks of an array here, in
// another directory.
func TestSuiteOnSlurm(t *testing.T) {
	dir, bin := suiteDir(t), t.TempDir()
	write(t, dir, map[string]string{
		"net/lib.star": "def text():\n    return 'from the library'\n", "net/loads.star": "load('lib.star', 'text')\nprint(text())\n",
		"net/needs.star": "print('x')\n", "in.star": "print('it is read')\n",
	})
	write(t, dir, map[string]string{"suite.toml": "[[test]]\npath = 'net/*.star'\nmatrix = {n = [1]}\n[[test]]\npath = 'net/needs.star'\nrequires = ['program:nothing-such']\n"})
	write(t, bin, map[string]string{
		"sbatch": "#!/bin/sh\nscript=$(mktemp)\ncat > \"$script\"\nfor a; do case $a in --array=0-*) last=${a#--array=0-} ;; esac; done\ncd /\nfor i in $(seq 0 \"$last\"); do SLURM_ARRAY_TASK_ID=$i sh \"$script\" > \"$script.$i\" 2>&1 < /dev/null & done\necho 7\n",
		"squeue": "#!/bin/sh\necho 'squeue: error: Unable to contact slurm controller' >&2\nexit 1\n", "scancel": "#!/bin/sh\n", "sinfo": "#!/bin/sh\necho '3000|2|(null)'\n",
	})
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo"} {
		if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	shared := filepath.Join(t.TempDir(), "shared")
	env := []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "TMPDIR=" + bin, "GOTEST_TEST_HISTORY="}
	run := func(args ...string) ended {
		t.Helper()
		cmd, out := start(t, dir, env, append([]string{"run", "--logs", "all", "--on", "slurm:dir=" + shared}, args...)...)
		return end(t, cmd, out)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{"suite.toml"}, exitPassed, []string{"it is 1", "from the library", "needs the program nothing-such", "4 tests: 3 passed, 1 skipped"}},
		{[]string{filepath.Join(dir, "b.star"), "in.star"}, exitFailed, []string{"b fails", "it is read", "2 tests: 1 passed, 1 failed", "run b.star"}},
		{[]string{"--on", "slurm:files=shared,dir=" + shared, "in.star"}, exitPassed, []string{"it is read", "1 test: all passed"}},
		{[]string{"--on", "nomad", "in.star"}, ExitUsage, []string{"--on nomad: want slurm, or slurm:partition="}},
		{[]string{"--stress", "in.star"}, ExitUsage, []string{"--stress disturbs tests on this machine"}},
	} {
		e := run(c.args...)
		for _, want := range c.want {
			if e.status != c.status || !strings.Contains(e.out, want) {
				t.Errorf("%q: status %d, want %d and %q in\n%s", c.args, e.status, c.status, want, e.out)
			}
		}
		if strings.Contains(e.out, "runs/gotest-") {
			t.Errorf("%q: a place that is gone is told:\n%s", c.args, e.out)
		}
	}
	_, results, err := suite.ReadLog(filepath.Join(dir, "gotest-output"))
	if err != nil || len(results) != 1 || results[0].Last().Memory == 0 && results[0].Last().Seconds > 3 {
		t.Errorf("%v, %+v", err, results)
	}
	write(t, dir, map[string]string{"suite.toml": "[[test]]\npath = 'in.star'\nmemory = '64G'\n"})
	if e := run("suite.toml"); e.status != ExitUsage || !strings.Contains(e.out, "the test in.star needs 65536 MiB (memory in suite.toml), and the largest node has 3000 MiB: it can never run there") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	cmd, out := start(t, dir, append(env, "PATH="), "run", "--on", "slurm", "in.star")
	if e := end(t, cmd, out); e.status != ExitUsage || !strings.Contains(e.out, "slurm: sinfo was not found") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
}

// TestShippedFiles: what is copied for the nodes keeps its place beside the working directory.
func TestShippedFiles(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"p/here", "p/tests/sub", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, map[string]string{"p/tests/a.star": "", "p/tests/sub/b.star": "", "other/c.json": "{}"})
	t.Chdir(filepath.Join(dir, "p/here"))
	f := NewRunFlags()
	f.outDir, f.config = "out", filepath.Join(dir, "other/c.json")
	tests := suite.OfScripts(".", []string{filepath.Join(dir, "p/tests/a.star"), "../tests/sub/b.star"})
	var c suite.Cluster
	if err := f.files(&c, filepath.Join(dir, "p/here"), []string{"../tests", filepath.Join(dir, "p/tests/sub/b.star")}, tests); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{filepath.Join(dir, "p/tests"): "p/tests", filepath.Join(dir, "other/c.json"): "other/c.json"}
	if !maps.Equal(c.Files, want) || c.WorkDir != "p/here" || !slices.Equal(c.Skip, []string{filepath.Join(dir, "p/here/out")}) {
		t.Errorf("%+v", c)
	}
	if tests[0].Script != "../tests/a.star" || f.config != "../../other/c.json" {
		t.Errorf("%+v, %s", tests, f.config)
	}
}
