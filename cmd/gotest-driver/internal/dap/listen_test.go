package dap_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// listening runs the built program, which waits for an editor, and returns its address and what the launch needs.
func listening(t *testing.T, dir string, env []string, args ...string) (address, token string, over func() error) {
	t.Helper()
	cmd := exec.Command(buildtest.Driver(t), append([]string{"dap", "--listen"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(line[strings.LastIndex(line, " "):])
	if !strings.Contains(address, "/") {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`needs "token": "([A-Z2-7]{26})"\n`).FindStringSubmatch(line); m != nil {
			token = m[1]
		} else if !strings.Contains(line, "needs the token of $GOTEST_DAP_TOKEN") {
			t.Errorf("it says %q", line)
		}
	}
	return address, token, func() error {
		defer timer.Stop()
		text, _ := io.ReadAll(lines)
		t.Logf("%s", text)
		return cmd.Wait()
	}
}

// TestListen runs a script without debugging, for an editor that connects to a Unix socket or to a port of this machine.
func TestListen(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	const variable = "GOTEST_DAP_TOKEN=correct horse battery"
	for at, env := range map[string][]string{":0": nil, "localhost:0": {variable}, "./editor.sock": {variable}} {
		t.Run(at, func(t *testing.T) {
			dir := write(t, map[string]string{"test.star": "debug.breakpoint()\nprint(\"greeting is\", os.environ[\"GREETING\"], os.environ.get(\"GOTEST_DAP_TOKEN\"))\n"})
			address, token, over := listening(t, dir, env, at)
			network := "tcp"
			if at[0] == '.' {
				network, address = "unix", filepath.Join(dir, address)
				if st, err := os.Stat(address); err != nil || st.Mode().Perm() != 0o600 {
					t.Errorf("the socket: %v, %v", st, err)
				}
			} else if host, _, err := net.SplitHostPort(address); err != nil || !net.ParseIP(host).IsLoopback() {
				t.Errorf("it listens at %s", address)
			} else if env != nil {
				token = "correct horse battery"
			}
			conn, err := net.Dial(network, address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			c := connect(t, conn, conn)
			launch := map[string]any{"program": filepath.Join(dir, "test.star"), "noDebug": true, "env": map[string]any{"GREETING": "hello"}}
			if token != "" {
				launch["token"] = token
			}
			c.call("launch", launch)
			c.call("configurationDone", nil)
			c.end(0)
			if !strings.Contains(c.output.String(), "greeting is hello None\n") {
				t.Errorf("output:\n%s", c.output.String())
			}
			if err := over(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 && len(left) != 2 { // the script, and its output directory
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// TestListenToOthers makes the attack: another user of the machine connects first, and launches a script with a start command.
// Nothing of it runs. Other hosts can't connect at all.
func TestListenToOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir := write(t, map[string]string{"evil.star": "create_machine(\"touch owned; true\", name = \"m\").start()\n"})
	address, _, over := listening(t, dir, nil, "127.0.0.1:0")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := connect(t, conn, conn)
	c.send("configurationDone", nil)
	r := c.try("launch", map[string]any{"program": filepath.Join(dir, "evil.star"), "noDebug": true, "token": "guess"})
	if e, ok := r.(*godap.ErrorResponse); !ok || !strings.Contains(e.Message, "did not give the token") {
		t.Errorf("the launch is answered with %+v", r)
	}
	if err := over(); err == nil {
		t.Error("the program reports no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "owned")); !os.IsNotExist(err) {
		t.Errorf("the command has run: %v", err)
	}
	for at, want := range map[string]string{
		"0.0.0.0:0": "other hosts can reach this address", "[::]:0": "other hosts can reach this address",
		"evil.star": "want a path with a slash, or an address", "./evil.star": "there is a file of this name",
	} {
		cmd := exec.Command(buildtest.Driver(t), "dap", "--listen", at)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("--listen %s: %v, %s", at, err, out)
		}
	}
}
