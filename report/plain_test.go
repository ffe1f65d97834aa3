package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// clock is a time that moves only when a test says so.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time       { return c.t }
func (c *clock) step(d time.Duration) { c.t = c.t.Add(d) }

// failingRun is a run with nested subtests of which one fails.
func failingRun(t *testing.T, sinks ...Sink) {
	t.Helper()
	c := newClock()
	l := NewLog(c.now, sinks...)
	ctx := t.Context()
	l.Emit(ctx, Event{Kind: RunStart, Text: "web", Attrs: map[string]string{"version": "1.0", "seed": "7"}})
	l.Emit(ctx, Event{Kind: State, Machine: "server", Text: StateBooting})
	at := func(line int, text string) context.Context {
		return WithSource(ctx, func() *Source { return &Source{File: "web.star", Line: line, Text: text} })
	}
	ctx = at(3, `for _ in subtest("serves pages"):`)
	octx, outer := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "serves pages"})
	ctx = at(4, `    server.wait_for_unit("nginx.service")`)
	wctx, wait := l.Begin(WithSpan(ctx, outer), Entry{Action: ActionWait, Machine: "server", Text: "waiting for unit nginx.service", Timeout: 900 * time.Second})
	l.Emit(wctx, Event{Kind: Serial, Machine: "server", Text: "[    1.2] nginx starts\r"})
	wait.Progress("state is activating")
	c.step(1500 * time.Millisecond)
	wait.End(nil)
	l.Emit(ctx, Event{Kind: State, Machine: "server", Text: StateUp})
	l.Logf(octx, Warning, "slow & steady")
	ctx = at(5, `    for _ in subtest("over TLS"):`)
	_, inner := l.Begin(WithSpan(ctx, outer), Entry{Action: ActionSubtest, Text: "over TLS"})
	ctx = at(6, `        server.succeed("curl -f https://localhost")`)
	_, cmd := l.Begin(WithSpan(ctx, inner), Entry{Action: ActionCommand, Machine: "server", Text: "must succeed: curl -f https://localhost"})
	c.step(120 * time.Millisecond)
	done := &Command{Line: "curl -f https://localhost", Status: 7, Output: "<html>]]>&amp;\n", Stderr: "curl: (7) refused\n"}
	cmd.SetCommand(done)
	err := errors.New("command `curl -f https://localhost` failed (exit status 7)")
	cmd.End(err)
	inner.End(err)
	outer.End(err)
	ctx = t.Context()
	l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{
		Class: "test", Message: err.Error(), Subtest: "serves pages / over TLS", Machine: "server",
		Backtrace: []Source{
			{File: "web.star", Line: 9, Text: "check()", Func: "<toplevel>"},
			{File: "web.star", Line: 6, Col: 23, Text: `        server.succeed("curl -f https://localhost")`, Func: "check"},
		},
		Traceback: "Traceback (most recent call last):\n\nKeyError: 'a'\n",
		Command:   done,
		Console:   map[string][]string{"server": {"login:", "\x1b[31mpanic\x1b[0m"}},
		Paths:     []string{"/out/server.png"},
		Rerun:     "gotest-driver run web.star",
	}})
	l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: err.Error(), Duration: c.t.Sub(newClock().t)})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// outcomesRun is a run with a subtest for each way in which one ends without a failure; how is the end of the run.
func outcomesRun(t *testing.T, how Event, sinks ...Sink) {
	t.Helper()
	l := NewLog(newClock().now, sinks...)
	ctx := t.Context()
	l.Emit(ctx, Event{Kind: RunStart, Text: "web"})
	for name, err := range map[string]error{"fine": nil, "absent": outcome{Skipped, "no disk"}} {
		_, s := l.Begin(ctx, Entry{Action: ActionSubtest, Text: name})
		s.End(err)
	}
	bctx, broken := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "broken"})
	_, cmd := l.Begin(bctx, Entry{Action: ActionCommand, Machine: "server", Text: "must succeed: false"})
	cmd.End(errors.New("status 1"))
	broken.End(fmt.Errorf("wrapped: %w", outcome{ExpectedFailure, "expected to fail (bug 7): status 1"}))
	how.Kind = RunEnd
	l.Emit(ctx, how)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// outcome is an error that knows its result.
type outcome struct {
	status Status
	why    string
}

func (e outcome) Error() string             { return "error: " + e.why }
func (e outcome) Outcome() (Status, string) { return e.status, e.why }

func TestOutcomesOnATerminal(t *testing.T) {
	var plain, live bytes.Buffer
	outcomesRun(t, Event{Status: Skipped, Error: "no KVM"}, NewPlain(&plain, PlainOptions{}), NewLive(&live, LiveOptions{Size: func() (int, int) { return 200, 50 }}))
	for _, want := range []string{
		"(skipped: subtest: absent, in 0.00 seconds): no disk\n",
		"(failed as expected: subtest: broken, in 0.00 seconds): expected to fail (bug 7): status 1\n",
		"test skipped in 0.00s (1 subtest passed, 1 failed as expected, 1 skipped): no KVM\n",
	} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("%q is missing in\n%s", want, plain.String())
		}
	}
	for _, want := range []string{"– absent  skipped: no disk", "– broken  failed as expected: expected to fail (bug 7): status 1", "✓ fine"} {
		if !strings.Contains(live.String(), want) {
			t.Errorf("%q is missing in\n%q", want, live.String())
		}
	}
}

func TestPlainWording(t *testing.T) {
	var b bytes.Buffer
	failingRun(t, NewPlain(&b, PlainOptions{Serial: true}))
	got := b.String()
	rest := got
	for _, want := range []string{
		"test: web (version 1.0, seed 7)\n",
		"subtest: serves pages\n",
		"server: waiting for unit nginx.service\n",
		"server # [    1.2] nginx starts\n",
		"server: (finished: waiting for unit nginx.service, in 1.50 seconds)\n",
		"warning: slow & steady\n",
		"subtest: over TLS\n",
		"server: must succeed: curl -f https://localhost\n",
		"server: (failed: must succeed: curl -f https://localhost, in 0.12 seconds)\n",
		"(failed: subtest: over TLS, in 0.12 seconds)\n",
		"!!! test failed in subtest \"serves pages / over TLS\": command `curl",
		"\n!!! test failed in subtest \"serves pages / over TLS\"\n",
		"web.star:6:23  in check\n        server.succeed(\"curl",
		"web.star:9  in <toplevel>\n        check()\n",
		"Python's traceback\n    | Traceback (most recent call last):\n    | \n    | KeyError: 'a'\n",
		"command on server, exit status 7\n    | curl -f https://localhost\n",
		"    | <html>]]>&amp;\n",
		"    | curl: (7) refused\n",
		"last console lines of server\n    | login:\n    | panic\n",
		"    /out/server.png\n",
		"    gotest-driver run web.star\n",
		"test failed after 1.62s (0 subtests passed, 2 failed)\n",
	} {
		i := strings.Index(rest, want)
		if i < 0 {
			t.Fatalf("%q is missing, or out of order, in:\n%s", want, got)
		}
		rest = rest[i+len(want):]
	}
	if strings.Contains(got, "\x1b") {
		t.Error("escape sequences without Color")
	}
}

// What a script prints goes to its own writer, whatever the level, or else among the lines.
func TestPrintedGoesToOutput(t *testing.T) {
	var log, out, file, both bytes.Buffer
	live := NewLive(&bytes.Buffer{}, LiveOptions{Output: &file})
	l := NewLog(nil, NewPlain(&log, PlainOptions{Level: Error, Output: &out}), live, NewPlain(&both, PlainOptions{Level: Error}))
	l.Emit(t.Context(), Event{Kind: Message, Level: Info, Text: "a\nb", Printed: true})
	l.Emit(t.Context(), Event{Kind: Message, Level: Info, Text: "no print"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if log.String() != "" || out.String() != "a\nb\n" || file.String() != out.String() || both.String() != "a\n    b\n" {
		t.Errorf("the log is %q, printed is %q and %q, both are %q", &log, &out, &file, &both)
	}
}

func TestPlainLevelsAndSerial(t *testing.T) {
	var b bytes.Buffer
	failingRun(t, NewPlain(&b, PlainOptions{Level: Error}))
	for _, not := range []string{"subtest:", "warning:", "server #", "test: web"} {
		if strings.Contains(b.String(), not) {
			t.Errorf("%q is shown at level error:\n%s", not, b.String())
		}
	}
	if !strings.Contains(b.String(), "!!! test failed") {
		t.Error("the failure is not shown")
	}

	b.Reset()
	p := NewPlain(&b, PlainOptions{})
	l := NewLog(nil, p)
	l.Emit(t.Context(), Event{Kind: Serial, Machine: "m", Text: "one"})
	p.SetSerial(true)
	l.Emit(t.Context(), Event{Kind: Serial, Machine: "m", Text: "two"})
	l.Logf(t.Context(), Debug, "three")
	if got := b.String(); got != "m # two\n" {
		t.Errorf("got %q", got)
	}
}

func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	failingRun(t, NewPlain(&b, PlainOptions{CI: CIGitHub}))
	got := b.String()
	lines := strings.Split(strings.TrimSpace(got), "\n")
	token, ok := strings.CutPrefix(lines[0], "::stop-commands::")
	if !ok || lines[len(lines)-1] == lines[0] {
		t.Fatalf("commands are not stopped first: %q", lines[0])
	}
	on := true
	var seen []string
	for _, l := range lines {
		switch {
		case l == "::stop-commands::"+token:
			on = false
		case l == "::"+token+"::":
			on = true
		case on:
			seen = append(seen, l)
		}
	}
	want := []string{
		"::group::serves pages",
		"::warning::slow & steady",
		"::endgroup::",
		"::error file=web.star,line=6,title=test failed in subtest \"serves pages / over TLS\"::command `curl -f https://localhost` failed (exit status 7)",
	}
	if strings.Join(seen[:4], "\n") != strings.Join(want, "\n") {
		t.Errorf("commands:\n%s\nwant:\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

func TestGitLab(t *testing.T) {
	var b bytes.Buffer
	failingRun(t, NewPlain(&b, PlainOptions{CI: CIGitLab}))
	if !strings.Contains(b.String(), "\x1b[0Ksection_start:1767323045:subtest_1[collapsed=true]\r\x1b[0Kserves pages\n") ||
		!strings.Contains(b.String(), "\x1b[0Ksection_end:1767323046:subtest_1\r\x1b[0K\n") {
		t.Errorf("no section:\n%q", b.String())
	}
}

func TestColorWanted(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{nil, false},
		{[]string{"GITHUB_ACTIONS=true"}, true},
		{[]string{"GITLAB_CI=1", "NO_COLOR=1"}, false},
		{[]string{"CLICOLOR_FORCE=1", "TERM=xterm"}, true},
		{[]string{"CLICOLOR_FORCE=1", "TERM=xterm", "NO_COLOR=1"}, false},
	} {
		if got := ColorWanted(&bytes.Buffer{}, c.env); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}
