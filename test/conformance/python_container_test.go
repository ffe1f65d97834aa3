package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
)

// cutInContainer calls what a time limit cuts in a container, and what ends by itself with the status of a cut.
const cutInContainer = `
import subprocess
from datetime import timedelta

c = create_machine(container="container", name="c")
for call in (c.execute, c.succeed, c.fail):
    with t.assertRaises(subprocess.TimeoutExpired) as caught:
        call("echo before; sleep 60", timeout=timedelta(seconds=2))
    t.assertEqual(caught.exception.timeout, 2)
    t.assertIn("before", caught.exception.output)
t.assertEqual(c.fail("echo a; exit 124", "echo b; false", timeout=600), "a\nb\n")
t.assertEqual(c.fail("echo c; false"), "c\n")
t.assertEqual(c.execute("exit 124"), (124, ""))
for timeout in (None, 600):
    with t.assertRaisesRegex(RequestedAssertionFailed, "command .echo d. unexpectedly succeeded(?s:.*)d"):
        c.fail("echo d", timeout=timeout)
with t.assertRaisesRegex(Exception, "c: it runs"):
    c.state_dir = c.shared_dir
with t.assertRaisesRegex(RequestedAssertionFailed, "failed .exit code 124"):
    c.succeed("exit 124", timeout=600)
`

// TestPythonContainerLimits: a command that its limit cuts in a container raises what the Python driver raises.
func TestPythonContainerLimits(t *testing.T) {
	if testing.Short() || os.Getuid() != 0 {
		t.Skip("starts a container, which needs root")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "limits.py")
	if err := os.WriteFile(file, []byte(cutInContainer), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), buildtest.Driver(t), "run", "--plain", "-o", dir, file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, testlog.Brief(string(out)))
	}
}
