package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// processes returns the processes with a word in their command line.
func processes(t *testing.T, word string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(word)) { // else it has ended
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// TestPythonLeavesNothing ends the driver in the middle of a Python script that has started processes, one of them in its own
// session: all of them end. This needs no guest.
func TestPythonLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the driver")
	}
	binary := buildtest.Driver(t)
	for name, c := range map[string]struct {
		signal syscall.Signal
		last   string // statement
		status int    // -1: killed
		says   string
	}{
		"SIGKILL in a call":      {syscall.SIGKILL, "retry(lambda last: False)", -1, ""},
		"SIGKILL while it waits": {syscall.SIGKILL, "child.wait()", -1, ""},
		"Ctrl-C in a call":       {syscall.SIGINT, "retry(lambda last: False)", 130, "interrupted"},
		"Ctrl-C in a loop":       {syscall.SIGINT, "while True: pass", 130, "interrupted"},
		"SIGTERM in a call":      {syscall.SIGTERM, "retry(lambda last: False)", 130, "interrupted"},
		"the end":                {0, "pass", 0, "finished"},
		"a failure":              {0, "1 / 0", 1, "ZeroDivisionError"},
		"Python is killed":       {0, "os.kill(os.getpid(), 9)", 1, "killed by signal SIGKILL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			word := fmt.Sprint(1_000_000 + rand.IntN(900_000_000))
			dir := t.TempDir()
			script := filepath.Join(dir, "script-"+word+".py")
			text := fmt.Sprintf("import os, subprocess\nchild = subprocess.Popen(['sleep', '%[1]s'])\nsubprocess.Popen(['sleep', '%[1]s'], start_new_session=True)\n"+
				"print('ready')\n%[2]s\n", word, c.last)
			if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), binary, "run", "--plain", "--no-check", "-o", filepath.Join(dir, "out"), script)
			var out bytes.Buffer
			said, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdout, cmd.Stderr = w, w
			if err := errors.Join(cmd.Start(), w.Close()); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 4096)
			for !strings.Contains(out.String(), "ready") {
				n, err := said.Read(buf)
				out.Write(buf[:n])
				if err != nil {
					t.Fatalf("it is not ready: %s", out.String())
				}
			}
			if c.signal != 0 {
				for end := time.Now().Add(noticed + slack); len(processes(t, word)) < 4; time.Sleep(10 * time.Millisecond) {
					if time.Now().After(end) {
						t.Fatalf("there are the processes %v only", processes(t, word))
					}
				}
				time.Sleep(100 * time.Millisecond) // the last statement is reached
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			for err == nil {
				var n int
				n, err = said.Read(buf)
				out.Write(buf[:n])
			}
			_ = cmd.Wait() // the status is checked below
			if got := cmd.ProcessState.ExitCode(); got != c.status || !strings.Contains(out.String(), c.says) {
				t.Errorf("it ends with status %d and says\n%s", got, out.String())
			}
			left := processes(t, word)
			for end := time.Now().Add(noticed + slack); len(left) > 0 && time.Now().Before(end); left = processes(t, word) {
				time.Sleep(50 * time.Millisecond)
			}
			if len(left) > 0 {
				t.Errorf("processes %v are left", left)
			}
		})
	}
}
