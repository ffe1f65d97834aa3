package machine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWaitBacksOff: the first attempts come quickly after each other, later ones at most a second apart.
func TestWaitBacksOff(t *testing.T) {
	m, _ := showing(t, "x/big")
	var at []time.Time
	err := m.wait(t.Context(), "waiting", Wait{}, func(context.Context) (bool, string, error) {
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

// TestBlockedAttemptIsCut: an attempt that hangs counts as failed, and the wait goes on.
func TestBlockedAttemptIsCut(t *testing.T) { synctest.Test(t, testBlockedAttemptIsCut) }

func testBlockedAttemptIsCut(t *testing.T) {
	m, _ := showing(t, "x/big")
	n := 0
	hang := func(ctx context.Context) (bool, string, error) {
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
	if !errors.As(err, &timeout) || timeout.Attempts != 1 || !strings.Contains(err.Error(), "last seen: hung") {
		t.Errorf("a wait's end cuts its attempt: %v", err)
	}
}

// TestCutAttemptKeepsWhatWasSeen: when the deadline cuts the last attempt, the error tells what the one before it saw.
func TestCutAttemptKeepsWhatWasSeen(t *testing.T) { synctest.Test(t, testCutAttemptKeepsWhatWasSeen) }

func testCutAttemptKeepsWhatWasSeen(t *testing.T) {
	m, _ := showing(t, "x/big")
	n := 0
	err := m.wait(t.Context(), "waiting", Wait{Timeout: 200 * time.Millisecond}, func(ctx context.Context) (bool, string, error) {
		if n++; n == 1 {
			return false, "login:", nil
		}
		<-ctx.Done()
		return false, "", context.Cause(ctx)
	})
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || timeout.Attempts != 2 || timeout.Seen != "login:" {
		t.Errorf("%v", err)
	}
}
