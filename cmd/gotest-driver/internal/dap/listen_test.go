package dap_test

import (
	"bufio"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// TestListen runs a script without debugging, for an editor that connects.
func TestListen(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	path := buildtest.Driver(t)
	dir := write(t, map[string]string{"test.star": "debug.breakpoint()\nprint(\"greeting is\", os.environ[\"GREETING\"])\n"})
	cmd := exec.Command(path, "dap", "--listen", "127.0.0.1:0")
	cmd.Dir = dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimSpace(line[strings.LastIndex(line, " "):]))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := connect(t, conn, conn)
	c.call("launch", map[string]any{"program": filepath.Join(dir, "test.star"), "noDebug": true, "env": map[string]any{"GREETING": "hello"}})
	c.call("configurationDone", nil)
	c.end(0)
	if !strings.Contains(c.output.String(), "greeting is hello\n") {
		t.Errorf("output:\n%s", c.output.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
}
