//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(kindEnv); kind != "" {
		os.Exit(child(kind))
	}
	os.Exit(m.Run())
}

// TestRound: a round of each kind, without disturbance, finds nothing.
func TestRound(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	o := options{time: time.Hour, seed: 1, from: 1, rounds: 3, kinds: []string{"crowd", "networks", "resets"}, calm: true, patience: 1, out: t.TempDir()}
	if failed, err := soak(t.Context(), o); failed > 0 || err != nil {
		t.Errorf("%d rounds failed, error %v", failed, err)
	}
}

// TestDecisionsRepeat: a seed and a round give the same decisions, others give others.
func TestDecisionsRepeat(t *testing.T) {
	first := func(seed, round uint64, part string) uint64 { return source(seed, round, part).Uint64() }
	want := first(1, 2, "stops")
	if first(1, 2, "stops") != want {
		t.Error("the same source gave something else")
	}
	if first(2, 2, "stops") == want || first(1, 3, "stops") == want || first(1, 2, "busy") == want {
		t.Error("another source gave the same")
	}
}

// TestTotals: the counts of all rounds are added up.
func TestTotals(t *testing.T) {
	var all totals
	if got := all.String(); got != "nothing" {
		t.Errorf("no rounds did %q", got)
	}
	for _, summary := range []string{"2 resets, 10 commands, 1 wrong answers, 3 stops", "nothing, 1 stops", "4 partitions, 20 stops", "1 resets, 5 commands, 0 wrong answers, 0 stops"} {
		all.add(summary)
	}
	if got, want := all.String(), "3 resets, 15 commands, 1 wrong answers, 24 stops, 4 partitions"; got != want {
		t.Errorf("the rounds did %q, want %q", got, want)
	}
}

// TestFindings: the problems that a round's process reports, and what it leaves behind, are found.
func TestFindings(t *testing.T) {
	o := options{calm: true, patience: 1}
	r := newRound(o, "networks", 1)
	r.log.Write([]byte("a: fine\n" + problemMark + "a reaches b\n" + summaryMark + "3 faults\na: read: context canceled\n"))
	if got := r.told(); len(got) != 1 || got[0] != "a reaches b" {
		t.Errorf("problems %q", got)
	}
	if got := r.summary(); got != "3 faults, 0 stops" {
		t.Errorf("summary %q", got)
	}
	if got := insides(r.log.String()); len(got) != 1 || !strings.Contains(got[0], "context canceled") {
		t.Errorf("insides %q", got)
	}
	cmd := exec.CommandContext(context.Background(), "sleep", "600")
	cmd.Env = append(os.Environ(), markEnv+"="+r.mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(r.left(dir), "\n")
	if !strings.Contains(got, "sleep 600") || !strings.Contains(got, "/file") {
		t.Errorf("left behind: %q", got)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the process left behind has not been ended")
	}
}
