package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTwoRunsShare: two runs on a machine use together no more processors than it has.
func TestTwoRunsShare(t *testing.T) {
	dir, seen := t.TempDir(), t.TempDir()
	const body = `: > "$SEEN/on.$$"; ls "$SEEN" | grep -c '^on' > "$SEEN/n.$$"; sleep 0.05; rm "$SEEN/on.$$"`
	t.Setenv("SEEN", seen)
	var runs sync.WaitGroup
	for range 2 {
		scripts := map[string]string{}
		for i := range 6 {
			scripts[fmt.Sprintf("t%d", i)] = body
		}
		o := shell(t, scripts)
		o.Limits.Cores, o.Slots = 2, dir
		runs.Go(func() {
			if results, err := Run(t.Context(), o); err != nil || Count(results).Passed != 6 {
				t.Errorf("%v, %+v", err, results)
			}
		})
	}
	runs.Wait()
	counts, err := filepath.Glob(filepath.Join(seen, "n.*"))
	if err != nil || len(counts) != 12 {
		t.Fatalf("%v, %d", err, len(counts))
	}
	for _, c := range counts {
		b, err := os.ReadFile(c)
		if n, nerr := strconv.Atoi(strings.TrimSpace(string(b))); err != nil || nerr != nil || n < 1 || n > 2 {
			t.Errorf("%v, %v: %q run at once, want at most 2", err, nerr, b)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 { // the lock
		t.Errorf("%v, %v", err, left)
	}
}

// TestARunIsNotStarved: a run whose test needs the whole machine gets it although another run always has more small ones.
func TestARunIsNotStarved(t *testing.T) {
	dir, done := t.TempDir(), t.TempDir()
	const small = 60
	scripts := map[string]string{}
	for i := range small {
		scripts[fmt.Sprintf("s%d", i)] = fmt.Sprintf(": > %s/%d; sleep 0.05", done, i)
	}
	many := shell(t, scripts)
	many.Limits.Cores, many.Slots = 2, dir
	large := shell(t, map[string]string{"large": fmt.Sprintf("ls %s | wc -l > %s/../count; exit 0", done, done)})
	large.Tests[0].Cores, large.Limits.Cores, large.Slots = 2, 2, dir
	var runs sync.WaitGroup
	begun := make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	many.View = &quiet{tick: func(State) { once() }}
	runs.Go(func() {
		if _, err := Run(t.Context(), many); err != nil {
			t.Error(err)
		}
	})
	<-begun
	if results, err := Run(t.Context(), large); err != nil || Count(results).Passed != 1 {
		t.Errorf("%v, %+v", err, results)
	}
	runs.Wait()
	b, err := os.ReadFile(filepath.Join(done, "..", "count"))
	if n, nerr := strconv.Atoi(strings.TrimSpace(string(b))); err != nil || nerr != nil || n == 0 || n >= small {
		t.Errorf("%v, %v: the large test ran after %q of %d small ones", err, nerr, b, small)
	}
}

// TestClaims: what a killed run has left does not count, and a run that was stopped does not hold up the others.
func TestClaims(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "run-killed"), []byte(`{"tests": 9, "cores": 99, "memory": 9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	a, b, c := openSlots(dir), openSlots(dir), openSlots(dir)
	if a == nil || b == nil || c == nil {
		t.Fatal("no slots")
	}
	for s, x := range map[*slots]claim{a: {Tests: 1, Memory: 5, Unused: 2, Cores: 1.5}, b: {Waits: now}, c: {Waits: now.Add(-time.Minute)}} {
		if err := s.write(x); err != nil {
			t.Fatal(err)
		}
	}
	long := now.Add(-time.Minute)
	if err := os.Chtimes(c.file.Name(), long, long); err != nil {
		t.Fatal(err)
	}
	if got := a.others(now); got.Tests != 0 || !got.Waits.Equal(now) {
		t.Errorf("%+v", got)
	}
	if got := b.others(now); got.Tests != 1 || got.Memory != 5 || got.Unused != 2 || got.Cores != 1.5 || !got.Waits.IsZero() {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "run-killed")); err == nil {
		t.Error("the claim of a killed run is left")
	}
	a.close()
	if got := b.others(now); got.Tests != 0 {
		t.Errorf("%+v", got)
	}
	unlock := b.lock()
	if unlock == nil || c.lock() != nil {
		t.Error("two have the lock")
	}
	unlock()
	b.close()
	c.close()
	if openSlots(filepath.Join(dir, "lock", "x")) != nil {
		t.Error("slots in a file")
	}
}
