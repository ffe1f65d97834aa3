package nspawn

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestSameNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("namespaces need root")
	}
	c := exec.Command("unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "echo ready; exec sleep 100")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	inside, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	pids := sameNamespace(os.Getpid())
	if !slices.Contains(pids, os.Getpid()) || !slices.Contains(pids, c.Process.Pid) || slices.Contains(pids, inside) {
		t.Errorf("%v is not the namespace of %d and %d, in which %d is not", pids, os.Getpid(), c.Process.Pid, inside)
	}
	if got := sameNamespace(inside); !slices.Equal(got, []int{inside}) {
		t.Errorf("the namespace of %d has %v", inside, got)
	}
	if got := sameNamespace(1 << 30); got != nil {
		t.Errorf("that of a process that is not there has %v", got)
	}
}
