package shell

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// told keeps the log of a session.
type told struct {
	mu   sync.Mutex
	text string
}

func (l *told) logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += fmt.Sprintf(format, args...) + "\n"
}

func (l *told) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

func (l *told) has(part string) bool { return strings.Contains(l.String(), part) }

// await waits until something has been logged.
func (l *told) await(t *testing.T, part string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !l.has(part); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the log does not have %q, but %q", part, l)
		}
	}
}

// relatives returns the processes of the guest's side of a session: the one that runs commands, and the worker.
func relatives(t *testing.T, s *Session) (server, worker int) {
	t.Helper()
	out, _, err := s.Output(testContext(t), Command{Script: "read -r _ _ _ worker _ </proc/$PPID/stat; echo $PPID $worker"})
	if _, serr := fmt.Sscan(string(out), &server, &worker); err != nil || serr != nil || worker < 2 {
		t.Fatalf("%q, %v", out, err)
	}
	return server, worker
}

// TestSilence stops the worker of a session: this is logged, timeouts hold, and when the worker continues nothing is lost.
func TestSilence(t *testing.T) {
	for name, cmd := range map[string]Command{
		"command": {Script: "sleep 3; echo done"},
		"input":   {Script: "sleep 3; head -c 3000000 | wc -c", Stdin: zeros{}},
	} {
		for _, data := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s,data=%v", name, data), func(t *testing.T) {
				var log told
				s, _ := localShell(t, data, Options{Silence: 300 * time.Millisecond, Logf: log.logf,
					State: func(context.Context) string { return "it is stopped" }, Used: func() time.Duration { return time.Second }})
				_, worker := relatives(t, s)
				time.AfterFunc(100*time.Millisecond, func() { syscall.Kill(worker, syscall.SIGSTOP) })
				defer syscall.Kill(worker, syscall.SIGCONT)
				done := make(chan error, 1)
				go func() {
					out, _, err := s.Output(testContext(t), cmd)
					if want := map[bool]string{true: "3000000\n", false: "done\n"}[cmd.Stdin != nil]; err == nil && string(out) != want {
						err = fmt.Errorf("output %q", out)
					}
					done <- err
				}()
				log.await(t, "s: it is stopped; it has used 0.0 s of processor time since")
				syscall.Kill(worker, syscall.SIGCONT)
				if err := <-done; err != nil {
					t.Error(err)
				}
				log.await(t, "answers again")
				if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
					t.Errorf("the next command: %q, %v", out, err)
				}
			})
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestStoppedLimit: a command of a stopped guest ends at its timeout, and its result has the silence.
func TestStoppedLimit(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		_, worker := relatives(t, s)
		syscall.Kill(worker, syscall.SIGSTOP)
		defer syscall.Kill(worker, syscall.SIGCONT)
		res, err := s.Run(testContext(t), Command{Script: "true", Timeout: 1500 * time.Millisecond})
		if err != nil || !res.TimedOut || res.Silent < silentLeast {
			t.Errorf("got %+v, %v", res, err)
		}
		syscall.Kill(worker, syscall.SIGCONT)
		if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
			t.Errorf("the next command: %q, %v", out, err)
		}
	})
}

// TestServerIsKilled: a command that kills the process that runs it fails with a LostError, and the next one runs.
func TestServerIsKilled(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		for range 3 {
			start := time.Now()
			var lost *LostError
			if _, err := s.Run(testContext(t), Command{Script: "kill -9 $PPID; sleep 100; echo x"}); !errors.As(err, &lost) {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
			t.Logf("reported after %v", time.Since(start))
			if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
				t.Errorf("the next command: %q, %v", out, err)
			}
		}
	})
}

// TestWorkerIsKilled: the root shell starts another worker, and the output of the first one's command is dropped.
func TestWorkerIsKilled(t *testing.T) {
	s, _ := localShell(t, false, Options{})
	for range 3 {
		_, worker := relatives(t, s)
		var lost *LostError
		_, err := s.Run(testContext(t), Command{Script: "kill -9 " + strconv.Itoa(worker) + "; sleep 0.5; for i in {1..20}; do echo old; sleep 0.1; done"})
		if !errors.As(err, &lost) {
			t.Errorf("got %v", err)
		}
		if err := s.Handshake(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if out, _, err := s.Output(testContext(t), Command{Script: "sleep 1; echo next"}); err != nil || string(out) != "next\n" {
			t.Errorf("the next command: %q, %v", out, err)
		}
	}
}

// TestBusyGuestIsNotSilent: a worker answers in spite of output and scripts of any size.
func TestBusyGuestIsNotSilent(t *testing.T) {
	var log told
	for _, data := range []bool{true, false} {
		s, _ := localShell(t, data, Options{Silence: 2 * time.Second, Logf: log.logf})
		for _, script := range []string{"for i in {1..20}; do head -c 200000 /dev/zero; sleep 0.02; done", "head -c 500000 /dev/zero; : " + strings.Repeat("x", 300<<10), "while ((SECONDS < 2)); do :; done"} {
			res, err := s.Run(testContext(t), Command{Script: script})
			t.Logf("%.60s: %v", script, res.Duration)
			if err != nil || log.has("answered") {
				t.Errorf("%.60s: %v, %s", script, err, &log)
			}
		}
	}
}
