package machine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// TestWaitBacksOff: the first attempts come quickly after each other, later ones at most a second apart.
func TestWaitBacksOff(t *testing.T) {
	m, _ := showing(t, "x/big")
	var at []time.Time
	err := m.wait(t.Context(), "waiting", Wait{}, func(context.Context, bool) (bool, string, error) {
		at = append(at, time.Now())
		return len(at) == 5, "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range at[1:] {
		if pause := at[i+1].Sub(at[i]); pause < pollFirst {
			t.Errorf("pause %d is %v", i+1, pause)
		}
	}
	if first := pollFirst * 100; pollMost > time.Second || first < pollMost {
		t.Errorf("pauses go from %v to %v", pollFirst, pollMost)
	}
}

// TestBlockedAttemptIsCut: an attempt that hangs counts as failed, and the wait continues.
func TestBlockedAttemptIsCut(t *testing.T) { synctest.Test(t, testBlockedAttemptIsCut) }

func testBlockedAttemptIsCut(t *testing.T) {
	m, _ := showing(t, "x/big")
	n := 0
	hang := func(ctx context.Context, _ bool) (bool, string, error) {
		if n++; n == 3 {
			return true, "", nil
		}
		<-ctx.Done()
		return false, "hung", context.Cause(ctx)
	}
	if err := m.wait(t.Context(), "waiting", Wait{AttemptTimeout: 20 * time.Millisecond}, hang); err != nil || n != 3 {
		t.Errorf("after %d attempts: %v", n, err)
	}
	n = -1000
	err := m.wait(t.Context(), "waiting", Wait{Timeout: 200 * time.Millisecond}, hang)
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || timeout.Attempts != 2 || !strings.Contains(err.Error(), "last seen: hung") {
		t.Errorf("a wait's end cuts its attempt: %v", err)
	}
}

// TestCutAttemptKeepsWhatWasSeen: when the deadline cuts the last attempt, the error has what the previous one saw.
func TestCutAttemptKeepsWhatWasSeen(t *testing.T) { synctest.Test(t, testCutAttemptKeepsWhatWasSeen) }

func testCutAttemptKeepsWhatWasSeen(t *testing.T) {
	m, _ := showing(t, "x/big")
	n := 0
	err := m.wait(t.Context(), "waiting", Wait{Timeout: 200 * time.Millisecond}, func(ctx context.Context, _ bool) (bool, string, error) {
		if n++; n == 1 {
			return false, "login:", nil
		}
		<-ctx.Done()
		return false, "", context.Cause(ctx)
	})
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || timeout.Attempts != 3 || timeout.Seen != "login:" {
		t.Errorf("%v", err)
	}
}

// TestLastAttemptIsWhole: a look that needs longer than the rest of the wait's time is made as a whole once that has run
// out, and counts. One that hangs ends.
func TestLastAttemptIsWhole(t *testing.T) { synctest.Test(t, testLastAttemptIsWhole) }

func testLastAttemptIsWhole(t *testing.T) {
	m, _ := showing(t, "x/big")
	var lasts []bool
	look := func(takes time.Duration) attempt {
		lasts = nil
		return func(ctx context.Context, last bool) (bool, string, error) {
			lasts = append(lasts, last)
			select {
			case <-time.After(takes):
				return true, "", nil
			case <-ctx.Done():
				return false, "", context.Cause(ctx)
			}
		}
	}
	for _, w := range []Wait{{Timeout: time.Second}, {Timeout: time.Second, AttemptTimeout: 4 * time.Second}, {Timeout: time.Second, last: time.Minute}} {
		if err := m.wait(t.Context(), "waiting", w, look(3*time.Second)); err != nil || !slices.Equal(lasts, []bool{false, true}) {
			t.Errorf("%+v: attempts %v, %v", w, lasts, err)
		}
	}
	for _, c := range []struct {
		w    Wait
		want time.Duration
	}{
		{Wait{Timeout: time.Second}, time.Second + lastLook},
		{Wait{Timeout: 5 * time.Second, AttemptTimeout: 4 * time.Second}, 9 * time.Second},
		{Wait{Timeout: time.Second, last: lastEvent}, time.Second + lastEvent},
	} {
		var timeout *TimeoutError
		err := m.wait(t.Context(), "waiting", c.w, look(time.Hour))
		if !errors.As(err, &timeout) || timeout.Elapsed != c.want || timeout.Timeout != c.w.Timeout || !lasts[len(lasts)-1] {
			t.Errorf("%+v: attempts %v, want an end after %v: %v", c.w, lasts, c.want, err)
		}
	}
	// A condition that came true in the last pause is seen.
	start := time.Now()
	err := m.wait(t.Context(), "waiting", Wait{Timeout: time.Second, most: time.Hour}, func(context.Context, bool) (bool, string, error) {
		return time.Since(start) >= time.Second, "", nil
	})
	if err != nil {
		t.Error(err)
	}
	// The end of the run ends the last attempt.
	stop := errors.New("the run ends")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(2*time.Second, func() { cancel(stop) })
	if err := m.wait(ctx, "waiting", Wait{Timeout: time.Second}, look(time.Hour)); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// TestWaitsOverReboot: when an attempt ends with its shell, the wait makes the next attempt in the next shell.
func TestWaitsOverReboot(t *testing.T) { synctest.Test(t, testWaitsOverReboot) }

func testWaitsOverReboot(t *testing.T) {
	ctx := t.Context()
	waits := map[string]func(m *Machine, w Wait) error{
		"wait_until_succeeds": func(m *Machine, w Wait) error { _, err := m.WaitUntilSucceeds(ctx, "x", w); return err },
		"wait_for_file":       func(m *Machine, w Wait) error { return m.WaitForFile(ctx, "/x", w) },
		"wait_for_unit":       func(m *Machine, w Wait) error { return m.WaitForUnit(ctx, "x.service", UnitOptions{}, w) },
		"wait_for_x":          func(m *Machine, w Wait) error { return m.WaitForX(ctx, w) },
	}
	for name, wait := range waits {
		// The shell ends during a command; the next attempt finds no shell; in the one after that the condition holds.
		m, s, _ := play(t, nil)
		connects, runs := 0, 0
		s.connect = func() error { connects++; return nil }
		s.run = func(string) (int, string, error) {
			switch runs++; runs {
			case 1:
				return 0, "", &shell.LostError{Reason: shell.ReasonReset}
			case 2:
				return 0, "", &shell.NoShellError{}
			}
			return 0, "ActiveState=active\n", nil
		}
		if err := wait(m, Wait{Timeout: defaultTimeout}); err != nil || connects != 2 || runs != 3 {
			t.Errorf("%s: %d connections, %d commands, %v", name, connects, runs, err)
		}

		// The new boot never has a shell.
		m, s, _ = play(t, func(string) (int, string, error) { return 0, "", &shell.LostError{Reason: shell.ReasonPanic} })
		err := wait(m, Wait{Timeout: time.Minute})
		var timeout *TimeoutError
		if !errors.As(err, &timeout) || !strings.Contains(timeout.Seen, shell.ReasonPanic) {
			t.Errorf("%s: the shell is lost again and again: %v", name, err)
		}

		// The machine dies in the new boot. The shell's connection breaks a moment before.
		m, s, _ = play(t, func(string) (int, string, error) { return 0, "", &shell.NoShellError{} })
		connects = 0
		s.connect = func() error {
			if connects++; connects == 1 {
				return nil
			}
			_, _ = m.console.Write([]byte("the last words\n"))
			time.AfterFunc(10*time.Millisecond, func() { s.end("QEMU was ended") })
			return &shell.DeadError{Reason: "closed"}
		}
		err = wait(m, Wait{Timeout: defaultTimeout})
		var died *DiedError
		if !errors.As(err, &died) || died.Machine != "server" || died.Reason != "QEMU was ended" || len(died.Console) != 1 {
			t.Errorf("%s: the machine dies in the boot: %v", name, err)
		}
	}
}
