package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

// hooked is a run of the drop-in program that waits for a client where it stops.
type hooked struct {
	t   *testing.T
	cmd *exec.Cmd
	tmp string

	mu  sync.Mutex
	out bytes.Buffer
}

func (h *hooked) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.Write(p)
}

func (h *hooked) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.String()
}

func startHooked(t *testing.T, script, enter string) *hooked {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir := t.TempDir()
	tmp, err := os.MkdirTemp("", "hook") // short: for the socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	file, config := filepath.Join(dir, "test.star"), filepath.Join(dir, "driver.json")
	for name, text := range map[string]string{
		file:   script,
		config: fmt.Sprintf(`{"name": "hooked", "vms": {}, "containers": {}, "vlans": [], "global_timeout": 900, "test_script": %q}`, file),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "nixos-test-driver")
	if err := os.Symlink(program(t), name); err != nil {
		t.Fatal(err)
	}
	// The flag is shortened as in nixpkgs.
	h := &hooked{t: t, cmd: exec.Command(name, "--config", config, "-o", dir, "--debug-hook="+enter), tmp: tmp}
	h.cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+tmp, "LOGFILE=/dev/null")
	h.cmd.Stdout, h.cmd.Stderr = h, h
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if h.cmd.ProcessState == nil {
			_ = h.cmd.Process.Kill()
			_ = h.cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the run's output:\n%s", h.text())
		}
	})
	return h
}

// waits matches the run's output up to where it has stopped.
func (h *hooked) waits(pattern string) []string {
	h.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(boot); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if m := re.FindStringSubmatch(h.text()); m != nil {
			return m
		}
	}
	h.t.Fatalf("the run did not print %q", pattern)
	return nil
}

// ends checks the run's status, and that nothing of it is left.
func (h *hooked) ends(status int) {
	h.t.Helper()
	timer := time.AfterFunc(boot, func() { _ = h.cmd.Process.Kill() })
	defer timer.Stop()
	var exit *exec.ExitError
	if err := h.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	if st := h.cmd.ProcessState.ExitCode(); st != status {
		h.t.Errorf("exit status %d, want %d", st, status)
	}
	if left, err := os.ReadDir(h.tmp); err != nil || len(left) > 0 {
		h.t.Errorf("left over: %v (%v)", left, err)
	}
}

const enterSandbox = `sudo /attach (\d+)\n(?s).*\n +(\S+/gotest-driver) attach (\S+)\n`

func TestAttachAtFailure(t *testing.T) {
	h := startHooked(t, failing, "/attach")
	m := h.waits(enterSandbox)
	sleep, socket := m[1], m[3]
	if st, err := os.Stat(socket); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", st, err)
	}
	// nixpkgs' script finds the sandbox by this process, and reads the shell from its environment.
	pid := processOf(t, "sleep\x00"+sleep+"\x00")
	env, err := os.ReadFile("/proc/" + pid + "/environ")
	if err != nil || !strings.Contains(string(env), "\x00bashInteractive=/") {
		t.Errorf("the environment of sleep: %q, %v", env, err)
	}
	const debug = `\(debug\) $`
	x := ptytest.Start(t, t.TempDir(), nil, program(t), "attach", "--history", "", socket)
	x.Expect(`(?s)stopped: debug.breakpoint\(\).*test.star:10.*`+debug, soon)
	x.Type("continue\r")
	x.Expect(`(?s)test failure.*The script has failed.*test.star:5 in check.*`+debug, boot)
	x.Type("locals\r")
	x.Expect(`(?s)expected = "2"\ngot = "1"\n.*`+debug, soon)
	x.Type("server.succeed('sleep 1000')\r")
	h.waits("must succeed: sleep 1000")
	x.Type("\x03")
	x.Expect(`(?s)interrupted.*`+debug, soon)
	x.Type("[server.succeed('echo %d' % i).strip()\rfor i in range(2)]\r")
	x.Expect(`(?s)\["0", "1"\]\n.*`+debug, soon)
	x.Type("continue\r")
	if st := x.Wait(soon); st != 0 {
		t.Errorf("attach ended with status %d", st)
	}
	h.ends(exitFailed)
	for end := time.Now().Add(soon); ; time.Sleep(20 * time.Millisecond) {
		// A process that has ended has no command line, even before its parent has waited for it.
		if line, err := os.ReadFile("/proc/" + pid + "/cmdline"); err != nil || len(line) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("sleep %s is still there", sleep)
		}
	}
}

func processOf(t *testing.T, cmdline string) string {
	t.Helper()
	found := ""
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err == nil && string(text) == cmdline { // it may have ended in between
			found = filepath.Base(filepath.Dir(n))
		}
	}
	if found == "" {
		t.Fatalf("there is no process %q", cmdline)
	}
	return found
}

// TestDetach: any client of Unix sockets works, and the run continues when the client ends.
func TestDetach(t *testing.T) {
	h := startHooked(t, "n = 1\ndebug.breakpoint()\nn += 1\ndebug.breakpoint()\nn += 1\nprint(\"n is\", n)\n", "")
	socket := h.waits(`\n +\S+ attach (\S+)\n`)[1]
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make(chan string)
	go func() {
		text, _ := io.ReadAll(conn)
		got <- string(text)
	}()
	if _, err := io.WriteString(conn, "def f(x):\n    return x + 41\n\nn + 41\nif n:\n    print(\"yes\")\n\nnext\nn + 41\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	text := <-got
	if !strings.Contains(text, "42\n") || !strings.Contains(text, "test.star:3\n") {
		t.Errorf("the debugger said %q", text)
	}
	// The second breakpoint waits for another client.
	h.waits(`(?s)detached.*Breakpoint reached`)
	x := exec.Command(program(t), "attach", socket)
	x.Stdin = strings.NewReader("n * 100\ncontinue\n")
	out, err := x.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "200\n") {
		t.Errorf("attach: %v\n%s", err, out)
	}
	h.ends(exitPassed)
	if !strings.Contains(h.text(), "n is 3") || !strings.Contains(h.text(), "yes") {
		t.Error("the script did not go on")
	}
}

func TestAttachToNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	out, err := exec.Command(program(t), "attach", filepath.Join(t.TempDir(), "debugger")).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != ExitUsage || !strings.Contains(string(out), "no run waits at this socket") {
		t.Errorf("%v: %s", err, out)
	}
}
