package command

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

func TestSeveralScripts(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"a.star": "print('first')\n", "b.star": "fail('second')\n", "more/b.star": "fail('third')\n", "c.star": "print('last')\n",
		"d.py": "with subtest('x'):\n    pass\n", "e.star": "def test_e():\n    pass\n",
	})
	cmd, out := start(t, dir, nil, "run", "a.star", "b.star", "missing.star", "more/b.star", "c.star")
	e := end(t, cmd, out)
	if e.status != ExitUsage {
		t.Errorf("status %d", e.status)
	}
	for _, want := range []string{"passed", "second", "missing.star: no such file", "third", "5 tests: 2 passed, 3 failed", "failed: b.star, missing.star, more/b.star\n", " run b.star\n", " run more/b.star\n"} {
		if !strings.Contains(e.out, want) {
			t.Errorf("%q is not in\n%s", want, e.out)
		}
	}
	for _, sub := range []string{"b", "b-2"} {
		if _, err := os.Stat(filepath.Join(dir, "gotest-output", sub, "report.html")); err != nil {
			t.Error(err)
		}
	}

	cmd, out = start(t, dir, nil, "run", "--log-json", "log.jsonl", "a.star", "b.star")
	if e := end(t, cmd, out); e.status != ExitUsage || !strings.Contains(e.out, "--log-json log.jsonl: each of several scripts would overwrite it") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	cmd, out = start(t, dir, nil, "run", "--list", "d.py", "e.star")
	if e := end(t, cmd, out); e.status != exitPassed || e.out != "e.star:1\ttest_e\ttest_e\n" {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
}

// TestDirectoriesOfScripts: a directory stands for its tests, and not for what they load.
func TestDirectoriesOfScripts(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"tests/net", "tests/.git", "tests/lib", "tests/out", "empty"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, map[string]string{
		"tests/a.star": "load('lib/helper.star', 'x')\ndef test_login():\n    print('a runs', x)\n", "tests/lib/helper.star": "x = 1\n",
		"tests/net/b.py": "import os, helper as h\nprint('b runs', h.y)\n", "tests/net/helper.py": "y = 2\n",
		"tests/net/c.star": "def test_other():\n    fail('c fails')\n", "tests/.git/d.star": "fail()\n", "tests/out/e.star": "fail()\n",
		"tests/.hidden.star": "fail()\n", "tests/README": "text\n",
	})
	cmd, out := start(t, dir, nil, "run", "--plain", "--logs", "all", "-o", "tests/out", "tests")
	e := end(t, cmd, out)
	if want := "\nfailed: tests/net/c.star\n"; e.status != exitFailed || !strings.HasSuffix(e.out, want) {
		t.Errorf("status %d, want %q at the end of\n%s", e.status, want, e.out)
	}
	for _, want := range []string{"a runs 1", "b runs 2", "c fails", "run --plain -o tests/out tests/net/c.star --run '^test_other$'\n"} {
		if !strings.Contains(e.out, want) {
			t.Errorf("%q is not in\n%s", want, e.out)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--run", "login", "tests"}, exitPassed, "1 test: all passed"},
		{[]string{"--run", "login", "--logs", "all", "tests/a.star", "tests/net/c.star"}, exitPassed, "a runs 1"},
		{[]string{"--run", "nothing", "tests"}, ExitUsage, `no test function of the 3 scripts matches --run "nothing"`},
		{[]string{"empty"}, ExitUsage, "there is no script in the directory empty or below it"},
	} {
		cmd, out := start(t, dir, nil, append([]string{"run", "-o", "tests/out"}, c.args...)...)
		if e := end(t, cmd, out); e.status != c.status || !strings.Contains(e.out, c.want) || strings.Contains(e.out, "c fails") {
			t.Errorf("%q: status %d, want %d and %q in\n%s", c.args, e.status, c.status, c.want, e.out)
		}
	}
}

// TestScriptOnStandardInput: it can be in either language, and finds the files of the working directory.
func TestScriptOnStandardInput(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"lib.star": "x = 5\n", "lib5.py": "x = 5\n", "b.star": "print('b runs')\n"})
	for _, c := range []struct {
		script string
		args   []string
		status int
		want   []string
	}{
		{"load('lib.star', 'x')\nprint('it is', x)\nfail('here')\n", nil, exitFailed, []string{"test: <stdin>", "it is 5", "<stdin>:3"}},
		{"import lib5\nprint('it is', lib5.x)\nassert False, 'here'\n", nil, exitFailed, []string{"test: <stdin>", "it is 5", "<stdin>:3"}},
		{"print('first')\n", []string{"--logs=all", "b.star"}, exitPassed, []string{"first", "b runs", "2 tests: all passed"}},
		{"", nil, exitPassed, []string{"test script finished"}},
		{"x = (\n", nil, ExitUsage, []string{"<stdin>:1:5"}},
		{"", []string{"-"}, ExitUsage, []string{"- can be given once"}},
		{"", []string{"--debug"}, ExitUsage, []string{"standard input is theirs"}},
	} {
		cmd := exec.Command(program(t), append([]string{"run", "-"}, c.args...)...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(c.script)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if cmd.ProcessState.ExitCode() != c.status || !strings.Contains(string(out), want) {
				t.Errorf("%q %q: status %d, want %d and %q in\n%s", c.script, c.args, cmd.ProcessState.ExitCode(), c.status, want, out)
			}
		}
	}
}

// TestOneOutputDirectory: a second run at the same time is refused, and one after it is not, however the first ended.
func TestOneOutputDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"waits.star": "print('waits')\ntime.sleep(1000)\n", "fine.star": "print('it ran')\n"})
	first, heard := start(t, dir, nil, "run", "--log-json", "log.jsonl", "waits.star")
	log := filepath.Join(dir, "log.jsonl")
	for began := time.Now(); time.Since(began) < soon; time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(log); err == nil && strings.Contains(string(b), "waits") {
			break
		}
	}
	for _, args := range [][]string{{"run", "fine.star"}, {"run", "fine.star", "fine.star"}, {"run", "--watch", "fine.star"}, {"repl"}} {
		cmd, out := start(t, dir, nil, args...)
		want := "another run uses the output directory gotest-output: wait for its end, or give this one a directory of its own with --output-directory\n"
		if e := end(t, cmd, out); e.status != ExitUsage || !strings.HasSuffix(e.out, want) || strings.Contains(e.out, "it ran") {
			t.Errorf("%q: status %d, want %d and %q in\n%s", args, e.status, ExitUsage, want, e.out)
		}
	}
	cmd, out := start(t, dir, nil, "run", "-o", "other", "fine.star")
	if e := end(t, cmd, out); e.status != exitPassed {
		t.Errorf("another directory: status %d\n%s", e.status, e.out)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = end(t, first, heard)
	cmd, out = start(t, dir, nil, "run", "fine.star")
	if e := end(t, cmd, out); e.status != exitPassed {
		t.Errorf("after a killed run: status %d\n%s", e.status, e.out)
	}
}

func TestWithout(t *testing.T) {
	words := []string{"gotest-driver", "run", "-o", "a.star", "a.star", "b.star", "a.star"}
	if got := without(words, []string{"a.star", "b.star"}); !slices.Equal(got, []string{"gotest-driver", "run", "-o", "a.star", "a.star"}) {
		t.Errorf("%q", got)
	}
}

// TestWrongUse: errors name the fault, and the help to read.
func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"run"}, {"run", "--nope"}, {"guest", "build"}, {"guest", "nope"}, {"report"}} {
		cmd, out := start(t, t.TempDir(), nil, args...)
		if e := end(t, cmd, out); e.status != ExitUsage || !strings.Contains(e.out, "(see gotest-driver "+args[0]) || strings.Count(e.out, "\n") != 1 {
			t.Errorf("%q: status %d\n%s", args, e.status, e.out)
		}
	}
}

// TestSSHProxyEnds: the proxy ends with its context although the guest does not answer.
func TestSSHProxyEnds(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd, out := start(t, t.TempDir(), nil, "ssh-proxy", "vsock-mux"+socket, "22")
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(soon, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if e := end(t, cmd, out); e.status != exitInterrupted {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
}

// TestPromptWithoutHistory: the prompt works even if the history can't be saved.
func TestPromptWithoutHistory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"file": ""})
	x := ptytest.Start(t, dir, []string{"XDG_STATE_HOME=" + filepath.Join(dir, "file")}, program(t), "repl")
	x.Expect(`(?s)warning: the history is not saved: .*file: not a directory.*`+prompt, soon)
	x.Type("1 + 1\r")
	x.Expect(`(?s)\n2\n.*`+prompt, soon)
}

// TestDumbTerminal: a terminal without escape sequences gets none, and edits lines itself.
func TestDumbTerminal(t *testing.T) {
	for _, term := range []string{"TERM=dumb", "TERM="} {
		t.Run(term, func(t *testing.T) {
			x := ptytest.Start(t, t.TempDir(), []string{term}, program(t), "repl", "--history", "")
			x.Expect(prompt, soon)
			x.Type("def f(n):\n")
			x.Expect(`\.\.\. $`, soon)
			x.Type("    return 2 * n\n\n")
			x.Expect(`(?s)\.\.\. .*`+prompt, soon)
			x.Type("f(21)\nf(4)\n") // the second is typed ahead
			x.Expect(`(?s)\n42\n.*8\n.*`+prompt, soon)
			x.Type("f(")
			x.Type("\x03")
			x.Expect(`(?s)\^C.*`+prompt, soon)
			x.Type("retry(lambda last: print('tried'))\n")
			x.Expect(`\ntried\n`, soon)
			x.Type("\x03")
			x.Expect(`(?s)interrupted \(Ctrl-C\).*`+prompt, soon)
			x.Type("\x04")
			if st := x.Wait(soon); st != exitPassed {
				t.Errorf("exit status %d", st)
			}
			if raw := x.Raw(); strings.Contains(raw, "\x1b") {
				t.Errorf("escape sequences in %q", raw)
			}
		})
	}
}
