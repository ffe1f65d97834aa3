package shell

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeGuest plays a guest with faults that a real one does not have on demand. play gets the mark, and runs after the first
// command. ask waits for a request that begins with its argument.
func fakeGuest(t testing.TB, opts Options, play func(conn net.Conn, mark string, ask func(string))) *Session {
	t.Helper()
	mine, theirs := net.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer theirs.Close()
		in := bufio.NewReader(theirs)
		mark := fakeStart(theirs, in)
		fmt.Fprintf(theirs, "%[1]sH5.2 ;%[1]sR1 77;", mark)
		ask := func(what string) {
			for {
				line, err := in.ReadString('\n')
				if err != nil || strings.HasPrefix(line, what) {
					return
				}
				if strings.HasPrefix(line, `#\`) {
					fmt.Fprintf(theirs, "%sM;", mark)
				}
			}
		}
		ask("#x 1 ")
		play(theirs, mark, ask)
	})
	s := New(mine, nil, opts)
	t.Cleanup(func() { s.Close(); wg.Wait() })
	if err := s.Handshake(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

// fakeStart greets, and reads the worker. It returns the mark.
func fakeStart(out io.Writer, in *bufio.Reader) string {
	io.WriteString(out, Greeting+"\n")
	var mark string
	for err := error(nil); mark == "" && err == nil; {
		var line string
		line, err = in.ReadString('\n')
		mark = regexp.MustCompile("\x1e[A-Z2-7]+:").FindString(line)
	}
	fmt.Fprintf(out, "\n%sSconsole;\n", mark)
	for part := ""; !strings.HasPrefix(part, "#"); {
		part, _ = in.ReadString('\n')
	}
	for range (len(worker) + consolePart - 1) / consolePart {
		in.ReadString('\n')
		fmt.Fprintf(out, "%sM;", mark)
	}
	return mark
}

func TestLostBytesAreNoticed(t *testing.T) {
	s := fakeGuest(t, Options{}, func(conn net.Conn, mark string, ask func(string)) {
		fmt.Fprintf(conn, "1234%[1]sT1 0 5;%[1]sR2 78;", mark)
		ask("#x 2 ")
		fmt.Fprintf(conn, "12345%[1]sT2 0 5;%[1]sR3 79;", mark)
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

// A worker from before a reset that waits for the rest of its text, which was never sent, exits when a later one is to start.
func TestStaleText(t *testing.T) {
	old := &Session{mark: "\x1e" + rand.Text() + ":"}
	part := "#" + octal(worker[:consolePart]) + "\n"
	for name, stale := range map[string]string{
		"the first text": old.launchLine() + fmt.Sprintf("#E %s %d 0\n", old.mark, len(worker)) + part,
		"a script":       old.launchLine() + fmt.Sprintf("#E %s %d 0\n#%s\n#x 1 %d\n", old.mark, len(worker), octal(worker), 99*consolePart) + part,
		"its input":      old.launchLine() + fmt.Sprintf("#E %s %d 0\n#%s\n#i 1 %d\n", old.mark, len(worker), octal(worker), 99*consolePart) + part,
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := staleShell(t, stale, false, Options{})
			out, _, err := s.Output(testContext(t), Command{Script: "echo on"})
			if err != nil || string(out) != "on\n" {
				t.Errorf("%q %v", out, err)
			}
		})
	}
}

func TestDeathIsNoticedAtOnce(t *testing.T) {
	s := fakeGuest(t, Options{}, func(conn net.Conn, mark string, ask func(string)) {
		time.Sleep(50 * time.Millisecond)
	})
	var dead *DeadError
	if _, err := s.Run(testContext(t), Command{Script: "sleep 100"}); !errors.As(err, &dead) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Run(testContext(t), Command{Script: "true"}); !errors.As(err, &dead) {
		t.Errorf("a later command: %v", err)
	}
}

// TestLimitsHold: calls return at their timeout although a guest does not answer, or its command does not end when it is
// killed; a later command runs when the guest answers again.
func TestLimitsHold(t *testing.T) {
	var conn net.Conn
	var mark string
	ready := make(chan struct{})
	s := fakeGuest(t, Options{Grace: 10 * time.Millisecond, Patience: 20 * time.Millisecond}, func(c net.Conn, m string, ask func(string)) {
		conn, mark = c, m
		close(ready)
		ask("nothing")
	})
	res, err := s.Run(testContext(t), Command{Script: "first\nline", Timeout: 10 * time.Millisecond})
	if err != nil || res.Status != StatusTimeout || !res.TimedOut {
		t.Errorf("timeout: %+v, %v", res, err)
	}
	var busy *BusyError
	if _, err = s.Run(testContext(t), Command{Script: "second", Timeout: 10 * time.Millisecond}); !errors.As(err, &busy) || busy.Command != "first …" {
		t.Errorf("a second one: %v", err)
	}
	ctx, cancel := context.WithTimeout(testContext(t), 10*time.Millisecond)
	defer cancel()
	if _, err = s.Run(ctx, Command{Script: "third"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third one: %v", err)
	}
	<-ready
	done := make(chan struct{})
	go func() {
		defer close(done)
		if out, _, err := s.Output(testContext(t), Command{Script: "fourth"}); err != nil || string(out) != "ok" {
			t.Errorf("the one after: %q, %v", out, err)
		}
	}()
	for queued := make(chan int, 1); ; {
		s.post(func() { queued <- len(s.queue) })
		if <-queued > 0 {
			break
		}
	}
	fmt.Fprintf(conn, "late%[1]sT1 143 4;%[1]sR2 78;ok%[1]sT2 0 2;", mark)
	<-done
}

func TestMissingTools(t *testing.T) {
	mine, theirs := net.Pipe()
	go func() {
		in := bufio.NewReader(theirs)
		mark := fakeStart(theirs, in)
		go io.Copy(io.Discard, in)
		fmt.Fprintf(theirs, "%sH4.3  bash-4.4 dd;", mark)
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
	var log told
	s := New(mine, nil, Options{Logf: log.logf})
	defer s.Close()
	go func() {
		io.WriteString(theirs, "connecting to host...\r\n\xff\xfeodd\n"+strings.Repeat("x", 3*readSize))
	}()
	ctx, cancel := context.WithTimeout(testContext(t), 300*time.Millisecond)
	defer cancel()
	if err := s.Handshake(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(log.String(), "connecting to host...\nodd\n") {
		t.Errorf("got %.100q", log.String())
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

// FuzzGuest makes the guest answer with anything: no panic, no hang, and no output that was not sent.
func FuzzGuest(f *testing.F) {
	f.Add([]byte("hello\x00T1 0 5;\x00R2 9;"))
	f.Add([]byte("\x00T1 0 0;\x00A1;"))
	f.Add([]byte("\x00T1 -1 99999999999999999999;"))
	f.Add([]byte("\x00T2 0 0;\x00P1 0;\x00H;\x00Z;"))
	f.Add([]byte("\x00;\x00T"))
	f.Add([]byte("a\x00C1;b\x00G1 sleep(3);\x00T1 1 2;"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		// A NUL stands for the mark.
		s := fakeGuest(t, Options{Grace: 5 * time.Millisecond, Patience: 10 * time.Millisecond}, func(conn net.Conn, mark string, ask func(string)) {
			go ask("nothing")
			io.WriteString(conn, strings.ReplaceAll(string(answer), "\x00", mark))
		})
		out, res, err := s.Output(testContext(t), Command{Script: "x", Timeout: 200 * time.Millisecond})
		if err == nil && int64(len(out)) != res.Bytes {
			t.Errorf("got %d bytes, but the result says %d", len(out), res.Bytes)
		}
		if len(out) > len(answer) {
			t.Errorf("%d bytes of output out of %d", len(out), len(answer))
		}
		s.Close()
	})
}

// BenchmarkGreeting waits for a greeting behind newlines that a guest has printed. The time for a byte does not depend on their
// number.
func BenchmarkGreeting(b *testing.B) {
	for _, size := range []int{64 << 10, 256 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			newlines := strings.Repeat("\n", size)
			b.SetBytes(int64(size))
			for b.Loop() {
				mine, theirs := net.Pipe()
				done := make(chan struct{})
				go func() {
					defer close(done)
					io.WriteString(theirs, newlines)
					in := bufio.NewReader(theirs)
					mark := fakeStart(theirs, in)
					go io.Copy(io.Discard, in)
					fmt.Fprintf(theirs, "%sH4.3  bash-4.4;", mark) // a guest without bash: the end of the wait
				}()
				s := New(mine, nil, Options{})
				var missing *MissingToolError
				if err := s.Handshake(b.Context()); !errors.As(err, &missing) {
					b.Fatal(err)
				}
				s.Close()
				theirs.Close()
				<-done
			}
		})
	}
}
