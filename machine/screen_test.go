package machine

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// TestMatches: blanks at the end of a line are invisible, so a pattern may have them.
func TestMatches(t *testing.T) {
	text := "Welcome\nmachine login:\n$"
	for pattern, want := range map[string][]string{
		"login: ": {"login:"}, "login:$": nil, "(?m)login:$": {"login:"}, "e login: \n": {"e login:\n"},
		`\$ $`: {"$"}, "Pass": nil, "(?m)^.": {"W", "m", "$"}, `e\s+m`: {"e\nm"},
	} {
		spans, err := matches(regexp.MustCompile(pattern), text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range spans {
			got = append(got, text[s[0]:s[1]])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q matches %q, want %q", pattern, got, want)
		}
	}
}

// pictures is a machine that shows the pictures of ocr/testdata, one after the other at each look.
type pictures struct {
	Instance
	names []string
	shown int
	hold  int // how many times each one is shown
	err   error
}

func (p *pictures) Kind() string                                          { return "picture" }
func (p *pictures) Start(context.Context, StartOptions) (Instance, error) { return p, nil }
func (p *pictures) Done() <-chan struct{}                                 { return nil }
func (p *pictures) Err() error                                            { return nil }
func (p *pictures) Kill() error                                           { return nil }
func (p *pictures) Screenshot(context.Context) ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	i := min(p.shown/p.hold, len(p.names)-1)
	p.shown++
	return os.ReadFile(filepath.Join("../ocr/testdata", p.names[i]+".png"))
}

func showing(t *testing.T, names ...string) (*Machine, *pictures) {
	t.Helper()
	p := &pictures{names: names, hold: 3}
	dir := t.TempDir()
	m, err := New(Options{Name: "server", Backend: p, Log: report.NewLog(time.Now), StateDir: dir, OutDir: dir, HostRoot: "../ocr/testdata"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, p
}

func TestWaitForText(t *testing.T) {
	m, p := showing(t, "console/720x400-code-light", "console/720x400-listing-dark", "console/720x400-login-dark")
	if err := m.WaitForText(t.Context(), regexp.MustCompile("machine login: "), Wait{Timeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if p.shown != 7 {
		t.Errorf("the text is on the 7th picture, but it returned after %d", p.shown)
	}
}

func TestWaitForTextFails(t *testing.T) {
	// The machine may be too busy to read the picture in a short time.
	var m *Machine
	var err error
	for timeout := 250 * time.Millisecond; timeout < time.Minute; timeout *= 4 {
		var p *pictures
		m, p = showing(t, "console/720x400-login-dark")
		if err = m.WaitForText(t.Context(), regexp.MustCompile("machine Iogin: roat"), Wait{Timeout: timeout}); p.shown > 1 {
			break
		}
	}
	var timeout *TimeoutError
	if !errors.As(err, &timeout) {
		t.Fatalf("got %v, want a TimeoutError", err)
	}
	picture := filepath.Join(m.OutDir(), "server-wait_for_text-failed-1.png")
	for _, want := range []string{`the nearest line is "machine login: root"`, "[root@machine:~]# echo $HOME; id -u", "see " + picture} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not have %q:\n%v", want, err)
		}
	}
	if _, err := os.Stat(picture); err != nil {
		t.Error(err)
	}
}

func TestScreenEndsWithTheContext(t *testing.T) {
	m, _ := showing(t, "x/xterm-mono-10-dark")
	why := errors.New("the run was interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(200*time.Millisecond, func() { cancel(why) })
	defer timer.Stop()
	if err := m.WaitForText(ctx, regexp.MustCompile("never"), Wait{}); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

func TestWaitForImage(t *testing.T) {
	m, p := showing(t, "x/big", "x/desktop")
	found, err := m.WaitForImage(t.Context(), "x/desktop.png", 0, image.Rectangle{}, Wait{Timeout: time.Minute})
	if err != nil || found.Box != image.Rect(0, 0, 1280, 800) || p.shown != 4 {
		t.Errorf("%v at %v after %d pictures, want the whole screen after 4", err, found.Box, p.shown)
	}
	var failed *AssertionError
	if _, err := m.AssertScreen(t.Context(), "x/big.png", 0, image.Rectangle{}); !errors.As(err, &failed) || !strings.Contains(err.Error(), "assert_screen-failed-1.png") {
		t.Errorf("another screen: %v", err)
	}
	if _, err := m.AssertScreen(t.Context(), "x/none.png", 0, image.Rectangle{}); err == nil || !strings.Contains(err.Error(), "x/none.png: no such file") {
		t.Errorf("no needle: %v", err)
	}
	if _, err := m.AssertScreen(t.Context(), "x/big.png", 95, image.Rectangle{}); err == nil || !strings.Contains(err.Error(), "between 0 and 1") {
		t.Errorf("a similarity in percent: %v", err)
	}
}

// The clock of the tests of waits stands still during computations, so the results are the same on a busy machine.
func TestWaitForStillScreen(t *testing.T) { synctest.Test(t, testWaitForStillScreen) }

func testWaitForStillScreen(t *testing.T) {
	m, p := showing(t, "console/720x400-code-light", "console/720x400-dialog-dark", "console/720x400-login-dark")
	if err := m.WaitForStillScreen(t.Context(), 400*time.Millisecond, 1, Wait{Timeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if p.shown <= 7 {
		t.Errorf("it was still after %d pictures, but the 7th was new", p.shown)
	}
	p.names, p.hold, p.shown = slices.Repeat([]string{"console/720x400-code-light", "console/720x400-dialog-dark"}, 100), 1, 0
	if err := m.WaitForStillScreen(t.Context(), 400*time.Millisecond, 1, Wait{Timeout: time.Second}); err == nil || !strings.Contains(err.Error(), "the last change was of ") {
		t.Errorf("a screen that changes all the time: %v", err)
	}
}

func TestScreenErrors(t *testing.T) {
	m, p := showing(t, "x/big")
	if _, err := m.ClickText(t.Context(), regexp.MustCompile("Next"), "fourth", Wait{}); err == nil || !strings.Contains(err.Error(), `no mouse button "fourth"`) {
		t.Errorf("an unknown button: %v", err)
	}
	if _, err := m.ClickText(t.Context(), regexp.MustCompile("Next"), "left", Wait{Timeout: time.Minute}); err == nil || !strings.Contains(err.Error(), "not possible on a picture machine") {
		t.Errorf("a backend without a pointer: %v", err)
	}
	p.err = errors.New("there is no screen")
	if _, err := m.ScreenText(t.Context()); !errors.Is(err, p.err) {
		t.Errorf("no screen: %v", err)
	}
}
