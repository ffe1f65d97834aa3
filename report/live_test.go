package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"
)

// liveStart begins a run in which n machines are waited for, inside of subtests.
func liveStart(ctx context.Context, l *Log, n int) (step func()) {
	l.Emit(ctx, Event{Kind: RunStart, Text: "cluster"})
	for i := range n {
		l.Emit(ctx, Event{Kind: State, Machine: fmt.Sprintf("node%02d", i), Text: StateBooting})
	}
	_, first := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "machines start"})
	first.End(nil)
	_, outer := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "services come up"})
	octx := WithSpan(ctx, outer)
	_, done := l.Begin(octx, Entry{Action: ActionSubtest, Text: "quick one"})
	done.End(nil)
	ictx, inner := l.Begin(octx, Entry{Action: ActionSubtest, Text: "nginx 日本語 " + strings.Repeat("long ", 30)})
	var waits []*Span
	for i := range n {
		_, w := l.Begin(ictx, Entry{Action: ActionWait, Machine: fmt.Sprintf("node%02d", i), Text: "waiting for unit nginx.service", Timeout: 900 * time.Second})
		w.Progress("activating, attempt %d", i)
		waits = append(waits, w)
	}
	k := 0
	return func() {
		k++
		l.Emit(ictx, Event{Kind: Serial, Machine: "node00", Text: fmt.Sprintf("\x1b[32m[  OK  ]\x1b[0m Started thing %d %s", k, strings.Repeat("x", 300))})
		if k%10 == 0 {
			l.Logf(ictx, Warning, "message %d of the script", k)
		}
		if k < 0 {
			inner.End(nil)
			waits[0].End(nil)
		}
	}
}

func TestLiveFrameFits(t *testing.T) {
	for _, n := range []int{0, 1, 2, 16, 200} {
		for _, size := range [][2]int{{80, 24}, {200, 50}, {20, 5}, {1, 1}, {40, 2}} {
			c := newClock()
			live := newLive(&bytes.Buffer{}, LiveOptions{Now: c.now})
			step := liveStart(t.Context(), NewLog(c.now, live), n)
			step()
			c.step(12 * time.Second)
			frame := live.st.frame(size[0], size[1], live.opts, live.pal)
			if len(frame) > size[1] || len(frame) == 0 {
				t.Errorf("%d machines, %v: %d rows", n, size, len(frame))
			}
			for _, l := range frame {
				if ansi.StringWidth(l) > size[0] {
					t.Errorf("%d machines, %v: too wide: %q", n, size, l)
				}
			}
			text := strings.Join(frame, "\n")
			if n == 16 && size[0] == 80 {
				for i := range n {
					if !strings.Contains(text, fmt.Sprintf("node%02d  booting   waiting for unit nginx.service", i)) {
						t.Errorf("machine %d is missing in\n%s", i, text)
					}
				}
				if !strings.Contains(text, "12 s of 900 s") || !strings.Contains(text, "▸ services come up") {
					t.Errorf("frame:\n%s", text)
				}
			}
			if n == 200 && size[1] == 24 && !strings.Contains(text, "more machines") {
				t.Errorf("frame:\n%s", text)
			}
		}
	}
}

func TestLiveLeavesTreeAndSummary(t *testing.T) {
	defer goleak.VerifyNone(t)
	var b bytes.Buffer
	failingRun(t, NewLive(&b, LiveOptions{Size: func() (int, int) { return 100, 30 }, Interval: time.Hour}))
	got := ansi.Strip(b.String())
	for _, want := range []string{
		"warning: slow & steady",
		"✗ serves pages  1.62 s\r\n  ✗ over TLS  0.12 s\r\n    ✗ server: must succeed: curl -f https://localhost  0.12 s\r\n",
		"!!! test failed in subtest",
		"curl: (7) refused",
		"test failed after 1.62s",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "server # ") {
		t.Error("serial lines are not folded away")
	}
}

func TestLiveHostile(t *testing.T) {
	var b bytes.Buffer
	hostileRun(t, NewLive(&b, LiveOptions{Serial: true, Size: func() (int, int) { return 100, 30 }, Interval: time.Millisecond}))
	ours := regexp.MustCompile("\x1b\\[(\\?2026[hl]|[0-9]*A|K|J|0K)|\r\n|\r")
	rest := ours.ReplaceAllString(b.String(), "\n")
	if i := strings.IndexFunc(rest, func(r rune) bool { return r != '\n' && (r < 0x20 || r == 0x7f || unsafeRune(r)) }); i >= 0 {
		t.Errorf("a guest reaches the terminal: %q", rest[i:min(len(rest), i+60)])
	}
}

// A terminal that takes nothing does not stop the run, and memory stays bounded.
func TestLiveStoppedTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	live := NewLive(w, LiveOptions{Serial: true, Interval: time.Millisecond})
	l := NewLog(nil, live)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
	for range 10 * liveQueue {
		l.Emit(t.Context(), Event{Kind: Serial, Machine: "m", Text: strings.Repeat("y", 100)})
	}
	live.mu.Lock()
	n := len(live.queue)
	live.mu.Unlock()
	if n > liveQueue {
		t.Errorf("%d lines wait", n)
	}
	r.Close()
	if err := l.Close(); err == nil {
		t.Error("the broken terminal is not reported")
	}
	w.Close()
}

func TestLivePause(t *testing.T) {
	var b bytes.Buffer
	live := NewLive(&b, LiveOptions{Interval: time.Hour, Size: func() (int, int) { return 80, 24 }})
	l := NewLog(nil, live)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "x"})
	live.Pause()
	before := b.Len()
	l.Logf(t.Context(), Info, "while it is paused")
	live.paint(true)
	if b.Len() != before {
		t.Errorf("painted while paused: %q", b.String()[before:])
	}
	live.Resume()
	if !strings.Contains(b.String()[before:], "while it is paused") {
		t.Error("the lines of the pause are lost")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLiveWanted(t *testing.T) {
	if LiveWanted(&bytes.Buffer{}, []string{"TERM=xterm"}) {
		t.Error("a buffer is no terminal")
	}
}

// TestLiveDemo is the program that TestLiveInTmux looks at.
func TestLiveDemo(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("REPORT_LIVE_MACHINES"))
	if err != nil {
		t.Skip("only inside of TestLiveInTmux")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l := NewLog(nil, NewLive(os.Stdout, LiveOptions{Color: true}))
	step := liveStart(ctx, l, n)
	for ctx.Err() == nil {
		step()
		select {
		case <-ctx.Done():
		case <-time.After(30 * time.Millisecond):
		}
	}
	l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{Class: "interrupted", Message: "interrupted by Ctrl-C"}})
	l.Emit(ctx, Event{Kind: RunEnd, Status: Interrupted})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(os.Getenv("REPORT_LIVE_DONE"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLiveInTmux looks at the live view in a real terminal, at 80 and 200 columns, resized in the middle.
func TestLiveInTmux(t *testing.T) {
	if testing.Short() {
		t.Skip("runs tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("needs tmux")
	}
	for _, n := range []int{2, 16} {
		t.Run(fmt.Sprintf("%d machines", n), func(t *testing.T) {
			dir := t.TempDir()
			done := filepath.Join(dir, "done")
			tmux := func(args ...string) string {
				t.Helper()
				cmd := exec.Command("tmux", append([]string{"-f", "/dev/null", "-S", filepath.Join(dir, "s")}, args...)...)
				cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm-256color")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("tmux %v: %v: %s", args, err, out)
				}
				return string(out)
			}
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			tmux("new-session", "-d", "-x", "80", "-y", "24", "-e", "REPORT_LIVE_MACHINES="+strconv.Itoa(n), "-e", "REPORT_LIVE_DONE="+done,
				"sh", "-c", "trap : INT; "+exe+" -test.run '^TestLiveDemo$'; sleep 1000")
			defer tmux("kill-server")

			look := func(columns, rows int) {
				t.Helper()
				var screen string
				var err error
				for end := time.Now().Add(time.Minute); time.Now().Before(end); {
					time.Sleep(100 * time.Millisecond)
					screen = tmux("capture-pane", "-p")
					if err = checkScreen(screen, n, columns, rows); err == nil {
						// The screen may be caught between two paints once, not twice.
						time.Sleep(150 * time.Millisecond)
						screen = tmux("capture-pane", "-p")
						if err = checkScreen(screen, n, columns, rows); err == nil {
							return
						}
					}
				}
				t.Fatalf("at %d columns: %v\n%s", columns, err, screen)
			}
			look(80, 24)
			tmux("resize-window", "-x", "200", "-y", "50")
			look(200, 50)
			tmux("resize-window", "-x", "80", "-y", "24")
			look(80, 24)
			tmux("resize-window", "-x", "50", "-y", "24")
			tmux("resize-window", "-x", "120", "-y", "30")
			look(120, 30)

			// Ctrl-C is still a signal.
			tmux("send-keys", "C-c")
			until := time.Now().Add(time.Minute)
			for ; time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
				if _, err := os.Stat(done); err == nil {
					break
				}
			}
			if _, err := os.Stat(done); err != nil {
				t.Fatalf("Ctrl-C did not reach the driver:\n%s", tmux("capture-pane", "-p"))
			}
			// The screen shows the output a little later.
			for {
				end := tmux("capture-pane", "-p")
				if strings.Contains(end, "!!! interrupted") && strings.Contains(end, "test interrupted after") && !strings.Contains(end, "of 900 s") {
					break
				}
				if time.Now().After(until) {
					t.Fatalf("the end:\n%s", end)
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
}

// checkScreen checks the view on a terminal's screen: it is there once, below the finished lines, at full width.
func checkScreen(screen string, machines, columns, rows int) error {
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	if len(lines) > rows {
		return errors.New("more than one screen")
	}
	at := -1
	for i, l := range lines {
		if regexp.MustCompile(`^cluster  [0-9min ]+ s  ✓ `).MatchString(l) {
			if at >= 0 {
				return errors.New("the header is there twice")
			}
			at = i
		}
	}
	if at < 0 {
		return errors.New("no header")
	}
	view := lines[at:]
	if len(view) < 3 || view[1] != "▸ services come up  "+lastField(view[1]) || !regexp.MustCompile(`^  ✓ quick one  [0-9.]+ s`).MatchString(view[2]) {
		if machines <= 2 {
			return fmt.Errorf("the tree is not below the header: %q", view)
		}
	}
	row := regexp.MustCompile(`^node\d\d  booting   waiting for unit nginx\.service \(activating, attempt \d+\)  [0-9min ]+ s of 900 s$`)
	if columns < 100 {
		row = regexp.MustCompile(`^node\d\d  booting   waiting for unit nginx\.service \(activating, a…  [0-9min ]+ s of 900 s$`)
	}
	n := 0
	for _, l := range view {
		if row.MatchString(l) {
			n++
		}
	}
	if n != machines {
		return fmt.Errorf("%d machines are shown, want %d", n, machines)
	}
	serial := view[len(view)-1]
	if machines <= 2 {
		if !strings.HasPrefix(serial, "  node00 # [  OK  ] Started thing ") || ansi.StringWidth(serial) != columns-1 {
			return fmt.Errorf("the console's last line is %d wide: %q", ansi.StringWidth(serial), serial)
		}
	}
	for _, l := range lines[:at] {
		if strings.Contains(l, "of 900 s") || strings.Contains(l, "Started thing") {
			return fmt.Errorf("the view left %q behind", l)
		}
	}
	return nil
}

func lastField(s string) string {
	i := strings.LastIndex(s, "  ")
	return s[i+2:]
}
