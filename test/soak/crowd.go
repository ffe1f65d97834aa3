//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

const (
	// crowdTime is how long the guests of a crowd run commands; crowdCalm without disturbance.
	crowdTime = 10 * time.Minute
	crowdCalm = 10 * time.Second
	// crowdLimit is the longest time of a command in a crowd: it takes a second on a quiet host.
	crowdLimit = 2 * time.Minute
	// toldLimit is the longest time until the driver tells of a worker that was stopped or killed, counted from the signal.
	toldLimit = 5 * time.Second
	// gone is what the log says of a guest whose worker does not answer.
	gone = "root shell has not answered"
)

// signalled is on the console when a worker gets a signal.
const signalled = "soak: the worker gets a signal"

// silences watches the log for messages about guests that do not answer.
type silences struct {
	told chan time.Duration // since the worker got its signal, after each message when there is room

	mu     sync.Mutex
	count  int
	signal time.Time
}

// Handle sees all events of the log.
func (s *silences) Handle(e report.Event) {
	switch {
	case e.Kind == report.Serial && strings.Contains(e.Text, signalled):
		s.mu.Lock()
		s.signal = time.Now()
		s.mu.Unlock()
	case e.Kind == report.Message && strings.Contains(e.Text, gone):
		s.mu.Lock()
		s.count++
		s.mu.Unlock()
		select {
		case s.told <- s.since():
		default:
		}
	}
}

// since returns the time since the last signal.
func (s *silences) since() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.signal)
}

// Close does nothing.
func (s *silences) Close() error { return nil }

// crowd runs commands in three guests that share one processor with busy loops: each command must succeed, and no guest be
// taken for one that does not answer. Then the loops end, and the guests' workers are stopped and killed: that must be told.
func crowd(ctx context.Context, w *worker) (string, error) {
	var guests []*machine.Machine
	for _, name := range []string{"a", "b", "c"} {
		m, err := w.start(ctx, driver.MachineConfig{Name: name, Guest: "tiny", Memory: 128}, machine.StartConfig{})
		if err != nil {
			return "nothing", err
		}
		if err := pin(m.PID()); err != nil {
			return "nothing", err
		}
		guests = append(guests, m)
	}
	length, loops := crowdTime, 4
	if w.calm {
		length, loops = crowdCalm, 1
	}
	busy, stop := context.WithCancel(ctx)
	defer stop()
	var beside, running sync.WaitGroup
	for range loops {
		loop := exec.CommandContext(busy, "sh", "-c", "while :; do :; done")
		loop.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := loop.Start(); err != nil {
			return "nothing", err
		}
		beside.Go(func() { _ = loop.Wait() })
		if err := pin(loop.Process.Pid); err != nil {
			return "nothing", err
		}
	}
	var mu sync.Mutex
	commands, slowest := 0, time.Duration(0)
	end := time.Now().Add(length)
	for i, m := range guests {
		running.Go(func() {
			for n := i; time.Now().Before(end) && ctx.Err() == nil; n++ {
				begin := time.Now()
				w.busyCommand(ctx, m, n)
				mu.Lock()
				commands, slowest = commands+1, max(slowest, time.Since(begin))
				mu.Unlock()
			}
		})
	}
	running.Wait()
	w.silences.mu.Lock()
	alarms := w.silences.count
	w.silences.mu.Unlock()
	select {
	case <-w.silences.told: // a false one
	default:
	}
	if alarms > 0 {
		w.problem("%d false alarms: a guest that only was slow was said not to answer", alarms)
	}
	stop()
	beside.Wait()
	did := fmt.Sprintf("%d commands in 3 guests on one processor beside %d busy loops, the slowest in %.1f s, %d false alarms",
		commands, loops, slowest.Seconds(), alarms)
	if err := ctx.Err(); err != nil {
		return did, err
	}
	return did + ", a stopped and a killed worker", errors.Join(w.stoppedWorker(ctx, guests[0]), w.killedWorker(ctx, guests[1]))
}

// busyCommand runs a command whose result is known: one that ends at once, that waits, that computes, or that writes much.
func (w *worker) busyCommand(ctx context.Context, m *machine.Machine, n int) {
	commands := []struct {
		script string
		want   machine.Result
	}{
		{fmt.Sprintf("echo %d", n), machine.Result{Output: fmt.Sprintf("%d\n", n)}},
		{"sleep 1; exit 3", machine.Result{Status: 3}},
		{"i=0; while ((i < 20000)); do ((i += 1)); done; echo $i", machine.Result{Output: "20000\n"}},
		{"head -c 3000000 /dev/zero | tr '\\0' x", machine.Result{Output: strings.Repeat("x", 3000000)}},
	}
	c := commands[n%len(commands)]
	got, err := m.Execute(ctx, c.script, machine.ExecuteOptions{Timeout: w.limit(crowdLimit)})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.problem("%s: a false alarm at %q: %v", m.Name(), c.script, err)
	case got.Status != c.want.Status || got.Output != c.want.Output:
		w.problem("%s: %q: status %d and %d bytes, want %d and %d", m.Name(), c.script, got.Status, len(got.Output), c.want.Status, len(c.want.Output))
	}
}

// killing is a command that sends a signal to the worker that runs it, the parent of its parent, and tells of it on the console.
func killing(name string) string {
	return fmt.Sprintf("read -r _ _ _ worker _ </proc/$PPID/stat; echo %q >/dev/ttyS0; kill -%s $worker; sleep 30", signalled, name)
}

// stoppedWorker stops a guest's worker while a command runs: the log tells of it in time.
func (w *worker) stoppedWorker(ctx context.Context, m *machine.Machine) error {
	ended := make(chan error, 1)
	go func() {
		_, err := m.Execute(ctx, killing("STOP"), machine.ExecuteOptions{Timeout: w.limit(15 * time.Second)})
		ended <- err
	}()
	select {
	case took := <-w.silences.told:
		w.inTime("stopped", took, nil)
		<-ended // how the command ends is another matter
		return nil
	case err := <-ended:
		w.problem("a worker that was stopped is not told: its command ended (%v)", err)
		return ctx.Err()
	}
}

// killedWorker kills a guest's worker while a command runs: the command fails in time, and the next one runs.
func (w *worker) killedWorker(ctx context.Context, m *machine.Machine) error {
	_, err := m.Execute(ctx, killing("KILL"), machine.ExecuteOptions{Timeout: w.limit(20 * time.Second)})
	if err == nil {
		w.problem("a command whose worker was killed has not failed")
	} else {
		w.inTime("killed", w.silences.since(), err)
	}
	got, err := m.Execute(ctx, "echo again", machine.ExecuteOptions{Timeout: w.limit(crowdLimit)})
	if err == nil && got.Output != "again\n" {
		return fmt.Errorf("after the worker was killed: %q, want again", got.Output)
	}
	return err
}

// inTime reports a worker of which the driver told too late.
func (w *worker) inTime(what string, took time.Duration, err error) {
	say("a worker that was %s was told after %.1f s: %v", what, took.Seconds(), err)
	if took > w.limit(toldLimit) {
		w.problem("a worker that was %s was told only after %.1f s", what, took.Seconds())
	}
}

// pin binds all threads of a process to the first processor that this program may use.
func pin(pid int) error {
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	for cpu := range len(all) * 64 {
		if all.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, &one); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("thread %d of process %d: %w", tid, pid, err)
		}
	}
	return nil
}
