package shell

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// fileConn is a connection that did not get its file by net.FileConn: that makes it blocking for a moment, and with it all
// that share it. A read in that moment does not end when the connection is closed.
type fileConn struct{ *os.File }

func (fileConn) LocalAddr() net.Addr  { return nil }
func (fileConn) RemoteAddr() net.Addr { return nil }

// dup returns a second connection to the same peer.
func dup(t testing.TB, c net.Conn) net.Conn {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var fd int
	var derr error
	if err := raw.Control(func(of uintptr) { fd, derr = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) }); err != nil || derr != nil {
		t.Fatal(err, derr)
	}
	return fileConn{os.NewFile(uintptr(fd), "connection")}
}

// again freezes a session, closes it and returns one that goes on with the same worker.
func again(t testing.TB, s *Session, o Options) *Session {
	t.Helper()
	var state State
	var console, data net.Conn
	if err := s.Freeze(testContext(t), func(st State) error {
		state, console = st, dup(t, s.console.conn)
		if s.data != nil {
			data = dup(t, s.data.conn)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	n, err := Resume(console, data, state, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// TestResume: after random commands of all kinds, a session that resumes the worker goes on in step with it.
func TestResume(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		o := Options{}
		if s.data != nil {
			o.DataFD = 3
		}
		n := 0
		run := func(c Command, want string) error {
			out, _, err := s.Output(testContext(t), c)
			if err == nil && string(out) != want {
				err = fmt.Errorf("%q printed %q, want %q", c.Script, out, want)
			}
			return err
		}
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(0, 3).Draw(rt, "commands") {
				n++
				var err error
				switch rapid.IntRange(0, 4).Draw(rt, "kind") {
				case 0:
					err = run(Command{Script: fmt.Sprint("echo ", n)}, fmt.Sprintln(n))
				case 1:
					err = run(Command{Script: "read x; echo $x", Stdin: strings.NewReader(fmt.Sprintf("%d\nmore that is not read\n", n))}, fmt.Sprintln(n))
				case 2:
					err = run(Command{Script: "sleep 100", Timeout: 20 * time.Millisecond}, "")
				case 3:
					err = run(Command{Script: fmt.Sprint("sleep 0.01; echo ", n), NoWait: true}, "")
				case 4:
					err = run(Command{Script: "kill -9 $$"}, "")
				}
				if err != nil {
					rt.Fatal(err)
				}
			}
			s = again(t, s, o)
			if !s.Info().DataPort != (s.data == nil) || s.Info().Bash == "" {
				rt.Fatalf("%+v", s.Info())
			}
			n++
			if err := run(Command{Script: fmt.Sprint("echo ", n)}, fmt.Sprintln(n)); err != nil {
				rt.Fatal(err)
			}
		})
	})
}

// TestFreezeHoldsCommands: no command starts before Freeze's function has returned, and one that runs ends first.
func TestFreezeHoldsCommands(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		ctx := testContext(t)
		first := make(chan error, 1)
		started := make(chan struct{})
		go func() {
			_, err := s.Run(ctx, Command{Script: "echo; sleep 0.3", Stdout: onWrite(func() { close(started) })})
			first <- err
		}()
		<-started
		var over atomic.Bool
		second := make(chan error, 1)
		if err := s.Freeze(ctx, func(State) error {
			if err := <-first; err != nil {
				return err
			}
			go func() {
				_, err := s.Run(ctx, Command{Script: "true"})
				if !over.Load() {
					err = errors.Join(err, errors.New("a command ran while the session was frozen"))
				}
				second <- err
			}()
			for { // until it is queued
				queued := make(chan int)
				s.post(func() { queued <- len(s.queue) })
				if <-queued > 0 {
					break
				}
			}
			over.Store(true)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
	})
}

// onWrite calls a function when something is written.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

// TestFreezeFails: an error of the function is returned, a caller that gives up gets its reason, and the session goes on.
func TestFreezeFails(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		failed := errors.New("no room")
		if err := s.Freeze(testContext(t), func(State) error { return failed }); !errors.Is(err, failed) {
			t.Errorf("got %v, want %v", err, failed)
		}
		runFor1000s(t, s)
		ctx, cancel := context.WithCancel(testContext(t))
		cancel()
		if err := s.Freeze(ctx, func(State) error { t.Error("it is frozen while a command runs"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}

// runFor1000s leaves a command behind that nobody waits for. It has started, and starts no program later that the test's end
// could miss.
func runFor1000s(t *testing.T, s *Session) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "started")
	if _, err := s.Run(testContext(t), Command{Script: ": long; exec 9<> <(:); : >" + path + "; read -rt 1000 -u 9", NoWait: true}); err != nil {
		t.Fatal(err)
	}
	for ctx := testContext(t); ctx.Err() == nil; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatal("the command has not started")
}

// TestBehindACommandThatNobodyWaitsFor: a command with WaitIdle gives up, and says which command still runs.
func TestBehindACommandThatNobodyWaitsFor(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		runFor1000s(t, s)
		_, err := s.Run(testContext(t), Command{Script: "true", WaitIdle: time.Millisecond})
		var busy *BusyError
		if !errors.As(err, &busy) || busy.Since != 0 || !strings.Contains(err.Error(), "is busy: `: long; ") {
			t.Errorf("got %v", err)
		}
	})
}

// TestStateCheck refuses states that no session has.
func TestStateCheck(t *testing.T) {
	good := State{Mark: "\x1eABCDEFGHIJKLMNOPQRSTUVWXYZ:", Worker: 1, Ready: "17"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*State){
		"mark":      func(s *State) { s.Mark = "\n:" },
		"worker":    func(s *State) { s.Worker = 0 },
		"ready":     func(s *State) { s.Ready = "17; reboot" },
		"questions": func(s *State) { s.Questions = -1 },
	} {
		bad := good
		change(&bad)
		if err := bad.Check(); err == nil {
			t.Errorf("another %s is no error", what)
		}
	}
}
