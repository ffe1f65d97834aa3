//go:build linux

package faults

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// whole reports whether the long proofs are wanted.
func whole() bool { return os.Getenv("FAULTS") == "all" }

// pass runs a script that must pass and leave nothing behind, and returns the log.
func pass(t *testing.T, file string, within time.Duration, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("boots guests")
	}
	r := prepare(t, "qemu")
	r.launch(file, args...)
	r.within(within)
	if status := r.end(); status != 0 {
		t.Errorf("the exit status is %d:\n%s", status, r.brief())
	}
	r.within(soon)
	r.gone(nil)
	r.nothingLeft()
	return r.log.String()
}

// TestPowerFailures: what was not flushed is lost, and nothing else.
func TestPowerFailures(t *testing.T) {
	if !whole() {
		t.Skip("a boot for each power failure; the example power-failure.star has one")
	}
	t.Setenv("ROUNDS", "20")
	t.Log(regexp.MustCompile(`without fsync, .*`).FindString(pass(t, "power.star", 30*time.Minute)))
}

// TestTornSectors: the same seed keeps the same sectors.
func TestTornSectors(t *testing.T) {
	digest := func(seed string) string {
		return regexp.MustCompile(`digest ([0-9a-f]{64})`).FindString(pass(t, "torn.star", limit, "--seed", seed))
	}
	first := digest("7")
	if again := digest("7"); again != first || first == "" {
		t.Errorf("the digests are %q and %q", first, again)
	}
	if other := digest("8"); other == first {
		t.Error("another seed keeps the same sectors")
	}
}

// TestChaos: faults at random end, leave nothing behind, and are the same ones for the same seed.
func TestChaos(t *testing.T) {
	duration := "20s"
	if whole() {
		duration = "3m"
	}
	t.Setenv("DURATION", duration)
	steps := func() string {
		log := pass(t, "chaos.star", 10*time.Minute)
		return strings.Join(regexp.MustCompile(`chaos step [0-9]+: \w+ of \w`).FindAllString(log, -1), "\n")
	}
	first, again := steps(), steps()
	n := min(len(first), len(again)) // the time decides how many there are
	if strings.Count(first[:n], "\n") < 4 || first[:n] != again[:n] {
		t.Errorf("the steps are\n%s\nand\n%s", first, again)
	}
}
