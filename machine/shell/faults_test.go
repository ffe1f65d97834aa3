package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeGuest plays a guest that does what no real one does on demand. play gets the mark.
func fakeGuest(t testing.TB, opts Options, play func(conn net.Conn, mark string)) *Session {
	t.Helper()
	mine, theirs := net.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer theirs.Close()
		io.WriteString(theirs, Greeting+"\n")
		buf := make([]byte, 1<<16)
		n, _ := io.ReadAtLeast(theirs, buf, 100)
		mark := "\x1e" + string(buf[strings.Index(string(buf[:n]), "\x1e")+1:])
		mark = mark[:strings.IndexByte(mark, ':')+1]
		var drain sync.WaitGroup
		drain.Go(func() { io.Copy(io.Discard, theirs) })
		play(theirs, mark)
		theirs.Close()
		drain.Wait()
	})
	s := New(mine, nil, opts)
	t.Cleanup(func() { s.Close(); wg.Wait() })
	if err := s.Handshake(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

const hello = "%[1]sHconsole 5.2 ;%[1]sR77;"

func TestLostBytesAreNoticed(t *testing.T) {
	s := fakeGuest(t, Options{}, func(conn net.Conn, mark string) {
		fmt.Fprintf(conn, hello, mark)
		fmt.Fprintf(conn, "1234%[1]sT0 5;%[1]sR78;", mark)
		fmt.Fprintf(conn, "12345%[1]sT0 5;%[1]sR79;", mark)
		time.Sleep(time.Second)
	})
	var lost *LostBytesError
	if _, err := s.Run(testContext(t), Command{Script: "x"}); !errors.As(err, &lost) || lost.Sent != 5 || lost.Received != 4 {
		t.Errorf("got %v", err)
	}
	if out, _, err := s.Output(testContext(t), Command{Script: "x"}); err != nil || string(out) != "12345" {
		t.Errorf("the next command: %q, %v", out, err)
	}
}

func TestDeathIsNoticedAtOnce(t *testing.T) {
	s := fakeGuest(t, Options{}, func(conn net.Conn, mark string) {
		fmt.Fprintf(conn, hello, mark)
		time.Sleep(50 * time.Millisecond)
	})
	var dead *DeadError
	if _, err := s.Run(testContext(t), Command{Script: "sleep 100"}); !errors.As(err, &dead) {
		t.Errorf("got %v", err)
	}
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Error("Done is not closed")
	}
	if _, err := s.Run(testContext(t), Command{Script: "true"}); !errors.As(err, &dead) {
		t.Errorf("a later command: %v", err)
	}
}

func TestAGuestThatDoesNotComeBackIsDead(t *testing.T) {
	release := make(chan struct{})
	s := fakeGuest(t, Options{Grace: 20 * time.Millisecond}, func(conn net.Conn, mark string) {
		fmt.Fprintf(conn, hello, mark)
		<-release
	})
	defer close(release)
	var dead *DeadError
	if _, err := s.Run(testContext(t), Command{Script: "x", Timeout: 10 * time.Millisecond}); !errors.As(err, &dead) {
		t.Errorf("got %v", err)
	}
}

func TestMissingTools(t *testing.T) {
	mine, theirs := net.Pipe()
	go func() {
		io.WriteString(theirs, Greeting+"\n")
		buf := make([]byte, 1<<16)
		n, _ := io.ReadAtLeast(theirs, buf, 100)
		go io.Copy(io.Discard, theirs)
		mark := string(buf[strings.IndexByte(string(buf[:n]), 0x1e):n])
		fmt.Fprintf(theirs, "%sHconsole 4.3  bash-4.4 dd;", mark[:strings.IndexByte(mark, ':')+1])
	}()
	s := New(mine, nil, Options{})
	defer s.Close()
	var missing *MissingToolError
	if err := s.Handshake(testContext(t)); !errors.As(err, &missing) || fmt.Sprint(missing.Tools) != "[bash-4.4 dd]" {
		t.Errorf("got %v", err)
	}
	theirs.Close()
}

func TestHandshakeLogsTheBootAndIsBounded(t *testing.T) {
	mine, theirs := net.Pipe()
	defer theirs.Close()
	var lines []string
	s := New(mine, nil, Options{Logf: func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }})
	defer s.Close()
	go func() {
		io.WriteString(theirs, "connecting to host...\r\n\xff\xfeodd\n"+strings.Repeat("x", 3*readSize))
	}()
	ctx, cancel := context.WithTimeout(testContext(t), 300*time.Millisecond)
	defer cancel()
	if err := s.Handshake(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if len(lines) < 2 || lines[0] != "connecting to host..." || lines[1] != "odd" {
		t.Errorf("got %.100q", lines)
	}
}

func TestHeldOutput(t *testing.T) {
	for _, data := range []bool{true, false} {
		s, _ := localShell(t, data, Options{HeldAfter: 200 * time.Millisecond})
		var holders []string
		_, res, err := s.Output(testContext(t), Command{
			Script: "sleep 1.2 & exit 7", OnHeld: func(by []string) { holders = append(holders, by...) }})
		if err != nil || res.Status != 7 || len(holders) != 1 || !strings.HasPrefix(holders[0], "sleep(") {
			t.Errorf("got %+v, %q, %v", res, holders, err)
		}
		holders = nil
		if _, _, err = s.Output(testContext(t), Command{Script: "sleep 1", OnHeld: func(by []string) { holders = by }}); err != nil || holders != nil {
			t.Errorf("a long command is no holder: %q, %v", holders, err)
		}
	}
}

func TestQueueHonoursTheContext(t *testing.T) {
	s, _ := localShell(t, true, Options{})
	started := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		close(started)
		_, err := s.Run(testContext(t), Command{Script: "sleep 1"})
		done <- err
	}()
	<-started
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Run(ctx, Command{Script: "true"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestNoWait(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		start := time.Now()
		res, err := s.Run(testContext(t), Command{Script: "sleep 0.5; echo dropped", NoWait: true})
		if err != nil || res.Status != StatusUnknown || time.Since(start) > 400*time.Millisecond {
			t.Errorf("got %+v, %v", res, err)
		}
		if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
			t.Errorf("got %q, %v", out, err)
		}
	})
}

// FuzzGuest has the guest answer with anything: no panic, no hang, and no output that is not what was sent.
func FuzzGuest(f *testing.F) {
	f.Add([]byte("hello\x00T0 5;\x00R9;"))
	f.Add([]byte("\x00T0 0;\x00A1;"))
	f.Add([]byte("\x00T-1 99999999999999999999;"))
	f.Add([]byte("\x00;\x00T"))
	f.Add([]byte("a\x00C;b\x00G sleep(3);\x00T1 2;"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		// A NUL stands for the mark.
		s := fakeGuest(t, Options{Grace: 5 * time.Millisecond}, func(conn net.Conn, mark string) {
			fmt.Fprintf(conn, hello, mark)
			io.WriteString(conn, strings.ReplaceAll(string(answer), "\x00", mark))
		})
		out, res, err := s.Output(testContext(t), Command{Script: "x", Timeout: time.Second})
		if err == nil && int64(len(out)) != res.Bytes {
			t.Errorf("%d bytes are told as %d", len(out), res.Bytes)
		}
		if len(out) > len(answer) {
			t.Errorf("%d bytes of output out of %d", len(out), len(answer))
		}
		s.Close()
	})
}
