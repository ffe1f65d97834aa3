//go:build linux

package faults

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/testlog"
	"github.com/gotest-driver/gotest-driver/report"
)

// limit is when a run has reached its stage. Only a run that hangs takes so long, even on a busy machine.
const limit = 3 * time.Minute

// run is a run of the driver.
type run struct {
	t     *testing.T
	kind  string
	dir   string
	mark  string // in the environment of its processes
	cmd   *exec.Cmd
	log   output
	ended chan struct{}
	last  time.Time // when the test stops waiting
}

// within bounds all waiting from now on.
func (r *run) within(d time.Duration) { r.last = time.Now().Add(d) }

// output is what the driver has printed.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (r *run) brief() string { return testlog.Brief(r.log.String()) }

// until waits for a condition.
func (r *run) until(ok func() bool) bool {
	for {
		over := time.Now().After(r.last)
		if ok() {
			return true
		}
		if over {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// reach waits until the log has a text.
func (r *run) reach(marker string) {
	r.t.Helper()
	has := func() bool { return strings.Contains(r.log.String(), marker) }
	over := func() bool {
		select {
		case <-r.ended:
			return true
		default:
			return false
		}
	}
	if !r.until(func() bool { return has() || over() }) || !has() {
		r.t.Fatalf("the stage %q was not reached:\n%s", marker, r.brief())
	}
}

// end waits for the driver's end and returns its exit status, -1 for a signal.
func (r *run) end() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(time.Until(r.last)):
		_ = r.cmd.Process.Signal(syscall.SIGQUIT)
		<-r.ended
		r.t.Fatalf("the driver hangs:\n%s", r.log.String())
	}
	return r.cmd.ProcessState.ExitCode()
}

// said checks that the driver has printed a text, and nothing of its insides.
func (r *run) said(text string) {
	r.t.Helper()
	log := r.log.String()
	if !strings.Contains(log, text) || strings.Contains(log, "goroutine ") || strings.Contains(log, "panic:") {
		r.t.Errorf("it said:\n%s\nwant %q and no panic", r.brief(), text)
	}
}

// process is a process, and its start, since numbers are used again.
type process struct {
	pid   int
	start string
}

// stat returns the state, the parent and the start of a process (proc(5)); the state of one that has ended is "Z".
func stat(pid int) (state string, parent int, start string) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "Z", 0, ""
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	parent, _ = strconv.Atoi(f[1])
	return f[0], parent, f[19]
}

// processes returns the driver and all processes below it.
func (r *run) processes() []process {
	children := map[int][]int{}
	// The pattern is valid.
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		_, parent, _ := stat(pid)
		children[parent] = append(children[parent], pid)
	}
	var all []process
	for next := []int{r.cmd.Process.Pid}; len(next) > 0; next = next[1:] {
		if state, _, start := stat(next[0]); state != "Z" {
			all = append(all, process{next[0], start})
		}
		next = append(next, children[next[0]]...)
	}
	return all
}

// find waits for a process of the run whose command line has a word.
func (r *run) find(word string) (pid int, err error) {
	if !r.until(func() bool {
		for _, p := range r.processes() {
			b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
			words := strings.Split(string(b), "\x00")
			if p.pid != r.cmd.Process.Pid && (strings.HasPrefix(filepath.Base(words[0]), word) || len(words) > 3 && words[3] == word) {
				pid = p.pid
				return true
			}
		}
		return false
	}) {
		return 0, fmt.Errorf("the run has no process %s", word)
	}
	return pid, nil
}

// stopMachine stops the machine: QEMU, or all processes of the container, also those that were entered into it.
func (r *run) stopMachine() error {
	pid, err := r.find(r.machineWord())
	if err != nil || r.kind == "qemu" {
		return r.signal(pid, err, syscall.SIGSTOP)
	}
	space := func(pid int) string {
		s, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
		return s
	}
	inside := func() (pids []int) {
		for _, p := range r.processes() {
			if s := space(p.pid); s != "" && s != space(os.Getpid()) {
				pids = append(pids, p.pid)
			}
		}
		return pids
	}
	// A process that is not stopped yet can start others.
	if !r.until(func() bool {
		pids := inside()
		running := len(pids) == 0
		for _, pid := range pids {
			if state, _, _ := stat(pid); state != "T" {
				running = true
				_ = syscall.Kill(pid, syscall.SIGSTOP) // it may have ended
			}
		}
		return !running
	}) {
		return errors.New("the container's processes can't be stopped")
	}
	return nil
}

// gone checks that the given processes, and those with the run's mark, have ended.
func (r *run) gone(known []process) {
	r.t.Helper()
	var left []string
	if !r.until(func() bool {
		left = nil
		for _, p := range known {
			if state, _, start := stat(p.pid); state != "Z" && start == p.start {
				left = append(left, describe(p.pid))
			}
		}
		for _, pid := range r.marked() {
			left = append(left, describe(pid))
		}
		return len(left) == 0
	}) {
		r.t.Errorf("these processes are left: %q", left)
	}
}

func describe(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return fmt.Sprintf("%d %.200s", pid, strings.ReplaceAll(string(b), "\x00", " "))
}

// marked returns the processes with the run's mark in their environment.
func (r *run) marked() (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && strings.Contains("\x00"+string(b), "\x00"+r.mark+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// nothingLeft checks that the run has left no file in its temporary directory, and no mount.
func (r *run) nothingLeft() {
	r.t.Helper()
	var names []string
	if !r.until(func() bool {
		names = nil
		entries, err := os.ReadDir(filepath.Join(r.dir, "run"))
		if err != nil {
			names = append(names, err.Error())
		}
		for _, e := range entries {
			if e.Name() != "fill" {
				names = append(names, e.Name())
			}
		}
		mounts, _ := os.ReadFile("/proc/self/mounts")
		for line := range strings.Lines(string(mounts)) {
			if strings.Contains(line, r.dir+"/run/") {
				names = append(names, line)
			}
		}
		return len(names) == 0
	}) {
		r.t.Errorf("this is left: %q", names)
	}
}

// reports checks the run's logs: a killed one has the console and the events until then, any other all reports that there is
// room for.
func (r *run) reports(killed, full bool) {
	r.t.Helper()
	out := filepath.Join(r.dir, "out")
	if _, err := os.Stat(filepath.Join(out, "m-console.log")); killed != (err == nil) {
		r.t.Errorf("the console's log, after a run that was killed (%v): %v", killed, err)
	}
	j, err := os.ReadFile(filepath.Join(out, "junit.xml"))
	if err == nil {
		for d := xml.NewDecoder(bytes.NewReader(j)); err == nil; {
			_, err = d.Token()
		}
	}
	if !errors.Is(err, io.EOF) && !(full && errors.Is(err, os.ErrNotExist)) {
		r.t.Errorf("the JUnit report: %v", err)
	}
	f, err := os.Open(filepath.Join(r.dir, "log.jsonl"))
	if err != nil {
		r.t.Error(err)
		return
	}
	defer f.Close()
	var last ending
	var torn *report.TornError
	if err := report.FromJSONL(r.t.Context(), f, &last); err != nil && !(killed && errors.As(err, &torn)) {
		r.t.Errorf("the JSON log: %v", err)
	}
	if last.seen == killed {
		r.t.Errorf("the JSON log has the run's end: %v", last.seen)
	}
}

// ending notes whether a log has the end of the run.
type ending struct{ seen bool }

func (e *ending) Handle(ev report.Event) { e.seen = e.seen || ev.Kind == report.RunEnd }
func (e *ending) Close() error           { return nil }

// clean removes what the test, or a run that was left without a guard, has made.
func (r *run) clean() {
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Kill()
		<-r.ended
	}
	for _, pid := range r.marked() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, d := range []string{"run", "out"} {
		_ = syscall.Unmount(filepath.Join(r.dir, d), syscall.MNT_DETACH)
	}
	if err := os.RemoveAll(r.dir); err != nil {
		r.t.Error(err)
	}
}
