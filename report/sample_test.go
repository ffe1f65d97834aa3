package report

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// picture writes a screenshot.
func picture(t testing.TB, path string, c color.Color) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			if (x/16+y/16)%2 == 0 {
				img.Set(x, y, c)
			} else {
				img.Set(x, y, color.Black)
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// twoMachines is a run of two machines with serial lines, subtests, a network fault, screenshots and a failure. It has
// about the given number of rows.
func twoMachines(t testing.TB, dir string, rows int, sinks ...Sink) {
	t.Helper()
	picture(t, filepath.Join(dir, "server.png"), color.RGBA{0, 90, 200, 255})
	picture(t, filepath.Join(dir, "client.png"), color.RGBA{200, 90, 0, 255})
	c := newClock()
	l := NewLog(c.now, sinks...)
	ctx := t.Context()
	n := 0
	serial := func(ctx context.Context, count int) {
		for i := range count {
			n++
			m := []string{"server", "client"}[i%2]
			l.Emit(ctx, Event{Kind: Serial, Machine: m, Text: fmt.Sprintf("[%12.6f] systemd[1]: Started unit number %d of %s.", c.t.Sub(newClock().t).Seconds(), n, m)})
			c.step(3 * time.Millisecond)
		}
	}
	at := func(ctx context.Context, line int, text string) context.Context {
		return WithSource(ctx, func() *Source { return &Source{File: "web.star", Line: line, Text: text} })
	}
	run := func(ctx context.Context, e Entry, count int, out string, err error) {
		ctx, s := l.Begin(ctx, e)
		serial(ctx, count)
		c.step(40 * time.Millisecond)
		if e.Action == ActionCommand {
			status := 0
			if err != nil {
				status = 7
			}
			s.SetCommand(&Command{Line: e.Text, Status: status, Output: out, Stderr: "some notes\n"})
		}
		s.End(err)
	}
	l.Emit(ctx, Event{Kind: RunStart, Text: "web server and client", Attrs: map[string]string{"version": "1.0", "seed": "7"}})
	for _, m := range []string{"server", "client"} {
		l.Emit(ctx, Event{Kind: State, Machine: m, Text: StateBooting})
		run(at(ctx, 1, "start_all()"), Entry{Action: ActionMachine, Machine: m, Text: "starting vm"}, 20, "", nil)
	}
	run(at(ctx, 2, "server.wait_for_unit(\"nginx.service\")"), Entry{Action: ActionWait, Machine: "server", Text: "waiting for unit nginx.service", Timeout: 900 * time.Second}, 200, "", nil)
	l.Emit(ctx, Event{Kind: State, Machine: "server", Text: StateUp})
	l.Emit(ctx, Event{Kind: State, Machine: "client", Text: StateUp})
	sub, s := l.Begin(at(ctx, 4, `for _ in subtest("pages are served"):`), Entry{Action: ActionSubtest, Text: "pages are served"})
	for i := range 20 {
		run(at(sub, 5, `    client.succeed("curl http://server/")`), Entry{Action: ActionCommand, Machine: "client", Text: fmt.Sprintf("must succeed: curl http://server/%d", i)}, 10, "<h1>hello</h1>\n", nil)
	}
	l.Emit(sub, Event{Kind: Screenshot, Machine: "server", Path: "server.png", Text: "after the pages"})
	serial(sub, max(0, rows-900))
	s.End(nil)
	sub, s = l.Begin(at(ctx, 8, `for _ in subtest("a cut network heals"):`), Entry{Action: ActionSubtest, Text: "a cut network heals"})
	run(at(sub, 9, `    server.block()`), Entry{Action: ActionNetwork, Machine: "server", Text: "cutting the cable"}, 30, "", nil)
	l.Logf(sub, Warning, "the cable is still cut")
	in, si := l.Begin(at(sub, 10, `    for _ in subtest("client notices"):`), Entry{Action: ActionSubtest, Text: "client notices"})
	err := errors.New("command `curl http://server/` failed (exit status 7)")
	run(at(in, 11, `        client.succeed("curl http://server/")`), Entry{Action: ActionCommand, Machine: "client", Text: "must succeed: curl http://server/"}, 30, "curl: (7) no route\n", err)
	si.End(err)
	s.End(err)
	l.Emit(ctx, Event{Kind: Screenshot, Machine: "client", Path: "client.png", Text: "at the failure"})
	l.Emit(ctx, Event{Kind: Artifact, Path: "console-client.log", Text: "serial console of client"})
	l.Emit(ctx, Event{Kind: State, Machine: "server", Text: StateDead})
	l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{
		Class: "test", Message: err.Error(), Subtest: "a cut network heals / client notices", Machine: "client",
		Backtrace: []Source{{File: "web.star", Line: 11, Col: 23, Text: `        client.succeed("curl http://server/")`, Func: "<toplevel>"}},
		Command:   &Command{Line: "curl http://server/", Status: 7, Output: "curl: (7) no route\n"},
		Console:   map[string][]string{"client": {"one", "two"}}, Rerun: "gotest-driver run web.star",
	}})
	l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: err.Error(), Duration: c.t.Sub(newClock().t)})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
