package procload

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// watch begins to look at a shell command's process when that is a program in a state (proc(5), stat).
func watch(t *testing.T, command, program, state string) func() string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("about Linux")
	}
	c := exec.Command("sh", "-c", command)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	want := fmt.Sprintf("%d (%s) %s ", c.Process.Pid, program, state)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(stat), want) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it does not become %q but is %.60q", want, stat)
		}
	}
	return func() string { return Begin(func() []int { return []int{c.Process.Pid} }).Excuse(t.Context()) }
}

func TestBusy(t *testing.T) {
	excuse := watch(t, "while :; do :; done", "sh", "R")
	got := ""
	for range 40 { // the machine may stand still for some seconds
		if got = excuse(); strings.Contains(got, "busy") {
			return
		}
	}
	t.Errorf("a loop is excused by %q", got)
}

func TestIdle(t *testing.T) {
	if got := watch(t, "exec sleep 100", "sleep", "S")(); got != "" {
		t.Errorf("what sleeps is excused by %q", got)
	}
}

func TestGone(t *testing.T) {
	if got := Begin(func() []int { return []int{1 << 30} }).Excuse(t.Context()); got != "" {
		t.Errorf("no process is excused by %q", got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := Begin(func() []int { return []int{1} }).Excuse(ctx); got != "" {
		t.Errorf("a cancelled look told %q", got)
	}
}
