package command

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

// suiteDir makes a directory with tests of all results.
func suiteDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // other runs on this machine are not waited for
	if err := os.Mkdir(filepath.Join(dir, "net"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"a.star": "print('a runs')\n", "b.star": "fail('b fails')\n", "net/c.star": "print('it is ' + driver.matrix.get('n', 'none'))\n",
		"net/d.py":   "import pathlib, os\np = pathlib.Path('tries')\np.write_text((p.read_text() if p.exists() else '') + 'x')\nassert len(p.read_text()) % 2 == 0, 'the first try'\nprint(driver.matrix)\n",
		"suite.toml": "[[test]]\npath = '*.star'\ntags = ['quick']\n[[test]]\npath = 'net/*'\ntags = ['net']\nretries = 1\n[[test]]\npath = 'net/c.star'\nmatrix = {n = [1, 2]}\n[[skip]]\ntest = 'a.star'\nreason = 'hangs'\non = ['nowhere']\n",
	})
	return dir
}

func TestSuite(t *testing.T) {
	dir := suiteDir(t)
	history := []string{"GOTEST_TEST_HISTORY=" + filepath.Join(dir, "history")}
	run := func(args ...string) ended {
		t.Helper()
		cmd, out := start(t, dir, history, append([]string{"run"}, args...)...)
		return end(t, cmd, out)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{"suite.toml"}, exitFailed, []string{"5 tests: 3 passed, 1 flaky (failed, then passed), 1 failed", "flaky ", "net/d.py  (try 2)", "b fails", "\nfailed: b.star\n", "run b.star\n"}},
		{[]string{"--tag", "net", "."}, exitPassed, []string{"3 tests: 2 passed, 1 flaky"}},
		{[]string{"--tag", "net", "--flaky", "fail", "."}, exitFailed, []string{"3 tests: 2 passed, 1 flaky"}},
		{[]string{"--filter", `n=2`, "--logs", "all", "."}, exitPassed, []string{"it is 2", "1 test: all passed"}},
		{[]string{"--jobs", "1", "--failed-first", "--tag", "quick", "."}, exitFailed, []string{"2 tests: 1 passed, 1 failed"}},
		{[]string{"--repeat", "3", "--jobs", "2", "a.star"}, exitPassed, []string{"a.star#3", "3 tests: all passed"}},
		{[]string{"--until-fail", "--jobs", "1", "b.star"}, exitFailed, []string{"1 test: 1 failed"}},
		{[]string{"--memory", "1M", "a.star", "a.star"}, exitPassed, []string{"warning: a.star needs ", "it runs alone", "2 tests: all passed"}},
		{[]string{"--partition", "2/9", "a.star"}, exitPassed, []string{"0 tests: all passed"}},
		{[]string{"--tag", "nothing", "."}, ExitUsage, []string{"no test is left"}},
		{[]string{"--partition", "9", "."}, ExitUsage, []string{"--partition 9: want INDEX/TOTAL"}},
		{[]string{"--memory", "much", "."}, ExitUsage, []string{`--memory: "much" is no size`}},
		{[]string{"--filter", "(", "."}, ExitUsage, []string{"--filter: error parsing regexp"}},
		{[]string{"--json", "."}, ExitUsage, []string{"--json and --partitions go with --list"}},
		{[]string{"--flaky", "x", "."}, ExitUsage, []string{"--flaky x: want pass or fail"}},
		{[]string{"--resume", "-o", "new", "a.star"}, exitPassed, []string{"resumed: 0 of the tests have results in new", "1 test: all passed"}},
		{[]string{"--debug", "suite.toml"}, ExitUsage, []string{"suite.toml: --interactive and --debug take scripts, not a suite"}},
		{[]string{"--watch", "--keep-machines", "suite.toml"}, ExitUsage, []string{"--keep-machines goes with one script"}},
		{[]string{"--watch", "--debug", "suite.toml"}, ExitUsage, []string{"--watch can't be combined with"}},
		{[]string{"nothing.toml"}, ExitUsage, []string{"the suite can't be read"}},
	} {
		e := run(c.args...)
		for _, want := range c.want {
			if e.status != c.status || !strings.Contains(e.out, want) {
				t.Errorf("%q: status %d, want %d and %q in\n%s", c.args, e.status, c.status, want, e.out)
			}
		}
	}

	lister := exec.Command(program(t), "run", "--list", "--json", "--partitions", "2", ".")
	lister.Dir, lister.Env = dir, append(os.Environ(), history...)
	b, err := lister.Output()
	var list struct {
		Tests      []suite.Test
		Partitions []struct {
			Name  string
			Tests []string
		}
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil || len(list.Tests) != 5 || list.Tests[2].ID != "net/d.py" || list.Tests[0].Memory == 0 || list.Tests[0].Seconds == 0 || len(list.Partitions) != 2 || list.Partitions[1].Name != "2/2" {
		t.Errorf("%v\n%s", err, b)
	}
	cmd, out := start(t, dir, nil, "report", "merge", "gotest-output", "--junit-xml", "merged.xml")
	if e := end(t, cmd, out); e.status != ExitUsage || !strings.Contains(e.out, "partition 1/9 is missing") { // the last run was 2/9
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	cmd, out = start(t, dir, history, "flaky")
	if e := end(t, cmd, out); e.status != exitPassed || !strings.Contains(e.out, "net/d.py") || !strings.Contains(e.out, "the first try") || strings.Contains(e.out, "b.star") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	if e := run("--list", "suite.toml"); e.status != exitPassed || e.out != "" {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
}

// TestSuiteOfOneTestAgain: the command that a failed test's log tells runs this test alone again, with its values.
func TestSuiteOfOneTestAgain(t *testing.T) {
	dir := suiteDir(t)
	write(t, dir, map[string]string{"net/c.star": "fail('with ' + driver.matrix['n'])\n"})
	cmd, out := start(t, dir, nil, "run", "--jobs=1", "--filter", "c.star.n=2", ".")
	e := end(t, cmd, out)
	i := strings.Index(e.out, "run . --filter ")
	if i < 0 {
		t.Fatalf("no command in\n%s", e.out)
	}
	line, _, _ := strings.Cut(e.out[i:], "\n")
	if !strings.Contains(line, `--filter '^net/c\.star\[n=2\]$'`) {
		t.Errorf("the command is %s", line)
	}
	again := exec.Command("sh", "-c", "'"+program(t)+"' "+line)
	again.Dir = dir
	if b, _ := again.CombinedOutput(); !strings.Contains(string(b), "with 2") || !strings.Contains(string(b), "1 test: 1 failed") {
		t.Errorf("%s\n%s", line, b)
	}
}

func TestCheckSuite(t *testing.T) {
	dir := suiteDir(t)
	write(t, dir, map[string]string{"suite.toml": "[[test]]\npath = 'a.star'\n\ntimout = 5\n[[skip]]\ntest = 'a.star'\nreason = 'x'\nuntil = 2020-01-01\n"})
	cmd, out := start(t, dir, nil, "check", "suite.toml")
	e := end(t, cmd, out)
	for _, want := range []string{`suite.toml:4:1-4:11: error: unknown key "test.timout" (did you mean timeout?) [suite]`, "4 | timout = 5", "suite.toml:5:1", "warning: skip of \"a.star\": its date, 2020-01-01, is over", "1 error, 1 warning"} {
		if e.status != exitFailed || !strings.Contains(e.out, want) {
			t.Errorf("status %d, %q is not in\n%s", e.status, want, e.out)
		}
	}
	cmd, out = start(t, dir, nil, "run", "suite.toml")
	if e := end(t, cmd, out); e.status != ExitUsage || strings.Contains(e.out, "a runs") || !strings.Contains(e.out, "suite.toml:4:1: unknown key") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	cmd, out = start(t, dir, nil, "check", "--explain", "suite")
	if e := end(t, cmd, out); e.status != exitPassed || !strings.Contains(e.out, "docs/suites.md") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
}

// TestSuiteUnderBazel: shards and reports as Bazel wants them, by variables alone.
func TestSuiteUnderBazel(t *testing.T) {
	dir := suiteDir(t)
	var all []string
	for shard := range 2 {
		tmp := t.TempDir()
		env := []string{
			"XML_OUTPUT_FILE=" + tmp + "/test.xml", "TEST_TMPDIR=" + tmp, "TEST_UNDECLARED_OUTPUTS_DIR=" + tmp + "/outputs", "TESTBRIDGE_TEST_ONLY=a.star|c.star",
			"TEST_TOTAL_SHARDS=2", "TEST_SHARD_INDEX=" + strconv.Itoa(shard), "TEST_SHARD_STATUS_FILE=" + tmp + "/status",
		}
		cmd, out := start(t, dir, env, "run", ".")
		e := end(t, cmd, out)
		_, results, err := suite.ReadLog(tmp + "/outputs")
		if e.status != exitPassed || err != nil {
			t.Fatalf("status %d, %v\n%s", e.status, err, e.out)
		}
		for _, r := range results {
			all = append(all, r.Test.ID)
		}
		for _, file := range []string{"status", "test.xml"} {
			if _, err := os.Stat(filepath.Join(tmp, file)); err != nil {
				t.Error(err)
			}
		}
	}
	slices.Sort(all)
	if want := []string{"a.star", "net/c.star[n=1]", "net/c.star[n=2]"}; !slices.Equal(all, want) {
		t.Errorf("%q, want %q", all, want)
	}
}

// wait waits until a file is there.
func wait(t *testing.T, path string) {
	t.Helper()
	for began := time.Now(); time.Since(began) < soon; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatalf("%s is not there", path)
}

// TestSuiteEnds: however a suite ends, its tests end, and what they started; the rest can be run later.
func TestSuiteEnds(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		dir := t.TempDir()
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		write(t, dir, map[string]string{
			"a.star": "print('a')\n", "z.py": "import os, pathlib, subprocess, time\np = subprocess.Popen(['sleep', '1000'])\npathlib.Path('part').write_text(f'{os.getppid()} {p.pid}')\nos.rename('part', 'pids')\nif pathlib.Path('quick').exists():\n    p.kill()\nelse:\n    time.sleep(1000)\n",
		})
		cmd, out := start(t, dir, nil, "run", "--jobs", "2", ".")
		wait(t, filepath.Join(dir, "pids"))
		b, err := os.ReadFile(filepath.Join(dir, "pids"))
		if err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); time.Since(began) < soon; time.Sleep(20 * time.Millisecond) {
			if _, results, err := suite.ReadLog(filepath.Join(dir, "gotest-output")); err == nil && len(results) == 1 {
				break
			}
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		e := end(t, cmd, out)
		if want := exitInterrupted; s == syscall.SIGINT && (e.status != want || !strings.Contains(e.out, "1 passed, 1 interrupted")) {
			t.Errorf("status %d, want %d\n%s", e.status, want, e.out)
		}
		for _, word := range strings.Fields(string(b)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				stat, err := os.ReadFile("/proc/" + word + "/stat")
				if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
					break
				}
				if time.Since(began) > soon {
					t.Fatalf("after %v the process %d is left", s, pid)
				}
			}
		}
		write(t, dir, map[string]string{"quick": ""})
		cmd, out = start(t, dir, nil, "run", "--resume", ".")
		if e := end(t, cmd, out); e.status != exitPassed || !strings.Contains(e.out, "2 tests: all passed") || strings.Contains(e.out, " a.star") {
			t.Errorf("status %d\n%s", e.status, e.out)
		}
	}
}

// TestWatchSuite: after a change of any file the tests that failed run first; a new file is a new test.
func TestWatchSuite(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for name, text := range map[string]string{"a.star": "print('x')\n", "b.star": "print('x')\n", "lib.star": "word = 'one'\n", "z.star": "load('lib.star', 'word')\nif word == 'one':\n    fail('it is one')\n"} {
		put(t, filepath.Join(dir, name), text)
	}
	x := ptytest.Start(t, dir, []string{"GOTEST_TEST_HISTORY="}, program(t), "run", "--watch", "--jobs", "1", "--plain", "--no-clear", ".")
	const idle = `watching \.\. Enter runs the tests again, Ctrl-C ends\.`
	x.Expect(`(?s)passed[^\n]*a\.star.*passed[^\n]*b\.star.*failed[^\n]*z\.star: it is one.*3 tests: 2 passed, 1 failed.*`+idle, soon)
	save(t, filepath.Join(dir, "lib.star"), "word = 'two'\n")
	x.Expect(`(?s)lib\.star changed.*passed[^\n]*z\.star.*passed[^\n]*a\.star.*passed[^\n]*b\.star.*3 tests: all passed.*`+idle, soon)
	put(t, filepath.Join(dir, "c.star"), "fail('it is new')\n")
	x.Expect(`(?s)c\.star changed.*c\.star: it is new.*4 tests: 3 passed, 1 failed.*`+idle, soon)
	x.Type("\n")
	x.Expect(`(?s)run again.*failed[^\n]*c\.star.*passed[^\n]*a\.star.*4 tests.*`+idle, soon)
	// A mistake in suite.toml does not end it, nor does Ctrl-C in a run.
	put(t, filepath.Join(dir, "suite.toml"), "[[test]]\npth = 'a.star'\n")
	x.Expect(`(?s)suite\.toml changed.*unknown key.*`+idle, soon)
	put(t, filepath.Join(dir, "wait.star"), "print('it waits')\ntime.sleep(600)\n")
	save(t, filepath.Join(dir, "suite.toml"), "[[test]]\npath = 'wait.star'\n")
	x.Expect(`suite\.toml[^\n]* changed`, soon)
	wait(t, filepath.Join(dir, "gotest-output", "wait", "log.txt"))
	x.Type("\x03")
	x.Expect(`(?s)1 interrupted.*`+idle, soon)
	x.Type("\x03")
	if status := x.Wait(soon); status != exitInterrupted {
		t.Errorf("status %d", status)
	}
}
