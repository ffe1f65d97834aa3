package shell

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// silent is the error of a session whose worker does not answer.
func silent(err error) bool {
	var dead *DeadError
	return errors.As(err, &dead) && dead.Silent && strings.Contains(err.Error(), "silent")
}

// TestSilence stops the worker of a session: who waits and who pauses between two commands are told, also when the
// command has no limit, and while its input is being sent.
func TestSilence(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, s *Session) error{
		"no limit": func(ctx context.Context, s *Session) error {
			_, err := s.Run(ctx, Command{Script: "sleep 100"})
			return err
		},
		"limit": func(ctx context.Context, s *Session) error {
			_, err := s.Run(ctx, Command{Script: "sleep 100", Timeout: 1400 * time.Millisecond})
			return err
		},
		"input": func(ctx context.Context, s *Session) error {
			_, err := s.Run(ctx, Command{Script: "cat >/dev/null", Stdin: zeros{}})
			return err
		},
		"pause": func(ctx context.Context, s *Session) error {
			select {
			case <-s.Done():
				return s.Err()
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	} {
		for _, data := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s,data=%v", name, data), func(t *testing.T) {
				s, _ := localShell(t, data, Options{Silence: 300 * time.Millisecond})
				out, _, err := s.Output(testContext(t), Command{Script: "read -r _ _ _ worker _ </proc/$PPID/stat; echo $worker"})
				worker, _ := strconv.Atoi(strings.TrimSpace(string(out)))
				if err != nil || worker < 2 {
					t.Fatalf("the worker is %q, %v", out, err)
				}
				time.AfterFunc(100*time.Millisecond, func() { syscall.Kill(worker, syscall.SIGSTOP) })
				defer syscall.Kill(worker, syscall.SIGCONT)
				if err := wait(testContext(t), s); !silent(err) {
					t.Error(err)
				}
				if _, err := s.Run(testContext(t), Command{Script: "true"}); !silent(err) {
					t.Errorf("the next command: %v", err)
				}
			})
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestExcuse: a guest that is excused is waited for, and a session that died of silence lives again when its guest
// begins anew.
func TestExcuse(t *testing.T) {
	const excuses = 2
	answer, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	var asked atomic.Int32
	s := fakeGuest(t, Options{Silence: 20 * time.Millisecond, Excuse: func(_ context.Context, d time.Duration) string {
		if d < 20*time.Millisecond {
			t.Errorf("asked after %v", d)
		}
		n := asked.Add(1)
		if n == excuses {
			close(answer)
		}
		return map[bool]string{true: "it is paused"}[n <= excuses]
	}}, func(conn net.Conn, mark string) {
		fmt.Fprintf(conn, hello, mark)
		<-answer
		fmt.Fprintf(conn, "%[1]sP1;ok%[1]sT0 2;%[1]sR78;", mark)
		<-release
	})
	if out, _, err := s.Output(testContext(t), Command{Script: "x"}); err != nil || string(out) != "ok" {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := s.Run(testContext(t), Command{Script: "x"}); !silent(err) {
		t.Errorf("without an excuse: %v", err)
	}
	if err := s.Reset(testContext(t)); err != nil || s.Err() != nil {
		t.Errorf("after a reset: %v, %v", err, s.Err())
	}
	select {
	case <-s.Done():
		t.Error("is dead after a reset")
	default:
	}
}

// TestBusyGuestIsNotSilent: output and scripts of any size keep nobody from answering.
func TestBusyGuestIsNotSilent(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		s.opts.Silence = 300 * time.Millisecond
		for _, script := range []string{"for i in {1..20}; do head -c 200000 /dev/zero; sleep 0.02; done", "head -c 500000 /dev/zero; : " + strings.Repeat("x", 300<<10), "while ((SECONDS < 2)); do :; done"} {
			res, err := s.Run(testContext(t), Command{Script: script})
			t.Logf("%.60s: %v", script, res.Duration)
			if err != nil {
				t.Errorf("%.60s: %v", script, err)
			}
		}
	})
}
