//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// The environment variables of a round's process, which its child processes have too.
const (
	kindEnv     = "SOAK_KIND"
	seedEnv     = "SOAK_SEED"
	roundEnv    = "SOAK_ROUND"
	calmEnv     = "SOAK_CALM"
	markEnv     = "SOAK_MARK"
	patienceEnv = "SOAK_PATIENCE"
)

const (
	// roundLimit is the longest time of a round; its own limits end it earlier if it does not hang.
	roundLimit = 15 * time.Minute
	// endLimit is the longest time for the end of a round after it was requested.
	endLimit = 20 * time.Second
	// leftLimit is the longest time after the round's end until all its processes and files are gone.
	leftLimit = 5 * time.Second
)

// round is a process that runs one round, with its disturbances.
type round struct {
	o     options
	kind  string
	nr    uint64
	busy  int // loops beside it
	stops int // how often a process was stopped
	log   safeBuffer
	mark  string
}

// newRound decides how busy the host is.
func newRound(o options, kind string, nr uint64) *round {
	r := &round{o: o, kind: kind, nr: nr, mark: fmt.Sprintf("%d-%d-%d", os.Getpid(), o.seed, nr)}
	if !o.calm {
		r.busy = source(o.seed, nr, "busy").IntN(o.busy + 1)
	}
	return r
}

// run runs the round and returns its problems. An error is one of the harness.
func (r *round) run(ctx context.Context) (problems []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// Short, for the sockets in it.
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer func() { cancel(); beside.Wait() }()

	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, kindEnv+"="+r.kind, seedEnv+"="+strconv.FormatUint(r.o.seed, 10),
		roundEnv+"="+strconv.FormatUint(r.nr, 10), patienceEnv+"="+strconv.Itoa(int(r.o.patience)), markEnv+"="+r.mark)
	if r.o.calm {
		cmd.Env = append(cmd.Env, calmEnv+"=1")
	}
	cmd.Stdout, cmd.Stderr = &r.log, &r.log
	// The terminal does not send Ctrl-C to it: this process passes it on. Processes that it leaves behind may hold its output open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = r.o.limit(leftLimit)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for range r.busy {
		loop := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
		loop.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := loop.Start(); err != nil {
			return nil, errors.Join(err, cmd.Process.Kill())
		}
		beside.Go(func() { _ = loop.Wait() })
	}
	if !r.o.calm && r.kind != "crowd" { // which shows that without a reason nothing is told
		beside.Go(func() { r.disturb(ctx, source(r.o.seed, r.nr, "stops"), cmd.Process.Pid) })
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.NewTimer(r.o.limit(roundLimit))
	defer limit.Stop()
	select {
	case err = <-ended:
	case <-limit.C:
		problems = append(problems, fmt.Sprintf("it hangs: it has not ended after %s; its goroutines are in the log", r.o.limit(roundLimit)))
		cancel()
		beside.Wait() // no more processes are stopped
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		err = r.await(cmd, ended)
	case <-ctx.Done():
		beside.Wait()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err = r.await(cmd, ended)
	}
	cancel()
	beside.Wait()
	if err != nil && len(problems) == 0 {
		problems = append(problems, r.told()...)
		if len(problems) == 0 {
			problems = append(problems, "its process ended: "+err.Error())
		}
	}
	problems = append(problems, insides(r.log.String())...)
	problems = append(problems, r.left(dir)...)
	return problems, nil
}

// await waits for the requested end of the process.
func (r *round) await(cmd *exec.Cmd, ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-time.After(r.o.limit(endLimit)):
		_ = cmd.Process.Kill()
		return <-ended
	}
}

// told returns the problems that the process itself found.
func (r *round) told() (problems []string) {
	for line := range strings.Lines(r.log.String()) {
		if p, ok := strings.CutPrefix(line, problemMark); ok {
			problems = append(problems, strings.TrimRight(p, "\n"))
		}
	}
	return problems
}

// inside matches text that only the driver's own source can explain.
var inside = regexp.MustCompile(`no handshake yet|context canceled|context deadline exceeded|closed pipe|use of closed|^panic: |DATA RACE|goroutine \d+ \[`)

// insides returns the lines of a log about the driver's internals, the first of each kind.
func insides(log string) (problems []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(log) {
		if what := inside.FindString(line); what != "" && !seen[what] {
			seen[what] = true
			problems = append(problems, "a message of the driver's insides: "+strings.TrimSpace(line))
		}
	}
	return problems
}

// left returns the processes and files that are left behind, and ends the processes.
func (r *round) left(dir string) (problems []string) {
	var pids []int
	for end := time.Now().Add(r.o.limit(leftLimit)); ; time.Sleep(50 * time.Millisecond) {
		if pids = marked(markEnv + "=" + r.mark); len(pids) == 0 || time.Now().After(end) {
			break
		}
	}
	for _, pid := range pids {
		problems = append(problems, fmt.Sprintf("process %d is left behind: %s", pid, commandLine(pid)))
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir {
			problems = append(problems, "a file is left behind: "+path)
			return filepath.SkipAll
		}
		return nil
	})
	return problems
}

// summary returns the process's description of its work.
func (r *round) summary() string {
	s := fmt.Sprintf("%d stops", r.stops)
	for line := range strings.Lines(r.log.String()) {
		if text, ok := strings.CutPrefix(line, summaryMark); ok {
			s = strings.TrimSpace(text) + ", " + s
		}
	}
	return s
}

// keepLog writes the log to its final place.
func (r *round) keepLog() (string, error) {
	if err := os.MkdirAll(r.o.out, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(r.o.out, fmt.Sprintf("seed%d-round%d.log", r.o.seed, r.nr))
	return path, wholefile.WriteBytes(path, 0o644, []byte(r.log.String()))
}

// disturb stops the round's processes, one at a time, for a while each.
func (r *round) disturb(ctx context.Context, rng *rand.Rand, driver int) {
	for {
		pause, victim, length := seconds(rng, 0.1, 4), rng.IntN(4), seconds(rng, 0.02, 4)
		index := rng.IntN(1 << 16)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pid := driver
		if victim > 0 {
			// QEMU twice as often as the networks' programs.
			word := []string{"", "qemu-system", "qemu-system", "vde_"}[victim]
			var pids []int
			for _, p := range marked(markEnv + "=" + r.mark) {
				if strings.Contains(programOf(p), word) || word == "vde_" && programOf(p) == "wirefilter" {
					pids = append(pids, p)
				}
			}
			if len(pids) == 0 {
				continue
			}
			pid = pids[index%len(pids)]
		}
		fmt.Fprintf(&r.log, "soak: stopping process %d (%s) for %.2f s\n", pid, programOf(pid), length.Seconds())
		if syscall.Kill(pid, syscall.SIGSTOP) != nil {
			continue
		}
		r.stops++
		select {
		case <-time.After(length):
		case <-ctx.Done():
		}
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// marked returns the running processes with that variable in their environment.
func marked(variable string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		b, err := os.ReadFile(f) // empty for an ended process
		if err != nil || !bytes.Contains(append([]byte{0}, b...), []byte("\x00"+variable+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// programOf returns the name of a process's program.
func programOf(pid int) string {
	name, _, _ := strings.Cut(commandLine(pid), " ")
	return filepath.Base(name)
}

func commandLine(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.TrimSpace(string(bytes.ReplaceAll(b, []byte{0}, []byte{' '})))
}

// safeBuffer is a buffer for several writers.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
