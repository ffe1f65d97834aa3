package procload

import (
	"os/exec"
	"runtime"
	"testing"
	"time"
)

func TestUsed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("about Linux")
	}
	start := func(command string) int {
		c := exec.Command("sh", "-c", command)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		return c.Process.Pid
	}
	busy, idle := start("while :; do :; done"), start("exec sleep 1000")
	const much = 200 * time.Millisecond
	for end := time.Now().Add(time.Minute); Used(busy, idle) < much; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a loop has used %v", Used(busy, idle))
		}
	}
	if used := Used(idle); used >= much {
		t.Errorf("what sleeps has used %v", used)
	}
	if used := Used(1 << 30); used != 0 {
		t.Errorf("no process has used %v", used)
	}
}
