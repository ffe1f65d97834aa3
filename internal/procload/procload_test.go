package procload

import (
	"os/exec"
	"runtime"
	"syscall"
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

func TestStopped(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("about Linux")
	}
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for _, want := range []bool{true, false} {
		signal := syscall.SIGCONT
		if want {
			signal = syscall.SIGSTOP
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); Stopped(c.Process.Pid) != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("after %v it is stopped: %v", signal, !want)
			}
		}
	}
	if Stopped(1 << 30) {
		t.Error("no process is stopped")
	}
}
