package guard

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// alive counts zombies as ended: a test's own children are reaped late.
func alive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return syscall.Kill(pid, 0) == nil && os.IsNotExist(err) == false
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	return f[0] != "Z"
}

// startTree starts a shell that leaves a grandchild in the group and one in its own session.
func startTree(t *testing.T, g *Guard) []int {
	t.Helper()
	cmd := g.Command(context.Background(), "sh", "-c", "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; echo $$; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })
	if err := g.Started(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	var pids []int
	buf := make([]byte, 100)
	for text := ""; strings.Count(text, "\n") < 3; {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		text += string(buf[:n])
		if strings.Count(text, "\n") == 3 {
			for _, f := range strings.Fields(text) {
				p, _ := strconv.Atoi(f)
				pids = append(pids, p)
			}
		}
	}
	return pids
}

// ended waits for a killed process: its memory, by which the guard finds it, disappears a moment before the process.
func ended(pid int) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if !alive(pid) {
			return true
		}
	}
	return false
}

func TestCloseLeavesNothing(t *testing.T) {
	g := New()
	dir := filepath.Join(t.TempDir(), "with blank")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	kept := t.TempDir()
	for _, err := range []error{g.RemoveDir(dir), g.RemoveDir(kept), g.KeepDir(kept)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pids := startTree(t, g)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, pids, dir)
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("the kept directory is missing: %v", err)
	}
}

// nothingLeft checks that the processes have ended and that the directory was removed.
func nothingLeft(t *testing.T, pids []int, dir string) {
	t.Helper()
	for _, p := range pids {
		if !ended(p) {
			t.Errorf("process %d is left", p)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is left: %v", err)
	}
}

// TestKilledGuard: a guard that is killed while the run goes on, or while it cleans up, is replaced.
func TestKilledGuard(t *testing.T) {
	g := New()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := g.RemoveDir(dir); err != nil {
		t.Fatal(err)
	}
	pids := startTree(t, g)
	before := running(g)
	g.mu.Lock()
	before.start = time.Time{} // as if it had run for long
	g.mu.Unlock()
	if err := syscall.Kill(before.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-before.done
	for end := time.Now().Add(time.Minute); running(g) == before || running(g) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no other guard was started")
		}
	}
	if err := syscall.Kill(running(g).cmd.Process.Pid, syscall.SIGKILL); err != nil { // it has run for a moment only
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, pids, dir)
}

// running returns the guard's process.
func running(g *Guard) *process {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.p
}

// TestStoppedGuard: a guard that somebody has stopped keeps neither the run nor its end from going on.
func TestStoppedGuard(t *testing.T) {
	for name, orders := range map[string]int{"at the end": 0, "while it gets orders": 10_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := New()
			dir := filepath.Join(t.TempDir(), "state")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := g.RemoveDir(dir); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(running(g).cmd.Process.Pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			for range orders { // more than a pipe holds
				if err := g.KeepDir("/nonexistent"); err != nil {
					t.Fatal(err)
				}
			}
			if err := g.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the directory is left: %v", err)
			}
		})
	}
}

// TestNothingToCleanUp: a guard is not started for nothing, and not after its end.
func TestNothingToCleanUp(t *testing.T) {
	g := New()
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if g.p != nil {
		t.Error("it was started")
	}
	if err := g.RemoveDir(t.TempDir()); err == nil {
		t.Error("a directory was taken after the end")
	}
	if err := g.Command(t.Context(), "true").Run(); err == nil {
		t.Error("a process was started after the end")
	}
}

// TestStrangeDirectories removes only the given directories, whose names have a meaning for a shell.
func TestStrangeDirectories(t *testing.T) {
	g := New()
	base := t.TempDir()
	for _, name := range []string{"a", "b*", "bystander", "[c]", "c", "-d", "e\nf"} {
		if err := os.Mkdir(filepath.Join(base, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b*", "[c]", "-d"} {
		if err := g.RemoveDir(filepath.Join(base, name)); err != nil {
			t.Error(err)
		}
	}
	// The part before the line end is another directory.
	if err := g.RemoveDir(filepath.Join(base, "a\nb")); err == nil {
		t.Error("a path with a line end was taken")
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"a", "bystander", "c", "e\nf"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

// TestKilledDriver kills a process that has started a guard and a tree, like a kill -9 of a driver.
func TestKilledDriver(t *testing.T) {
	if os.Getenv("GUARD_TEST_CHILD") != "" {
		g := New()
		if err := g.RemoveDir(os.Getenv("GUARD_TEST_CHILD")); err != nil {
			t.Fatal(err)
		}
		for _, p := range startTree(t, g) {
			os.Stdout.WriteString("pid " + strconv.Itoa(p) + "\n")
		}
		child := g.Command(context.Background(), "sleep", "1000")
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		if user, err := exec.LookPath("setpriv"); err == nil && os.Getuid() == 0 {
			other := g.Command(context.Background(), user, "--reuid=61500", "--regid=61500", "--clear-groups", "sh", "-c", "sleep 1000; :")
			tether, err := NewTether(other)
			if err == nil {
				err = other.Start()
			}
			if err == nil {
				err = tether.Tie(other)
			}
			if err != nil {
				t.Fatal(err)
			}
			os.Stdout.WriteString("other " + strconv.Itoa(other.Process.Pid) + "\n")
		}
		os.Stdout.WriteString("guard " + strconv.Itoa(running(g).cmd.Process.Pid) + "\nchild " + strconv.Itoa(child.Process.Pid) + "\n")
		os.Stdout.WriteString("ready\n")
		time.Sleep(10 * time.Minute)
		return
	}
	cmd, dir, text := startChild(t)
	cmd.Process.Kill()
	cmd.Wait()
	deadline := time.Now().Add(time.Minute)
	for {
		left := 0
		for line := range strings.SplitSeq(text, "\n") {
			if p, ok := strings.CutPrefix(line, "pid "); ok {
				if n, _ := strconv.Atoi(p); alive(n) {
					left++
				}
			}
		}
		_, err := os.Stat(dir)
		if left == 0 && os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes are left, state directory: %v", left, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// startChild starts a driver, and returns the directory that its guard removes, and what it has printed.
func startChild(t *testing.T) (cmd *exec.Cmd, dir, text string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0], "-test.run=^TestKilledDriver$")
	cmd.Env = append(os.Environ(), "GUARD_TEST_CHILD="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1000)
	for !strings.Contains(text, "ready") {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatal(err, text)
		}
		text += string(buf[:n])
	}
	return cmd, dir, text
}

// TestKilledDriverAndGuard: a process of the run dies even when nobody is left to end it.
func TestKilledDriverAndGuard(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a process that its parent has died")
	}
	cmd, _, text := startChild(t)
	pid := func(what string) int {
		_, rest, _ := strings.Cut(text, what+" ")
		var n int
		fmt.Sscan(rest, &n)
		return n
	}
	for line := range strings.SplitSeq(text, "\n") { // of the tree: the guard would end them
		if p, ok := strings.CutPrefix(line, "pid "); ok {
			if n, _ := strconv.Atoi(p); n > 0 {
				defer syscall.Kill(n, syscall.SIGKILL)
			}
		}
	}
	for _, k := range []struct {
		pid    int
		signal syscall.Signal
	}{{cmd.Process.Pid, syscall.SIGSTOP}, {pid("guard"), syscall.SIGKILL}, {cmd.Process.Pid, syscall.SIGKILL}} {
		if err := syscall.Kill(k.pid, k.signal); err != nil {
			t.Fatal(k, err)
		}
	}
	cmd.Wait()
	for _, what := range []string{"child", "other"} { // the other one, which has changed its user, needs root
		if n := pid(what); n != 0 && !ended(n) {
			t.Errorf("its process (%s) goes on", what)
		}
	}
}
