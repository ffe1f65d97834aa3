package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ended is the result of a command.
type ended struct {
	status int
	out    string // both outputs
}

// end waits for a command and returns its result.
func end(t *testing.T, cmd *exec.Cmd, out *bytes.Buffer) ended {
	t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String()}
}

// start starts the command in a directory.
func start(t *testing.T, dir string, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatCannotRun: each command has status 2 and a message that names the fault, and starts nothing.
func TestWhatCannotRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"fine.star":    "print('it ran')\n",
		"syntax.star":  "x = (\n",
		"typo.py":      "with subtest('a'):\n    machine.succed('true')\n",
		"command.star": "print('begins'); create_machine('/nonexistent/run-vm').start()\n",
		"image.star":   "create_machine(image = 'nowhere.qcow2').start()\n",
		"socket.star":  "create_machine(guest = 'tiny', name = 'm').start()\n",
		"key.json":     `{"vms": {"a": {"guest": "tiny", "memroy": 300}}}`,
		"broken.json":  `{"vms": `,
		"wrong.json":   `{"vms": {"a": {"guest": "tiny", "memory": "much"}}}`,
	})
	long := filepath.Join(dir, strings.Repeat("x", 120))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		env  []string
		want string
	}{
		{args: []string{"syntax.star"}, want: "syntax.star:1:5"},
		{args: []string{"--machine", "machine=true", "typo.py"}, want: "typo.py:2:13"},
		{args: []string{"missing.star"}, want: "missing.star"},
		{args: []string{"command.star"}, want: "/nonexistent/run-vm: not found"},
		{args: []string{"image.star"}, want: "nowhere.qcow2: no such file"},
		{args: []string{"--config", "key.json", "fine.star"}, want: `key.json: unknown key "vms.a.memroy" (did you mean memory?)`},
		{args: []string{"--config", "broken.json", "fine.star"}, want: "broken.json:1: not valid JSON"},
		{args: []string{"--config", "wrong.json", "fine.star"}, want: "wrong.json: vms.a.memory: must be a whole number (MiB)"},
		{args: []string{"-o", "fine.star/out", "fine.star"}, want: "fine.star: not a directory"},
		{args: []string{"--log-json", "fine.star/log", "fine.star"}, want: "fine.star: not a directory"},
		{args: []string{"--machine", "a", "fine.star"}, want: "--machine a: want name=start-command"},
		{args: []string{"--html", ".", "fine.star"}, want: "creating the HTML report: . is a directory"},
		{args: []string{"--global-timeout", "nan", "fine.star"}, want: "--global-timeout NaN: want seconds"},
		{args: []string{"--global-timeout", "1e300", "fine.star"}, want: "--global-timeout 1e+300: want seconds"},
		{args: []string{"--global-timeout", "-1", "fine.star"}, want: "--global-timeout -1: want seconds"},
		{args: []string{"--run", "(", "fine.star"}, want: "--run: invalid regular expression"},
		{args: []string{"--nope", "fine.star"}, want: "unknown flag: --nope"},
		{args: []string{"--seed", "x", "fine.star"}, want: "--seed x: want a number (see gotest-driver run --help)"},
		{args: []string{}, want: "got 0 arguments; want gotest-driver run [flags] FILE… (see gotest-driver run --help)"},
		{args: []string{"--interactive", "--debug", "fine.star"}, want: "--interactive and --debug don't go together"},
		{args: []string{"socket.star"}, env: []string{"TMPDIR=" + long, "XDG_RUNTIME_DIR="}, want: strings.Repeat("x", 120)},
	} {
		cmd, out := start(t, dir, c.env, append([]string{"run"}, c.args...)...)
		if e := end(t, cmd, out); e.status != ExitUsage || !strings.Contains(e.out, c.want) || strings.Contains(e.out, "it ran") {
			t.Errorf("run %q: status %d, want %d and %q in\n%s", c.args, e.status, ExitUsage, c.want, e.out)
		}
	}
}

// TestFailureOnAFullDisk: the test's failure decides the exit status, and the files that could not be written are named.
func TestFailureOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"fails.star": "fail('it is wrong')\n"})
	cmd, out := start(t, dir, nil, "run", "--log-json", "/dev/full", "fails.star")
	e := end(t, cmd, out)
	if e.status != exitFailed {
		t.Errorf("status %d", e.status)
	}
	for _, want := range []string{"it is wrong", "fails.star:1", "the JSON log: writing /dev/full: no space left on device"} {
		if !strings.Contains(e.out, want) {
			t.Errorf("%q is not in\n%s", want, e.out)
		}
	}
}

// TestSkippedRun: a test that skips itself is no failure, in both languages; after a failure it is one.
func TestSkippedRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"all.star":   "skip('no KVM')\n",
		"all.py":     "import unittest\nraise unittest.SkipTest('no KVM')\n",
		"parts.star": "for _ in subtest('a'):\n    fail('one')\nfor _ in subtest('b'):\n    skip('why')\nprint('went on')\nskip('rest')\n",
		"parts.py":   "with subtest('a'):\n    assert False, 'one'\nwith subtest('b'):\n    skip('why')\nprint('went on')\nskip('rest')\n",
	})
	for file, want := range map[string][]string{
		"all.star": {"test skipped in", ": no KVM\n"}, "all.py": {"test skipped in", ": no KVM\n"},
		"parts.star": {"subtest: b, in", "): why\n", "went on", "test failed after", "0 subtests passed, 1 failed, 1 skipped", "parts.star:2"},
		"parts.py":   {"subtest: b, in", "): why\n", "went on", "test failed after", "0 subtests passed, 1 failed, 1 skipped", "parts.py:2"},
	} {
		status := exitPassed
		if strings.HasPrefix(file, "parts") {
			status = exitFailed
		}
		cmd, out := start(t, dir, nil, "run", "--keep-going", "-o", file+"-out", file)
		e := end(t, cmd, out)
		if e.status != status {
			t.Errorf("%s: status %d, want %d\n%s", file, e.status, status, e.out)
		}
		for _, w := range want {
			if !strings.Contains(e.out, w) {
				t.Errorf("%s: %q is not in\n%s", file, w, e.out)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, file+"-out", "report.html")); (err == nil) != (status == exitFailed) {
			t.Errorf("%s: report.html: %v", file, err)
		}
	}
}

// TestSecrets: no output and no file of a run has a secret, in either language.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.star": "x = secret(os.getenv('TOKEN'))\nprint('it is', x)\nfor _ in subtest('with ' + x):\n    fail('no ' + x)\n",
		"b.py":   "import os, sys\nx = secret(os.environ['TOKEN'])\nprint('it is', end=' ')\nprint(x)\nos.system('echo $TOKEN')\nwith subtest('with ' + x):\n    raise AssertionError('no ' + x)\n",
	})
	for _, file := range []string{"a.star", "b.py"} {
		cmd, out := start(t, dir, []string{"TOKEN=hunter22"}, "run", "--log-json", "log.jsonl", "--junit-xml", "junit.xml", "-o", file+"-out", file)
		e := end(t, cmd, out)
		for _, want := range []string{"it is ***\n", "subtest: with ***\n", "no ***\n"} {
			if e.status != exitFailed || !strings.Contains(e.out, want) {
				t.Errorf("%s: status %d, want %q in\n%s", file, e.status, want, e.out)
			}
		}
		if strings.Contains(e.out, "hunter22") {
			t.Errorf("%s: the secret is in\n%s", file, e.out)
		}
	}
	files := 0
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("hunter22")) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	}); err != nil || files < 8 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestMachinesOfHiddenNames: a machine whose name means something else is told before anything starts, and can be reached.
func TestMachinesOfHiddenNames(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"driver.json": `{"vms": {"json": {"guest": "tiny"}, "lambda": {"guest": "tiny"}, "fine": {"guest": "tiny"}}}`,
		"a.star":      "print(json.encode([m for m in machines if m.name == 'lambda'][0].name), fine)\n",
		"b.py":        "print(json, fine, [m for m in machines if m.name == 'lambda'][0])\n",
	})
	told := func(name, what string) string {
		return fmt.Sprintf("warning: machine %s has no variable of its name, because %s is %s: write [m for m in machines if m.name == %q][0]\n", name, name, what, name)
	}
	for file, want := range map[string][]string{
		"a.star": {told("json", "a module"), told("lambda", "a word of the language"), "\"lambda\" <machine fine>"},
		"b.py":   {told("lambda", "a word of the language"), "<machine json> <machine fine> <machine lambda>"},
	} {
		cmd, out := start(t, dir, nil, "run", "-c", "driver.json", file)
		e := end(t, cmd, out)
		for _, w := range want {
			if e.status != exitPassed || !strings.Contains(e.out, w) {
				t.Errorf("%s: status %d, want %q in\n%s", file, e.status, w, e.out)
			}
		}
	}
}

const sleeping = `server = create_machine(guest = "tiny", name = "server")
server.wait_for_file("/bin/bash")
print("pid %d of" % server.pid, driver.out_dir)
server.succeed("sleep 100")
`

// sleepingRun starts a run whose guest is up and sleeps.
func sleepingRun(t *testing.T) (cmd *exec.Cmd, out *bytes.Buffer, tmp string) {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	dir := t.TempDir()
	// The run's directory has sockets: its path must be short.
	tmp, err := os.MkdirTemp("", "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	write(t, dir, map[string]string{"sleeping.star": sleeping})
	cmd, out = start(t, dir, []string{"TMPDIR=" + tmp, "XDG_RUNTIME_DIR="}, "run", "--log-json", "log.jsonl", "sleeping.star")
	log := filepath.Join(dir, "log.jsonl")
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if b, err := os.ReadFile(log); err == nil && bytes.Contains(b, []byte("must succeed: sleep 100")) || time.Since(began) > 2*boot {
			break
		}
	}
	if processesOf(t, tmp) == 0 {
		t.Errorf("no process belongs to %s", tmp)
	}
	return cmd, out, tmp
}

// processesOf counts the running processes whose command line or environment names a directory.
func processesOf(t *testing.T, dir string) (n int) {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		if p == fmt.Sprintf("/proc/%d", os.Getpid()) {
			continue
		}
		line, err := os.ReadFile(p + "/cmdline")
		env, err2 := os.ReadFile(p + "/environ")
		if errors.Join(err, err2) == nil && (bytes.Contains(line, []byte(dir)) || bytes.Contains(env, []byte(dir))) {
			n++
		}
	}
	return n
}

// nothingLeft waits until all processes and files of a run are gone.
func nothingLeft(t *testing.T, tmp string) {
	t.Helper()
	began := time.Now()
	for {
		left, err := os.ReadDir(tmp)
		if err != nil {
			t.Fatal(err)
		}
		n := processesOf(t, tmp)
		if n == 0 && len(left) == 0 {
			return
		}
		if time.Since(began) > noticed {
			t.Errorf("%d processes and %v are left after %v", n, left, noticed)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// noticed is the longest time until a run ends after a signal, on a busy machine; its command would take longer.
const noticed = 30 * time.Second

func TestInterrupt(t *testing.T) {
	cmd, out, tmp := sleepingRun(t)
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	e := end(t, cmd, out)
	if took := time.Since(began); e.status != 130 || took > noticed || !strings.Contains(e.out, "interrupted") {
		t.Errorf("status %d after %v\n%s", e.status, took, e.out)
	}
	nothingLeft(t, tmp)
}

func TestKilledDriverLeavesNothing(t *testing.T) {
	cmd, out, tmp := sleepingRun(t)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = end(t, cmd, out)
	nothingLeft(t, tmp)
}

func TestKilledQEMUEndsTheRun(t *testing.T) {
	cmd, out, tmp := sleepingRun(t)
	found, err := exec.CommandContext(context.Background(), "pgrep", "-f", "qemu-system.*"+tmp).Output()
	if err != nil {
		t.Fatalf("looking for QEMU: %v", err)
	}
	var pid int
	if _, err := fmt.Sscan(string(found), &pid); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	e := end(t, cmd, out)
	if took := time.Since(began); e.status != exitFailed || took > noticed || !strings.Contains(e.out, "server: QEMU was killed by signal 9") {
		t.Errorf("status %d after %v\n%s", e.status, took, e.out)
	}
	nothingLeft(t, tmp)
}
