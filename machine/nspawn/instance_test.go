package nspawn

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
)

// TestExit: the message says how the start command ended.
func TestExit(t *testing.T) {
	for script, want := range map[string]string{"exit 133": "it rebooted", "exit 3": "systemd-nspawn ended with exit status 3", "kill -9 $$": "systemd-nspawn was killed by signal 9 (killed)"} {
		i := &instance{cmd: exec.Command("sh", "-c", script)}
		_ = i.cmd.Run() // it fails
		if got := i.exit(); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
}

// TestEnter: a command in the container has a display and the mark by which the driver finds it, but none of the host's
// variables.
func TestEnter(t *testing.T) {
	t.Setenv("OF_THE_HOST", "1")
	g := guard.New()
	b := &Backend{Sandbox: NewSandbox(g)}
	i := newInstance(b, machine.StartOptions{Name: "a"})
	i.notify = &notifySocket{leader: 999999999}
	cmd := i.enter(context.Background(), "true")
	defer g.Close()
	env := " " + strings.Join(cmd.Env, " ")
	if !strings.Contains(env, " "+guard.Env+"=") || !strings.Contains(env, " HOME=/root ") || !strings.Contains(env, " DISPLAY=:0") || strings.Contains(env, "OF_THE_HOST") {
		t.Errorf("the environment is%s", env)
	}
	if words := strings.Join(cmd.Args, " "); !strings.HasPrefix(words, "nsenter --target 999999999 ") || !strings.Contains(words, "unset "+guard.Env) {
		t.Errorf("the command is %s", words)
	}
	b.DisplayEnv = []string{"DISPLAY=:7", "XAUTHORITY=/x"}
	if env := strings.Join(i.enter(context.Background(), "true").Env, " "); !strings.HasSuffix(env, " DISPLAY=:7 XAUTHORITY=/x") {
		t.Errorf("the environment is %s", env)
	}
}

// TestInBackground: a script in the background has the standard input, and is a job: it leads a process group.
func TestInBackground(t *testing.T) {
	cmd := exec.Command("bash", "-c", inBackground(`read -r line; echo "got $line"; read -r -a stat < /proc/$BASHPID/stat; [ ${stat[4]} = $BASHPID ] && echo job`))
	cmd.Stdin = strings.NewReader("text\n")
	out, err := cmd.Output() // also waits for the script, which has the output open
	if err != nil || string(out) != "got text\njob\n" {
		t.Errorf("output %q, error %v", out, err)
	}
}
