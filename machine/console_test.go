package machine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func testConsole(t *testing.T) *Console {
	t.Helper()
	c, err := newConsole(filepath.Join(t.TempDir(), "console.log"), DefaultLimit, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	return c
}

// TestConsoleSearchReadsAllAtOnce: a search covers all output at once, not one line at each look, and each search
// continues after the previous match.
func TestConsoleSearchReadsAllAtOnce(t *testing.T) {
	c := testConsole(t)
	for i := range 2000 {
		fmt.Fprintf(c, "line %d\r\n", i)
	}
	looks := 0
	tick := func() error { looks++; return nil }
	for _, pattern := range []string{"line 5\n", `line 1998\s+line 1999`} {
		if _, err := c.search(t.Context(), regexp.MustCompile(pattern), tick); err != nil {
			t.Fatal(err)
		}
	}
	if looks != 0 {
		t.Errorf("it paused %d times over output that was there", looks)
	}
	stop := errors.New("stop")
	if _, err := c.search(t.Context(), regexp.MustCompile("line 7\n"), func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("what lies before a match was searched again: %v", err)
	}
}

// TestConsoleSearchAfterTheEnd: a machine may end right after what it was watched for.
func TestConsoleSearchAfterTheEnd(t *testing.T) {
	c := testConsole(t)
	ended := errors.New("the machine has ended")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ended)
	fmt.Fprint(c, "Kernel panic\n")
	if _, err := c.search(ctx, regexp.MustCompile("Kernel panic"), nil); err != nil {
		t.Errorf("the last words were not seen: %v", err)
	}
	if _, err := c.search(ctx, regexp.MustCompile("never"), nil); !errors.Is(err, ended) {
		t.Errorf("the search ended with %v", err)
	}
}

// TestConsoleSearchAcrossWrites: a match may come in pieces, and large output is searched in steps that overlap.
func TestConsoleSearchAcrossWrites(t *testing.T) {
	c := testConsole(t)
	done := make(chan error, 1)
	go func() {
		_, err := c.search(t.Context(), regexp.MustCompile("begin-and-end"), func() error { return nil })
		done <- err
	}()
	fmt.Fprint(c, strings.Repeat("x", searchStep-5), "begin-")
	time.Sleep(50 * time.Millisecond)
	fmt.Fprint(c, "and-end")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestConditionsAreCheckedDuringConsoleWaits: a polling condition that fails ends the wait.
func TestConditionsAreCheckedDuringConsoleWaits(t *testing.T) {
	m, _ := showing(t, "x/big")
	broken := errors.New("the condition failed")
	calls := 0
	ctx := WithTick(t.Context(), func(context.Context) error {
		if calls++; calls > 1 {
			return broken
		}
		return nil
	})
	if err := m.WaitForConsoleText(ctx, regexp.MustCompile("never"), Wait{}); !errors.Is(err, broken) {
		t.Errorf("the wait ended with %v", err)
	}
}

// TestConsoleOfBytes: bytes that are not text are left out of lines, and a line without an end is bounded.
func TestConsoleOfBytes(t *testing.T) {
	var lines []string
	c, err := newConsole(filepath.Join(t.TempDir(), "console.log"), DefaultLimit, func(l string) { lines = append(lines, l) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	fmt.Fprint(c, "a\xff\xfeb\r\n", strings.Repeat("é", maxConsoleLine))
	c.flush()
	if lines[0] != "ab" {
		t.Errorf("the first line is %q", lines[0])
	}
	if all := strings.Join(lines[1:], ""); all != strings.Repeat("é", maxConsoleLine) {
		t.Errorf("a long line became %d bytes in %d lines", len(all), len(lines)-1)
	}
	for _, l := range lines {
		if len(l) > maxConsoleLine {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
}

func TestConsoleSettles(t *testing.T) { synctest.Test(t, testConsoleSettles) }

func testConsoleSettles(t *testing.T) {
	c, err := newConsole(filepath.Join(t.TempDir(), "console.log"), DefaultLimit, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 50 {
			time.Sleep(2 * time.Millisecond)
			fmt.Fprintln(c, "late")
		}
	})
	c.settle(t.Context(), time.Second, time.Minute)
	if got := strings.Count(c.Since(0, 1<<20), "late\n"); got != 50 {
		t.Errorf("%d lines of 50", got)
	}
	wg.Wait()
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				fmt.Fprintln(c, "endless")
				time.Sleep(time.Millisecond)
			}
		}
	})
	c.settle(t.Context(), time.Hour, 20*time.Millisecond) // otherwise the test never ends
	close(stop)
	wg.Wait()
}

// TestConsoleSearchLeavesOutControlSequences: a word is found in which a colour begins, although its sequence comes in
// pieces, and the next search begins behind it. A pattern with the escape character sees the sequences.
func TestConsoleSearchLeavesOutControlSequences(t *testing.T) {
	c := testConsole(t)
	found := func(pattern string) bool {
		t.Helper()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.search(ended, regexp.MustCompile(pattern), nil)
		return err == nil
	}
	fmt.Fprint(c, "[\x1b[0;3")
	if found(`3`) {
		t.Error("half a sequence was taken for text")
	}
	fmt.Fprint(c, "2m  O\x1b[0mK  ] Started\x1b]0;title\x07 it.\x1b[")
	if !found(`\[  OK  \] Started it\.`) {
		t.Error("the text was not found")
	}
	fmt.Fprint(c, "1mNext")
	if found("OK") || found("1m") || !found("^Next") {
		t.Error("the next search does not begin behind the match")
	}
	fmt.Fprint(c, "\x1b[31mred\x1b[0m")
	if !found(`\x1b\[31mr`) || !found(`^ed\x1b\[0m$`) {
		t.Error("the sequence itself was not found")
	}
	if log, err := c.Log(); err != nil || log != "[  OK  ] Started it.Nextred" {
		t.Errorf("the log is %q, %v", log, err)
	}
}
