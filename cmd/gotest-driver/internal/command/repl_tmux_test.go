package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReplInTmux checks the session in a real terminal, whose window has two sizes: earlier output stays, even when the
// prompt is in the last row.
func TestReplInTmux(t *testing.T) {
	if testing.Short() {
		t.Skip("runs tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("needs tmux")
	}
	dir := t.TempDir()
	bin := program(t)
	tmux := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("tmux", append([]string{"-f", "/dev/null", "-S", filepath.Join(dir, "s")}, args...)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm-256color", "CI=", "INPUTRC=/dev/null")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	// sees waits until the screen ends with these lines.
	sees := func(lines ...string) {
		t.Helper()
		want := strings.Join(lines, "\n")
		screen := ""
		for end := time.Now().Add(soon); time.Now().Before(end); {
			screen = tmux("capture-pane", "-p")
			if strings.HasSuffix(strings.TrimRight(screen, "\n "), want) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("the screen does not end with\n%s\nbut is\n%s", want, screen)
	}
	tmux("new-session", "-d", "-c", dir, "-x", "80", "-y", "24", bin, "repl", "--history", "")
	defer tmux("kill-server")
	sees(">>>")

	number := 1000
	ask := func() {
		for range 13 {
			number++
			tmux("send-keys", fmt.Sprint(number), "Enter")
			sees(fmt.Sprintf(">>> %d", number), fmt.Sprint(number), ">>>")
		}
		sees(fmt.Sprintf(">>> %d", number-1), fmt.Sprint(number-1), fmt.Sprintf(">>> %d", number), fmt.Sprint(number), ">>>")
	}
	ask()
	tmux("send-keys", "def double(n):", "Enter", "    return 2 * n", "Enter", "Enter")
	sees(">>> def double(n):", "        return 2 * n", "", ">>>")
	tmux("resize-window", "-x", "150", "-y", "10")
	time.Sleep(200 * time.Millisecond)
	ask()

	// A line that is longer than the window.
	long := "len('" + strings.Repeat("x", 200) + "')"
	tmux("send-keys", long, "Enter")
	sees(">>> "+long[:146], long[146:], "200", ">>>")

	tmux("send-keys", "help()", "Enter")
	sees("ends the call under way. Ctrl-D ends the session and its machines.", ">>>")
}
