package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDebugCommands gives the debugger's commands without a terminal.
func TestDebugCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	const script = `load("lib.star", "double")

n = 1
debug.breakpoint()
n = double(n)
n = double(n) + 1
fail("over")
`
	const lib = `def double(x):
    y = x * 2
    return y
`
	for _, test := range []struct {
		name   string
		input  string
		want   []string // in this order
		status int
	}{
		{"finish", "next\nstep\nwhere\nfinish\nn + 0\ncontinue\ncontinue\n", []string{
			"debug.breakpoint()", "test.star:4\n-> debug.breakpoint()", "test.star:5\n", "lib.star:2 in double", "test.star:6\n", "\n2\n",
		}, exitFailed},
		{"break in a loaded file", "break lib.star:3\ncontinue\ny\nup\nlist\ndown\ndown\nfinish\ncontinue\ncontinue\n", []string{
			"lib.star:3\n", "stopped: breakpoint", "lib.star:3 in double\n-> return y", "\n2\n", "test.star:5\n-> n = double(n)",
			"->    5  n = double(n)\n      6  n = double(n) + 1", "lib.star:3 in double", "no frame further down", "test.star:6\n",
			"stopped: breakpoint", "The script has failed",
		}, exitFailed},
		{"watch", "watch n\ncontinue\nwatch n\ncontinue\ncontinue\n", []string{
			"stops when n changes", "stopped: n: 1 → 2", "test.star:6\n", "n is no longer watched", "The script has failed",
		}, exitFailed},
		{"quit", "quit\n", []string{"debug.breakpoint()"}, exitFailed},
		{"mistakes", "break\nbreak test.star:x\nnothing\nup\nhelp\nquit\n", []string{
			"give FILE:LINE or LINE", "undefined: nothing", "no frame further up", "watch NAME",
		}, exitFailed},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"test.star": script, "lib.star": lib} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := exec.Command(program(t), "run", "--debug", "--no-check", filepath.Join(dir, "test.star"))
		c.Dir, c.Stdin = dir, strings.NewReader(test.input)
		var log strings.Builder
		c.Stderr = &log
		out, err := c.Output()
		if c.ProcessState == nil || c.ProcessState.ExitCode() != test.status {
			t.Errorf("%s: %v, want exit status %d", test.name, err, test.status)
		}
		rest := string(out)
		for _, w := range test.want {
			_, after, ok := strings.Cut(rest, w)
			if !ok {
				t.Errorf("%s: %q is not there, or not in its place, in\n%s\n%s", test.name, w, out, log.String())
				break
			}
			rest = after
		}
		if test.name == "quit" && strings.Contains(string(out), "failed;") {
			t.Errorf("quit shows a failure:\n%s", out)
		}
	}
}
