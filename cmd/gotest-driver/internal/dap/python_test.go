package dap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

const pythonScript = `from helper import double
n = 21
m = create_machine("true", name="m")
n = double(n)
log.info(f"n is {n}")
assert n == 43
`

// debugPython runs a script in Python that an editor debugs.
func debugPython(t *testing.T, env ...string) (c *client, dir string, over func() int) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir = t.TempDir()
	for name, text := range map[string]string{"test.py": pythonScript, "helper.py": "def double(x):\n    y = 2 * x\n    return y\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(buildtest.Driver(t), "dap", "test.py")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), append([]string{"GOTEST_PYTHON=/usr/bin/python3"}, env...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return listen(t, in, out), dir, func() int {
		_ = in.Close()
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		_ = cmd.Wait() // the status is checked below
		return cmd.ProcessState.ExitCode()
	}
}

// TestDebugpy debugs a script in Python: a breakpoint in a module, its variables, a call of a live machine, steps, and the failure.
func TestDebugpy(t *testing.T) {
	if err := exec.Command("/usr/bin/python3", "-c", "import debugpy").Run(); err != nil {
		t.Skip("this needs debugpy (Debian: apt install python3-debugpy)")
	}
	c, dir, over := debugPython(t)
	if r, ok := c.try("initialize", map[string]any{"adapterID": "gotest-driver", "pathFormat": "path"}).(*godap.InitializeResponse); !ok {
		t.Fatalf("%+v", r)
	}
	launch := c.send("launch", map[string]any{"program": "test.py"})
	await[*godap.InitializedEvent](c)
	if r := c.response(launch, "launch").GetResponse(); !r.Success || r.Command != "launch" {
		t.Errorf("the launch is answered with %+v", r)
	}
	if r := c.call("setBreakpoints", map[string]any{
		"source": map[string]any{"path": filepath.Join(dir, "helper.py")}, "breakpoints": []any{map[string]any{"line": 3}},
	}).(*godap.SetBreakpointsResponse); !r.Body.Breakpoints[0].Verified {
		t.Errorf("the breakpoint is not verified: %+v", r.Body)
	}
	c.call("configurationDone", nil)
	thread := await[*godap.StoppedEvent](c).Body.ThreadId
	frames := c.call("stackTrace", map[string]any{"threadId": thread}).(*godap.StackTraceResponse).Body.StackFrames
	if len(frames) < 2 || frames[0].Name != "double" || frames[1].Line != 4 {
		t.Fatalf("the frames are %+v", frames)
	}
	evaluate := func(frame int, expression string) string {
		return c.call("evaluate", map[string]any{"expression": expression, "frameId": frames[frame].Id}).(*godap.EvaluateResponse).Body.Result
	}
	if got := evaluate(0, "y"); got != "42" {
		t.Errorf("y is %s", got)
	}
	if got := evaluate(1, "m.name + str(m.booted)"); got != "'mFalse'" {
		t.Errorf("the machine is %s", got)
	}
	c.call("next", map[string]any{"threadId": thread})
	await[*godap.StoppedEvent](c)
	c.call("continue", map[string]any{"threadId": thread})
	await[*godap.TerminatedEvent](c)
	if status := over(); status != 1 || !strings.Contains(c.output.String(), "n is 42") {
		t.Errorf("exit status %d, output\n%s", status, c.output.String())
	}
}

// TestDebugpyEditorGone ends a script when its editor ends.
func TestDebugpyEditorGone(t *testing.T) {
	if err := exec.Command("/usr/bin/python3", "-c", "import debugpy").Run(); err != nil {
		t.Skip("this needs debugpy (Debian: apt install python3-debugpy)")
	}
	c, _, over := debugPython(t)
	c.try("initialize", map[string]any{"adapterID": "gotest-driver"})
	if status := over(); status != 130 && status != 1 {
		t.Errorf("exit status %d", status)
	}
}

// TestDebugpyMissing: the editor gets a message that names the missing package.
func TestDebugpyMissing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "debugpy.py"), []byte("raise ImportError\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, over := debugPython(t, "PYTHONPATH="+dir)
	r, ok := c.try("initialize", map[string]any{"adapterID": "gotest-driver"}).(*godap.ErrorResponse)
	if !ok || !strings.Contains(r.Message, "apt install python3-debugpy") {
		t.Errorf("the answer is %+v", r)
	}
	if status := over(); status != 1 {
		t.Errorf("exit status %d", status)
	}
}
