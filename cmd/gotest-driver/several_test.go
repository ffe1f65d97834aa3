package main

import (
	"net"
	"os"
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
	if e.status != exitUsage {
		t.Errorf("status %d", e.status)
	}
	for _, want := range []string{"first", "second", "missing.star: no such file", "third", "last", " run b.star\n", " run more/b.star\n"} {
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
	if e := end(t, cmd, out); e.status != exitUsage || !strings.Contains(e.out, "--log-json log.jsonl: each of several scripts would overwrite it") {
		t.Errorf("status %d\n%s", e.status, e.out)
	}
	cmd, out = start(t, dir, nil, "run", "--list", "d.py", "e.star")
	if e := end(t, cmd, out); e.status != exitPassed || e.out != "e.star:1\ttest_e\ttest_e\n" {
		t.Errorf("status %d\n%s", e.status, e.out)
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
		if e := end(t, cmd, out); e.status != exitUsage || !strings.Contains(e.out, "(see gotest-driver "+args[0]) || strings.Count(e.out, "\n") != 1 {
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
