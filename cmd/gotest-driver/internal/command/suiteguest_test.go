package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/report"
)

// family returns the resident memory, in KiB, of a process and its descendants, and how many of them are QEMU.
func family(t *testing.T, root int) (memory, machines int) {
	t.Helper()
	b, err := exec.Command("ps", "-e", "-o", "pid=,ppid=,rss=,comm=").Output()
	if err != nil {
		t.Fatal(err)
	}
	parent, rows := map[int]int{}, map[int][]string{}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		pid, _ := strconv.Atoi(f[0])
		parent[pid], _ = strconv.Atoi(f[1])
		rows[pid] = f
	}
	for pid, f := range rows {
		p := pid
		for p != root && p > 1 {
			p = parent[p]
		}
		if p != root {
			continue
		}
		n, _ := strconv.Atoi(f[2])
		memory += n
		if strings.HasPrefix(f[3], "qemu-system") {
			machines++
		}
	}
	return memory, machines
}

// TestSuiteOnGuests: tests with machines run at once within the memory that they may use. One is flaky, one fails, and one is
// killed with its machine, which harms no other. One after the other they have the same results.
func TestSuiteOnGuests(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	const limit = 1300 // MiB
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	files := map[string]string{
		"bad.star": "m = create_machine(guest = 'tiny', name = 'm')\nm.succeed('echo it is wrong >&2; false')\n",
		"flaky.py": "import pathlib\nm = create_machine(guest='tiny', name='m')\nm.succeed('true')\np = pathlib.Path('tries')\np.write_text((p.read_text() if p.exists() else '') + 'x')\nassert len(p.read_text()) % 2 == 0, 'the first try'\n",
		"killed.py": "import os, pathlib, time\nm = create_machine(guest='tiny', name='m')\nm.succeed('true')\n" +
			"pathlib.Path('part').write_text(str(os.getppid()))\nos.rename('part', 'pid')\ntime.sleep(1000)\n",
		"suite.toml": "[[test]]\npath = '*.star'\n[[test]]\npath = 'flaky.py'\nretries = 1\n[[test]]\npath = 'killed.py'\n",
	}
	want := map[string]report.Status{"bad.star": report.Failed, "flaky.py": report.Passed, "killed.py": report.Failed}
	for i := range 3 {
		name := fmt.Sprintf("good%d.star", i)
		files[name] = fmt.Sprintf("m = create_machine(guest = 'tiny', name = 'm')\nt.assertEqual(m.succeed('echo %d'), '%d\\n')\n", i, i)
		want[name] = report.Passed
	}
	write(t, dir, files)
	most := 0
	for _, jobs := range []string{"0", "1"} {
		args := []string{"run", "--test-history", "", "--memory", fmt.Sprintf("%dM", limit), "-o", "out" + jobs, "suite.toml"}
		if jobs != "0" {
			args = append(args, "--jobs", jobs)
		}
		cmd, out := start(t, dir, nil, args...)
		ended, watched := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(watched)
			for {
				select {
				case <-ended:
					return
				case <-time.After(50 * time.Millisecond):
				}
				memory, machines := family(t, cmd.Process.Pid)
				most = max(most, machines)
				if memory > limit<<10 {
					t.Errorf("%d machines: %d KiB are used, of %d MiB", machines, memory, limit)
				}
				b, err := os.ReadFile(filepath.Join(dir, "pid"))
				if pid, _ := strconv.Atoi(string(b)); err == nil && pid > 0 {
					if err := os.Remove(filepath.Join(dir, "pid")); err != nil {
						t.Error(err)
					}
					if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
						t.Error(err)
					}
				}
			}
		}()
		e := end(t, cmd, out)
		close(ended)
		<-watched
		if e.status != exitFailed || !strings.Contains(e.out, "6 tests: 3 passed, 1 flaky (failed, then passed), 2 failed") {
			t.Errorf("status %d\n%s", e.status, e.out)
		}
		_, results, err := suite.ReadLog(filepath.Join(dir, "out"+jobs))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Status != want[r.Test.ID] || r.Flaky() != (r.Test.ID == "flaky.py") || r.Last().Memory == 0 {
				t.Errorf("--jobs %s: %+v", jobs, r)
			}
			if b, err := os.ReadFile(filepath.Join(dir, "out"+jobs, r.Last().Dir, "log.txt")); r.Test.ID == "bad.star" && (err != nil || !strings.Contains(string(b), "it is wrong")) {
				t.Errorf("%v\n%s", err, b)
			}
			if r.Test.ID == "killed.py" && !strings.Contains(r.Last().Message, "ended by a signal (killed)") {
				t.Errorf("--jobs %s: %s", jobs, r.Last().Message)
			}
		}
	}
	if most < 2 {
		t.Error("never two machines at once")
	}
	if b, err := exec.Command("pgrep", "-af", "qemu-system.*"+dir).Output(); err == nil {
		t.Errorf("left: %s", b)
	}
}
