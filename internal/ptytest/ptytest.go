// Package ptytest drives a program through a pseudo-terminal, for tests.
package ptytest

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	style "github.com/gotest-driver/gotest-driver/internal/ansi"
)

// Terminal is a program at a terminal of 100 columns and 30 rows.
type Terminal struct {
	t    testing.TB
	pty  *os.File
	cmd  *exec.Cmd
	done chan struct{}
	told bool // a failure has shown the last output

	mu   sync.Mutex
	raw  []byte
	mark int // end of the last match
	news chan struct{}
}

// Start starts the program, which is killed at the end of the test.
func Start(t testing.TB, dir string, env []string, name string, args ...string) *Terminal {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), append([]string{"TERM=xterm-256color", "CI=", "INPUTRC=/dev/null"}, env...)...)
	f, err := pty.StartWithSize(c, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	x := &Terminal{t: t, pty: f, cmd: c, done: make(chan struct{}), news: make(chan struct{}, 1)}
	go x.read()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-x.done
		if t.Failed() && !x.told {
			t.Logf("the terminal's last output:\n%s", tail(x.Raw()))
		}
		f.Close()
	})
	return x
}

func (x *Terminal) read() {
	defer close(x.done)
	buf := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buf)
		x.mu.Lock()
		x.raw = append(x.raw, buf[:n]...)
		x.mu.Unlock()
		select {
		case x.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// tail returns the end of an output.
func tail(raw string) string {
	s := clean([]byte(raw))
	return strings.ToValidUTF8(s[max(0, len(s)-3000):], "")
}

// clean returns an output as lines. A frame that is painted over the last one begins a line, as it does on the screen.
func clean(b []byte) string {
	s := strings.ReplaceAll(string(b), style.BeginUpdate+"\r", "\n")
	return strings.ReplaceAll(ansi.Strip(s), "\r", "")
}

// Type sends keys.
func (x *Terminal) Type(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// Resize changes the terminal's size.
func (x *Terminal) Resize(cols, rows uint16) {
	x.t.Helper()
	if err := pty.Setsize(x.pty, &pty.Winsize{Rows: rows, Cols: cols}); err != nil {
		x.t.Fatal(err)
	}
}

// Expect waits until the output since the last match (without escape sequences) matches, and returns the match.
func (x *Terminal) Expect(pattern string, within time.Duration) string {
	x.t.Helper()
	s, err := x.wait(regexp.MustCompile(pattern), within)
	if err != nil {
		x.told = true
		x.t.Fatal(err)
	}
	return s
}

func (x *Terminal) wait(re *regexp.Regexp, within time.Duration) (string, error) {
	limit := time.NewTimer(within)
	defer limit.Stop()
	for {
		x.mu.Lock()
		text := clean(x.raw[x.mark:])
		if re.MatchString(text) {
			x.mark = len(x.raw)
			x.mu.Unlock()
			return text, nil
		}
		x.mu.Unlock()
		select {
		case <-x.news:
		case <-x.done:
			x.mu.Lock()
			text := clean(x.raw[x.mark:])
			x.mu.Unlock()
			if re.MatchString(text) {
				return text, nil
			}
			return "", fmt.Errorf("the program ended; %q did not come in:\n%s", re, tail(text))
		case <-limit.C:
			return "", fmt.Errorf("%q did not come within %s in:\n%s", re, within, tail(text))
		}
	}
}

// Await waits until the whole output, with its escape sequences, contains text.
func (x *Terminal) Await(text string, within time.Duration) {
	x.t.Helper()
	limit := time.NewTimer(within)
	defer limit.Stop()
	for !strings.Contains(x.Raw(), text) {
		select {
		case <-x.news:
		case <-x.done:
			if !strings.Contains(x.Raw(), text) {
				x.t.Fatalf("the program ended; %q did not come", text)
			}
		case <-limit.C:
			x.t.Fatalf("%q did not come within %s", text, within)
		}
	}
}

// Raw returns the whole output, with its escape sequences.
func (x *Terminal) Raw() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.raw)
}

// Wait waits for the program's end and returns its exit status.
func (x *Terminal) Wait(within time.Duration) int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(within):
		x.t.Fatalf("the program has not ended within %s", within)
	}
	_ = x.cmd.Wait()
	return x.cmd.ProcessState.ExitCode()
}
