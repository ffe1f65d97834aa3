//go:build linux

package faults

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

func TestMain(m *testing.M) { buildtest.Main(m) }

// stage is a moment of a run.
type stage struct {
	name   string
	script string // after the machine m has been made
	marker string // the log has it when the stage has been reached
	mute   bool   // nothing that happens to the machine or a network is noticed, since the script does not use them
}

const (
	shared = `
f = "%s/file"
`
	loop = "for _ in range(1000000):\n    "
)

var qemuStages = []stage{
	{name: "start", script: "m.start()\nm.wait_for_file('/never')", marker: "m: starting vm"},
	{name: "boot", script: "m.wait_for_file('/never')", marker: "m: waiting for the VM to finish booting"},
	{name: "command", script: "m.succeed('sleep 1000')", marker: "m: must succeed: sleep 1000"},
	{name: "copy", script: loop + "m.copy_from_host_via_shell(f, '/tmp/file'); m.copy_from_machine('/tmp/file')", marker: "m: copying /tmp/file"},
	{name: "screenshot", script: "m.start()\n" + loop + "m.screenshot('x')", marker: "m: making screenshot"},
	{name: "shutdown", script: "m.succeed('true')\nm.wait_for_shutdown()", marker: "waiting for the VM to power off"},
	{name: "network", script: "m.succeed('true')\n" + loop + "vlan1.impair(loss = 50); vlan1.heal(); m.succeed('true')", marker: "vlan1: heal"},
}

var containerStages = []stage{
	{name: "boot", script: "m.wait_for_file('/never')", marker: "m: waiting for the VM to finish booting"},
	{name: "command", script: "m.succeed('sleep 1000')", marker: "m: must succeed: sleep 1000"},
	{name: "copy", script: "m.copy_from_host(f, '/root/file')\n" + loop + "m.copy_from_machine('/root/file')", marker: "m: copying /root/file"},
	{name: "wait", script: "m.wait_for_file('/never')", marker: "m: waiting for file"},
	{name: "shutdown", script: "m.succeed('true')\nm.wait_for_shutdown()", marker: "waiting for the VM to power off"},
	{name: "idle", script: "m.succeed('true')\nprint('nothing to do')\ntime.sleep(1000)", marker: "nothing to do", mute: true},
}

// fault is what happens to a run at a stage, and what follows.
type fault struct {
	name   string
	args   []string
	strike func(r *run) error
	said   []string // all of these are in the log
	status []int    // the exit status is one of these
	// killed says that the driver does not end in order, so that there are no reports.
	killed bool
	// unguarded says that nobody is left to remove files.
	unguarded bool
	// small makes the output directory or that of the state a small file system.
	small string
	// machine says that the script must use the machine or the network to notice.
	machine bool
	within  time.Duration // from the fault until the run has ended and nothing is left; 0: soon
	only    []string      // the stages, with or without the kind of machine in front; nil: all
}

const (
	interrupted = 130
	// soon is when a run has ended that has no reason to wait: a second, or more on a busy machine.
	soon = 30 * time.Second
	// silent is for one that is ended by --max-silent-time 20.
	silent = 20*time.Second + soon
)

func (r *run) signal(pid int, err error, s syscall.Signal) error {
	if err != nil {
		return err
	}
	return syscall.Kill(pid, s)
}

// kill sends a signal to the process of the run whose command line has a word.
func (r *run) kill(word string, s syscall.Signal) error {
	pid, err := r.find(word)
	return r.signal(pid, err, s)
}

func (r *run) driver(s syscall.Signal) error { return syscall.Kill(r.cmd.Process.Pid, s) }

const (
	guardWord  = "gotest-driver-guard"
	switchWord = "vde_switch"
)

// machineWord is in the command line of the process that is the machine.
func (r *run) machineWord() string {
	if r.kind == "container" {
		return "systemd-nspawn"
	}
	return "qemu-system"
}

var faults = []fault{
	{name: "driver killed", strike: func(r *run) error { return r.driver(syscall.SIGKILL) }, killed: true, status: []int{-1}},
	{name: "driver terminated", strike: func(r *run) error { return r.driver(syscall.SIGTERM) }, said: []string{"interrupted (terminated)"}, status: []int{interrupted}},
	{name: "driver interrupted", strike: func(r *run) error { return r.driver(syscall.SIGINT) }, said: []string{"interrupted (interrupt)"}, status: []int{interrupted}, only: []string{"command", "boot"}},
	{name: "driver hung up", strike: func(r *run) error { return r.driver(syscall.SIGHUP) }, said: []string{"interrupted (hangup)"}, status: []int{interrupted}, only: []string{"command", "boot"}},
	{name: "guard killed", strike: func(r *run) error {
		return errors.Join(r.kill(guardWord, syscall.SIGKILL), r.driver(syscall.SIGTERM))
	}, said: []string{"interrupted (terminated)"}, status: []int{interrupted}},
	{name: "guard stopped", strike: func(r *run) error {
		return errors.Join(r.kill(guardWord, syscall.SIGSTOP), r.driver(syscall.SIGTERM))
	}, said: []string{"interrupted (terminated)"}, status: []int{interrupted}},
	{name: "guard and driver killed", strike: func(r *run) error {
		return errors.Join(r.driver(syscall.SIGSTOP), r.kill(guardWord, syscall.SIGKILL), r.driver(syscall.SIGKILL))
	}, killed: true, unguarded: true, status: []int{-1}},
	{name: "machine killed", strike: func(r *run) error { return r.kill(r.machineWord(), syscall.SIGKILL) },
		said: []string{"m: ", "killed by signal 9"}, status: []int{1, 2}, machine: true},
	{name: "machine stopped", args: []string{"--max-silent-time", "20"}, strike: func(r *run) error { return r.stopMachine() },
		said: []string{"has been silent for 20s", "; m: ", "has been stopped by a signal"}, status: []int{1}, machine: true, within: silent,
		only: []string{"boot", "command", "copy", "wait", "screenshot", "shutdown", "network"}},
	{name: "machine stopped early", args: []string{"--max-silent-time", "20"}, strike: func(r *run) error { return r.stopMachine() },
		said: []string{"has been silent for 20s", "; m: its start is not over"}, status: []int{1}, within: silent, only: []string{"start"}},
	{name: "switch killed", strike: func(r *run) error { return r.kill(switchWord, syscall.SIGKILL) },
		said: []string{"the network vlan1 is broken"}, status: []int{1}},
	{name: "switch stopped", args: []string{"--max-silent-time", "20"}, strike: func(r *run) error { return r.kill(switchWord, syscall.SIGSTOP) },
		said: []string{"vlan1"}, status: []int{1}, within: silent, only: []string{"network"}},
	{name: "output directory full", small: "out", strike: func(r *run) error {
		return errors.Join(fill(filepath.Join(r.dir, "out")), r.driver(syscall.SIGTERM))
	}, said: []string{"no space left on device", "interrupted (terminated)"}, status: []int{interrupted}},
	{name: "no room for results", small: "out", strike: func(r *run) error { return fill(filepath.Join(r.dir, "out")) },
		said: []string{"m: ", "no space left on device", "/out/"}, status: []int{1}, only: []string{"copy", "screenshot"}},
	{name: "state directory full", small: "run", strike: func(r *run) error {
		return errors.Join(fill(filepath.Join(r.dir, "run")), r.driver(syscall.SIGTERM))
	}, said: []string{"interrupted (terminated)"}, status: []int{interrupted}},
	{name: "no room for state", small: "run", strike: func(r *run) error { return fill(filepath.Join(r.dir, "run")) },
		said: []string{"m: ", "o space left on device"}, status: []int{1}, only: []string{"container/copy"}},
}

// flood is a run that a guest tries to overwhelm.
type flood struct {
	name   string
	args   []string
	script string
	marker string // the log has it when the flood begins
	said   []string
	status int
	within time.Duration // from then until the run has ended and nothing is left
}

var floods = []flood{
	{"output", []string{"--max-output-size", "1"}, "m.execute('yes')", "m: execute: yes", []string{"more than 1 MiB", "yes"}, 1, soon},
	{"output of an attempt", []string{"--max-output-size", "1"}, "m.wait_until_succeeds('yes', timeout = 100)", "m: waiting for success: yes", []string{"more than 1 MiB"}, 1, soon},
	{"console", []string{"--max-log-size", "1"}, "m.execute('head -c 1300000 /dev/zero | tr \"\\\\0\" \"\\\\n\" >&2')\nm.succeed('echo last words >&2')\nm.wait_for_console_text('last words', timeout = 100)", "m: execute: head", []string{"leaves out its middle"}, 0, 100*time.Second + soon},
	{"silence", []string{"--max-silent-time", "5"}, "m.succeed('sleep 1000')", "m: must succeed: sleep 1000", []string{"has been silent for 5s"}, 1, 5*time.Second + soon},
	{"time", []string{"--global-timeout", "30"}, "m.execute('while :; do echo x >&2; sleep 0.1; done')", "run the test script", []string{"global timeout of 30s"}, 1, 30*time.Second + soon},
}

// TestFaults tries each fault at each stage.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	turn := os.Getenv("FAULTS")
	if turn == "" {
		turn = strconv.Itoa(time.Now().UTC().YearDay() % fifths)
	}
	t.Logf("FAULTS=%s", turn)
	n := 0
	try := func(name string, f func(t *testing.T)) {
		n++
		if turn == "all" || strconv.Itoa(n%fifths) == turn {
			t.Run(name, func(t *testing.T) { t.Parallel(); f(t) })
		}
	}
	for _, kind := range []string{"qemu", "container"} {
		stages := qemuStages
		if kind == "container" {
			stages = containerStages
			if os.Getuid() != 0 {
				continue
			}
		}
		for _, s := range stages {
			for _, f := range faults {
				if f.machine && s.mute || f.only != nil && !slices.Contains(f.only, s.name) && !slices.Contains(f.only, kind+"/"+s.name) || os.Getuid() != 0 && f.small != "" {
					continue
				}
				try(kind+"/"+s.name+"/"+f.name, func(t *testing.T) { meet(t, kind, s, f) })
			}
		}
		for _, f := range floods {
			try(kind+"/flood/"+f.name, func(t *testing.T) { withstand(t, kind, f) })
		}
	}
	if turn == "all" && n < 100 {
		t.Errorf("only %d cases", n)
	}
}

// fifths is the number of parts of the cases.
const fifths = 5

// meet makes a run meet a fault.
func meet(t *testing.T, kind string, s stage, f fault) {
	r := start(t, kind, s.script, f.small, f.args...)
	r.reach(s.marker)
	mine := r.processes()
	r.within(cmp.Or(f.within, soon))
	if err := f.strike(r); err != nil {
		t.Fatalf("%v\n%s", err, r.brief())
	}
	status := r.end()
	for _, s := range f.said {
		r.said(s)
	}
	if !slices.Contains(f.status, status) {
		t.Errorf("the exit status is %d, want one of %d", status, f.status)
	}
	r.gone(mine)
	if !f.unguarded {
		r.nothingLeft()
	}
	r.reports(f.killed, f.small == "out")
}

// withstand makes a run meet a flood.
func withstand(t *testing.T, kind string, f flood) {
	r := start(t, kind, f.script, "", f.args...)
	r.reach(f.marker)
	r.within(f.within)
	status := r.end()
	for _, s := range f.said {
		r.said(s)
	}
	if status != f.status {
		t.Errorf("the exit status is %d, want %d", status, f.status)
	}
	r.gone(nil)
	r.nothingLeft()
	r.reports(false, false)
}

// start starts a run of a script with a machine m on network 1.
func start(t *testing.T, kind, script, small string, args ...string) *run {
	t.Helper()
	machine := `create_machine(guest = "tiny", name = "m", vlans = [1])`
	if kind == "container" {
		machine = `create_machine(container = "container", name = "m", vlans = [1])`
	}
	r := prepare(t, kind)
	file := filepath.Join(r.dir, "test.star")
	err := errors.Join(os.WriteFile(filepath.Join(r.dir, "file"), make([]byte, 4<<20), 0o600),
		os.WriteFile(file, []byte(fmt.Sprintf(shared, r.dir)+"m = "+machine+"\n"+script+"\n"), 0o600))
	if err == nil && small != "" {
		err = syscall.Mount("tmpfs", filepath.Join(r.dir, small), "tmpfs", 0, "size=64m")
	}
	if err != nil {
		t.Fatal(err)
	}
	r.launch(file, append([]string{"--no-check"}, args...)...)
	return r
}

// prepare makes the directories of a run.
func prepare(t *testing.T, kind string) *run {
	t.Helper()
	dir, err := os.MkdirTemp("", "faults-") // the names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, kind: kind, dir: dir, mark: "GOTEST_FAULTS=" + filepath.Base(dir), ended: make(chan struct{})}
	r.within(limit)
	t.Cleanup(r.clean)
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "run"), 0o700), os.Mkdir(filepath.Join(dir, "out"), 0o700)); err != nil {
		t.Fatal(err)
	}
	return r
}

// launch starts the run.
func (r *run) launch(file string, args ...string) {
	r.t.Helper()
	words := append([]string{"run", "--plain", "-o", filepath.Join(r.dir, "out"), "--junit-xml", "junit.xml",
		"--log-json", filepath.Join(r.dir, "log.jsonl")}, args...)
	r.cmd = exec.Command(buildtest.Driver(r.t), append(words, file)...)
	r.cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+filepath.Join(r.dir, "run"), r.mark)
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	r.cmd.WaitDelay = limit // of what it leaves behind with its output open
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.ended)
	}()
}

// fill fills a file system.
func fill(dir string) error {
	f, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		return err
	}
	defer f.Close()
	zeros := []byte(strings.Repeat("\x00", 64<<10))
	for err == nil {
		_, err = f.Write(zeros)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}
