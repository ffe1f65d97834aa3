package conformance_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
)

func TestMain(m *testing.M) { buildtest.Main(m) }

// runScript runs a script and returns its output, its exit status and its output directory.
func runScript(t *testing.T, binary, src string) (out string, status int, dir string) {
	t.Helper()
	dir = t.TempDir()
	script := filepath.Join(dir, "test.star")
	if err := os.WriteFile(script, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "run", "--plain", "-o", dir+"/out", script)
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	return string(text), cmd.ProcessState.ExitCode(), dir + "/out"
}

// TestTyposAreFoundBeforeTheBoot: misspelt names and arguments end the run before any machine is started.
func TestTyposAreFoundBeforeTheBoot(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the driver")
	}
	binary := buildtest.Driver(t)
	for line, want := range map[string]string{
		`m.wait_for_unt("x.service")`:            "wait_for_unit",
		`m.wait_for_unit("x.service", timout=3)`: "timeout",
		`m.succed("true")`:                       "succeed",
		`mm.start()`:                             "mm",
		`m.wait_for_open_port("80")`:             "int",
	} {
		out, status, _ := runScript(t, binary, "m = create_machine(guest = \"tiny\", name = \"m\")\nm.start()\n"+line+"\n")
		if status != 2 || !strings.Contains(out, want) || !strings.Contains(out, "test.star") || strings.Contains(out, "starting vm") {
			t.Errorf("%s: status %d\n%s", line, status, testlog.Brief(out))
		}
	}
}

// TestArtifactsOfAFailedTest: console, screen and report of the failure are there afterwards.
func TestArtifactsOfAFailedTest(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	out, status, dir := runScript(t, buildtest.Driver(t), "m = create_machine(guest = \"tiny\", name = \"m\")\nm.succeed(\"echo on the console > /dev/ttyS0\")\nm.succeed(\"exit 3\")\n")
	if status != 1 || !strings.Contains(out, "test.star:3") {
		t.Errorf("status %d\n%s", status, testlog.Brief(out))
	}
	for name, want := range map[string]string{"failure/m-console.log": "on the console", "failure/m.png": "\x89PNG", "failure/index.json": `"m-console.log"`, "failure/index.html": "m.png", "report.html": "<html"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(b, []byte(want)) {
			t.Errorf("%s: %d bytes without %q, %v", name, len(b), want, err)
		}
	}
}

// TestTwoRunsAtOnce: two drivers with networks and machines of the same names are independent.
func TestTwoRunsAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	binary := buildtest.Driver(t)
	const src = `
a = create_machine(guest = "tiny", name = "a", vlans = [1])
a.start()
a.connect()
t.assertNotEqual(a.execute("ping -c 3 -W 1 192.168.1.2")[0], 0)
print("directory", vlan1.socket_dir)
a.crash()
`
	var wg sync.WaitGroup
	var outs [2]string
	for i := range outs {
		wg.Go(func() {
			out, status, _ := runScript(t, binary, strings.ReplaceAll(src, `name = "a"`, `name = "`+[]string{"a", "b"}[i]+`"`))
			if status != 0 {
				t.Errorf("status %d\n%s", status, testlog.Brief(out))
			}
			_, outs[i], _ = strings.Cut(out, "directory ")
			outs[i], _, _ = strings.Cut(outs[i], "\n")
		})
	}
	wg.Wait()
	if outs[0] == "" || outs[0] == outs[1] {
		t.Errorf("the networks' directories are %q", outs)
	}
}
