package run_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/report"
)

const containers = `
router = create_machine(container = "container", name = "router", vlans = [1, 2])
left = create_machine(container = "container", name = "left", vlans = [1])
right = create_machine(container = "container", name = "right", vlans = [2])
start_all()
for m in [router, left, right]:
    m.wait_for_unit("multi-user.target")

# Two networks meet in the router only.
left.wait_until_succeeds("ping -c 1 -W 2 router", timeout = 100)
left.succeed("ip route add 192.168.2.0/24 via 192.168.1.1")
right.succeed("ip route add 192.168.1.0/24 via 192.168.2.1")
router.succeed("sysctl -w net.ipv4.ip_forward=0")
left.fail("ping -c 1 -W 1 192.168.2.3")
router.succeed("sysctl -w net.ipv4.ip_forward=1")
t.assertIn("ttl=63", left.wait_until_succeeds("ping -c 1 -W 2 192.168.2.3", timeout = 100))

# Tagged frames (802.1Q, number 7) pass a network.
left.succeed("tcpdump -e -l -i eth1 -c 1 vlan 7 >/tmp/tagged 2>/tmp/tcpdump &")
left.wait_until_succeeds("grep -q listening /tmp/tcpdump", timeout = 100)
router.succeed("python3 -c 'import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind((\"eth1\", 0)); " +
    "s.send(bytes.fromhex(\"ffffffffffff020000000001810000070800\") + bytes(60))'")
left.wait_until_succeeds("grep -q 'vlan 7' /tmp/tagged", timeout = 100)
`

// runScript runs a script as gotest-driver run does, with its temporary files in dir.
func runScript(ctx context.Context, dir, name, script string) (string, error) {
	var out bytes.Buffer
	err := runLogged(ctx, dir, name, script, &out)
	return out.String(), err
}

func runLogged(ctx context.Context, dir, name, script string, out io.Writer) error {
	file := filepath.Join(dir, name+".star")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return err
	}
	log := report.NewLog(nil, report.NewPlain(out, report.PlainOptions{Serial: true}))
	return errors.Join(run.Run(ctx, run.Options{Script: file, OutDir: filepath.Join(dir, name), GlobalTimeout: 5 * time.Minute, Log: log}), log.Close())
}

// clock records when a text is first written.
type clock struct {
	text string
	buf  bytes.Buffer
	at   time.Time
}

func (c *clock) Write(b []byte) (int, error) {
	n, err := c.buf.Write(b)
	if c.at.IsZero() && strings.Contains(c.buf.String(), c.text) {
		c.at = time.Now()
	}
	return n, err
}

// place returns a short temporary directory and makes all runs of the test use it.
func place(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("containers need root")
	}
	return shortDir(t)
}

// shortDir returns a temporary directory with room for the names of sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts machines")
	}
	dir, err := os.MkdirTemp("", "gtn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	return dir
}

// processes returns the processes whose command line has all the words.
func processes(words ...string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
next:
	for _, f := range files {
		b, _ := os.ReadFile(f)
		for _, w := range words {
			if !bytes.Contains(b, []byte(w)) {
				continue next
			}
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		pids = append(pids, pid)
	}
	return pids
}

// left returns what remains on this machine of a run with its files in dir and machines with that prefix.
func left(dir, machine string) (found []string) {
	for _, pid := range processes(dir) {
		if pid != os.Getpid() {
			found = append(found, fmt.Sprintf("process %d", pid))
		}
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	if strings.Contains(string(mounts), dir) {
		found = append(found, "a mount")
	}
	// A network namespace has a name; a card outside of one is on the host.
	for _, pattern := range []string{filepath.Join(dir, "gotest-*"), "/run/netns/*" + machine + "*", "/sys/class/net/vde-tap*", "/sys/class/net/" + machine + "-*"} {
		names, _ := filepath.Glob(pattern)
		found = append(found, names...)
	}
	// A control group exists as long as a process is in it. Groups of others may disappear in between.
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), "gotest-"+machine+"-") {
			found = append(found, path)
		}
		return nil
	})
	return found
}

func TestContainersTwiceAtOnce(t *testing.T) {
	dir := place(t)
	var wg sync.WaitGroup
	for n := range 2 {
		wg.Go(func() {
			if out, err := runScript(context.Background(), dir, fmt.Sprintf("run%d", n), containers); err != nil {
				t.Errorf("run %d: %v\n%s", n, err, out)
			}
		})
	}
	wg.Wait()
	for _, m := range []string{"router", "left", "right"} {
		if l := left(dir, m); len(l) > 0 {
			t.Errorf("left behind: %v", l)
		}
	}
}

// What the driver's umask forbids is still allowed in a container.
func TestContainersWithStrictUmask(t *testing.T) {
	dir := place(t)
	defer syscall.Umask(syscall.Umask(0o077))
	out, err := runScript(context.Background(), dir, "umask", `
m = create_machine(container = "container", name = "umask")
m.wait_for_unit("multi-user.target", timeout = 100)
t.assertEqual(m.succeed("stat -c %a / /etc /etc/hosts /etc/hostname").split(), ["755", "755", "644", "644"])
t.assertEqual(m.succeed("umask").strip(), "0022")
m.succeed("su - alice -c 'cat /etc/hosts'")
`)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSwitchDeathFailsTheRun(t *testing.T) {
	dir := place(t)
	died := make(chan time.Time, 1)
	go func() {
		for range 3000 {
			if p := processes("sleep", "4321"); len(p) > 0 {
				for _, pid := range processes("vde_switch", dir) {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		died <- time.Now()
	}()
	failed := &clock{text: "the network vlan1 is broken"}
	err := runLogged(context.Background(), dir, "death", `
m = create_machine(container = "container", name = "deathtest", vlans = [1])
m.execute("sleep 4321")
`, failed)
	if err == nil || !strings.Contains(err.Error(), "vlan1") {
		t.Errorf("error %v, want one that names vlan1", err)
	}
	took := failed.at.Sub(<-died)
	t.Logf("the test failed %v after the switch", took)
	if failed.at.IsZero() || took > time.Minute { // the command takes longer
		t.Errorf("the test failed %v after the switch, want it soon:\n%s", took, failed.buf.String())
	}
	if l := left(dir, "deathtest"); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
}

// TestInterruptLeavesNoContainer: Ctrl-C cancels the run's context.
func TestInterruptLeavesNoContainer(t *testing.T) {
	dir := place(t)
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	go func() {
		for range 3000 {
			if len(processes("sleep", "4323")) > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		interrupt()
	}()
	out, err := runScript(ctx, dir, "interrupt", `
m = create_machine(container = "container", name = "interrupttest", vlans = [1])
m.execute("sleep 4323")
`)
	if err == nil || !strings.Contains(out, "sleep 4323") {
		t.Errorf("error %v\n%s", err, out)
	}
	if l := left(dir, "interrupttest"); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
}

func TestKilledDriverLeavesNoContainer(t *testing.T) {
	const script = `
m = create_machine(container = "container", name = "killtest", vlans = [1])
m.execute("sleep 4322")
`
	if dir := os.Getenv("CONTAINER_TEST_CHILD"); dir != "" {
		_, _ = runScript(context.Background(), dir, "killed", script)
		return
	}
	dir := place(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledDriverLeavesNoContainer$")
	cmd.Env = append(os.Environ(), "CONTAINER_TEST_CHILD="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for n := 0; len(processes("sleep", "4322")) == 0; n++ {
		if n == 3000 {
			t.Fatal("the container did not start")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for n := 0; ; n++ {
		l := append(left(dir, "killtest"), fmt.Sprint(processes("sleep", "4322")))
		if len(l) == 1 && l[0] == "[]" {
			return
		}
		if n == 600 {
			t.Fatalf("left behind: %v", l)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
