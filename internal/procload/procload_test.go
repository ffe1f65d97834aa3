package procload

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// watch looks at a shell command's process.
func watch(t *testing.T, command string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("about Linux")
	}
	c := exec.Command("sh", "-c", command)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	time.Sleep(100 * time.Millisecond) // until it is what it becomes
	return Begin(func() []int { return []int{c.Process.Pid} }).Excuse(t.Context())
}

func TestBusy(t *testing.T) {
	if got := watch(t, "while :; do :; done"); !strings.Contains(got, "busy") {
		t.Errorf("a loop is excused by %q", got)
	}
}

func TestIdle(t *testing.T) {
	if got := watch(t, "exec sleep 100"); got != "" {
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
