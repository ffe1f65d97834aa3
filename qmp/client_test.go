package qmp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const hello = `{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}`

// server is QEMU's side of a connection, scripted by a test.
type server struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

type request struct {
	Execute   string          `json:"execute"`
	Arguments json.RawMessage `json:"arguments"`
	ID        json.RawMessage `json:"id"`
}

// recv returns the next command, ok is false at the end.
func (s *server) recv() (r request, ok bool) {
	line, err := s.in.ReadBytes('\n')
	if err != nil {
		return r, false
	}
	if err := json.Unmarshal(line, &r); err != nil {
		s.t.Errorf("client sent %q: %v", line, err)
	}
	return r, true
}

func (s *server) sendf(format string, args ...any) { fmt.Fprintf(s.conn, format+"\r\n", args...) }

// serve starts a scripted server: greeting and capabilities are done, then script runs.
func serve(t *testing.T, script func(*server)) *Client {
	t.Helper()
	return serveAll(t, func(s *server) {
		s.sendf("%s", hello)
		r, ok := s.recv()
		if !ok || r.Execute != "qmp_capabilities" {
			t.Errorf("first command: %+v", r)
			return
		}
		s.sendf(`{"return": {}, "id": %s}`, r.ID)
		script(s)
	})
}

func serveAll(t *testing.T, script func(*server)) *Client {
	t.Helper()
	c, err := New(testContext(t), startServer(t, script))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func startServer(t *testing.T, script func(*server)) net.Conn {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "q"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		defer peer.Close()
		script(&server{t, peer, bufio.NewReader(peer)})
	})
	t.Cleanup(func() { conn.Close(); peer.Close(); wg.Wait() })
	return conn
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestReplyOver64KiB(t *testing.T) {
	big := strings.Repeat("x", 3<<20)
	c := serve(t, func(s *server) {
		for {
			r, ok := s.recv()
			if !ok {
				return
			}
			s.sendf(`{"return": %q, "id": %s}`, big, r.ID)
		}
	})
	for range 2 { // the monitor stays usable
		got, err := Query[string](testContext(t), c, "big", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got != big {
			t.Fatalf("got %d bytes, want %d", len(got), len(big))
		}
	}
}

func TestEOFIsDisconnected(t *testing.T) {
	c := serve(t, func(s *server) { s.recv() })
	_, err := c.Execute(testContext(t), "query-status", nil)
	var gone *DisconnectedError
	if !errors.As(err, &gone) || !errors.Is(err, io.EOF) || gone.Command != "query-status" {
		t.Fatalf("got %#v", err)
	}
	if want := "QMP query-status: QEMU closed the connection"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	select {
	case <-c.Done():
	case <-time.After(time.Minute):
		t.Fatal("Done is not closed")
	}
	if _, err := c.Execute(testContext(t), "query-status", nil); !errors.As(err, &gone) {
		t.Errorf("a later command: %v", err)
	}
}

func TestUndrainedEventsDoNotBlockReplies(t *testing.T) {
	c := serve(t, func(s *server) {
		for {
			r, ok := s.recv()
			if !ok {
				return
			}
			for i := range 3 * historySize {
				s.sendf(`{"event": "RTC_CHANGE", "data": {"offset": %d}, "timestamp": {"seconds": 1, "microseconds": 2}}`, i)
			}
			s.sendf(`{"return": {}, "id": %s}`, r.ID)
		}
	})
	ctx := testContext(t)
	sub := c.Subscribe() // not read from yet
	for range 3 {
		if _, err := c.Execute(ctx, "cont", nil); err != nil {
			t.Fatal(err)
		}
	}
	ev, err := sub.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sub.Missed(), uint64(8*historySize); got != want {
		t.Errorf("missed %d events, want %d", got, want)
	}
	if got, want := ev.Data["offset"], float64(2*historySize); got != want {
		t.Errorf("the oldest kept event is %v, want %v", got, want)
	}
}

func TestRepliesShareNoMemoryWithEvents(t *testing.T) {
	const n = 200
	c := serve(t, func(s *server) {
		for {
			r, ok := s.recv()
			if !ok {
				return
			}
			s.sendf(`{"return": %s, "id": %s}`, r.Arguments, r.ID)
			for range 20 {
				s.sendf(`{"event": "%s", "data": {}, "timestamp": {"seconds": 1, "microseconds": 2}}`, strings.Repeat("E", 300))
			}
		}
	})
	answers := make([]json.RawMessage, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var err error
			answers[i], err = c.Execute(testContext(t), "echo", map[string]string{"v": strings.Repeat(fmt.Sprint(i%10), 200)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, a := range answers {
		want := fmt.Sprintf(`{"v":"%s"}`, strings.Repeat(fmt.Sprint(i%10), 200))
		if string(a) != want {
			t.Fatalf("answer %d is %q", i, a)
		}
	}
}

func TestEventWithCapabilitiesReplyIsKept(t *testing.T) {
	const event = `{"event": "RESUME", "timestamp": {"seconds": 7, "microseconds": 8}}`
	for _, order := range []string{"before", "after"} {
		t.Run(order, func(t *testing.T) {
			c := serveAll(t, func(s *server) {
				s.sendf("%s", hello)
				r, _ := s.recv()
				reply := fmt.Sprintf(`{"return": {}, "id": %s}`, r.ID)
				if order == "before" {
					s.sendf("%s\r\n%s", event, reply)
				} else {
					s.sendf("%s\r\n%s", reply, event)
				}
				s.recv()
			})
			ev, err := c.Subscribe().Next(testContext(t))
			if err != nil || ev.Name != "RESUME" || !ev.Time.Equal(time.UnixMicro(7_000_008)) {
				t.Fatalf("got %+v, %v", ev, err)
			}
		})
	}
}

// expiring is a context whose deadline is reached when done is closed.
type expiring struct {
	context.Context
	done chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.done }

func (e expiring) Err() error {
	select {
	case <-e.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestTimedOutCommandDoesNotPoisonTheNext(t *testing.T) {
	ctx := expiring{context.Background(), make(chan struct{})}
	c := serve(t, func(s *server) {
		slow, _ := s.recv()
		close(ctx.done)
		next, _ := s.recv()
		s.sendf(`{"return": "late", "id": %s}`, slow.ID)
		s.sendf(`{"return": "right", "id": %s}`, next.ID)
		s.recv()
	})
	_, err := c.Execute(ctx, "slow", nil)
	var late *TimeoutError
	if !errors.As(err, &late) || !late.Timeout() || late.Command != "slow" {
		t.Fatalf("got %#v", err)
	}
	got, err := Query[string](testContext(t), c, "next", nil)
	if err != nil || got != "right" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestRefusedCommand(t *testing.T) {
	c := serve(t, func(s *server) {
		r, _ := s.recv()
		s.sendf(`{"id": %s, "error": {"class": "CommandNotFound", "desc": "The command foo has not been found"}}`, r.ID)
		s.recv()
		s.sendf(`{"error": {"class": "GenericError", "desc": "JSON parse error"}}`) // QEMU's form when it could not read an id
		s.recv()
	})
	want := []Error{
		{"foo", "CommandNotFound", "The command foo has not been found"},
		{"bar", "GenericError", "JSON parse error"},
	}
	for _, w := range want {
		_, err := c.Execute(testContext(t), w.Command, nil)
		var refused *Error
		if !errors.As(err, &refused) || *refused != w {
			t.Errorf("got %#v, want %#v", err, w)
		}
	}
}

func TestNotQMP(t *testing.T) {
	for name, text := range map[string]string{
		"text":      "SSH-2.0-OpenSSH_9.2\r\n",
		"other":     `{"jsonrpc": "2.0"}`,
		"array":     `[1, 2]`,
		"bad event": `{"event": 5}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(testContext(t), startServer(t, func(s *server) { s.sendf("%s", text); s.recv() }))
			var bad *ProtocolError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestHumanMonitor(t *testing.T) {
	c := serve(t, func(s *server) {
		r, _ := s.recv()
		if want := `{"command-line":"info version"}`; r.Execute != "human-monitor-command" || string(r.Arguments) != want {
			t.Errorf("command %s %s, want human-monitor-command %s", r.Execute, r.Arguments, want)
		}
		s.sendf(`{"return": "a line\r\n", "id": %s}`, r.ID)
		s.recv()
	})
	out, err := c.HumanMonitor(testContext(t), "info version")
	if err != nil || out != "a line\r\n" {
		t.Fatalf("got %q, %v", out, err)
	}
}

func TestSubscription(t *testing.T) {
	step := make(chan struct{})
	c := serve(t, func(s *server) {
		s.sendf(`{"event": "A", "data": {"big": 9007199254740993}, "timestamp": {"seconds": 1, "microseconds": 2}}`)
		r, _ := s.recv()
		s.sendf(`{"return": {}, "id": %s}`, r.ID)
		<-step
		s.sendf(`{"event": "B", "timestamp": {"seconds": 1, "microseconds": 2}}`)
	})
	ctx := testContext(t)
	if _, err := c.Execute(ctx, "sync", nil); err != nil {
		t.Fatal(err)
	}
	old, fresh := c.Subscribe(), c.SubscribeNew()
	ev, err := old.Next(ctx)
	if err != nil || ev.Name != "A" || !strings.Contains(string(ev.Raw), "9007199254740993") {
		t.Fatalf("got %s, %v", ev.Raw, err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, err := fresh.Next(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	close(step)
	if ev, err := fresh.Next(ctx); err != nil || ev.Name != "B" {
		t.Fatalf("got %+v, %v", ev, err)
	}
	var gone *DisconnectedError
	if _, err := fresh.Next(ctx); !errors.As(err, &gone) {
		t.Fatalf("got %v", err)
	}
	// What came before the end is still there.
	if ev, err := old.Next(ctx); err != nil || ev.Name != "B" {
		t.Fatalf("got %+v, %v", ev, err)
	}
}

func TestCloseWakesEverybody(t *testing.T) {
	c := serve(t, func(s *server) {
		for {
			if _, ok := s.recv(); !ok {
				return
			}
		}
	})
	ctx := testContext(t)
	results := make(chan error, 3)
	go func() { _, err := c.Execute(ctx, "never", nil); results <- err }()
	go func() { _, err := c.Subscribe().Next(ctx); results <- err }()
	closed := c.Subscribe()
	go func() { _, err := closed.Next(ctx); results <- err }()
	closed.Close()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("a closed subscription: %v", err)
	}
	c.Close()
	for range 2 {
		var gone *DisconnectedError
		if err := <-results; !errors.As(err, &gone) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}
