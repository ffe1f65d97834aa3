package machine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/report"
)

// streamed returns the lines that are logged of output, which comes in pieces of random lengths.
func streamed(output string, random *rand.Rand) []string {
	var lines []string
	s := stream{log: func(l string) { lines = append(lines, l) }}
	for len(output) > 0 {
		n := min(len(output), 1+random.IntN(7000))
		fmt.Fprint(&s, output[:n])
		output = output[n:]
	}
	s.flush()
	return lines
}

// TestStreamedLines: however the output is cut, the same lines come; long ones in pieces of whole characters, bytes that
// are no text as U+FFFD, and the last one without an end.
func TestStreamedLines(t *testing.T) {
	long := strings.Repeat("é", streamLine)
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		got := streamed("one\n\ntwo\xff\r\n"+long+"\nx"+long+"\nend", random)
		want := []string{"| one", "| ", "| two\uFFFD\r"}
		if !slices.Equal(got[:3], want) || got[len(got)-1] != "| end" {
			t.Fatalf("seed %d: got %.200q … %q", seed, got[:4], got[len(got)-1])
		}
		rest := strings.Join(got[3:len(got)-1], "")
		if n := strings.Count(rest, "é"); n != 2*streamLine || strings.ContainsRune(rest, '\uFFFD') {
			t.Fatalf("seed %d: %d of %d characters of long lines, or broken ones", seed, n, 2*streamLine)
		}
		for _, l := range got {
			if len(l) > streamLine+2 {
				t.Fatalf("seed %d: a line of %d bytes", seed, len(l))
			}
		}
	}
}

// TestStreamOfAFlood: the log gets a bounded number of lines, and says so once.
func TestStreamOfAFlood(t *testing.T) {
	got := streamed(strings.Repeat("y\n", 3*streamLines), rand.New(rand.NewPCG(1, 1)))
	if len(got) != streamLines+1 || !strings.Contains(got[streamLines], "are not shown") {
		t.Errorf("%d lines, the last: %q", len(got), got[len(got)-1])
	}
}

// TestStreamIsAsked: only with a context that asks for it is the output in the log, in front of the end of its command;
// the result is the same.
func TestStreamIsAsked(t *testing.T) {
	var log []string
	m, _, _ := play(t, func(string) (int, string, error) { return 0, "a\nb", nil })
	m.o.Log = report.NewLog(nil, sink(func(e report.Event) {
		switch e.Kind {
		case report.Message:
			log = append(log, e.Machine+": "+e.Text)
		case report.End:
			log = append(log, "end")
		}
	}))
	if _, err := m.Succeed(t.Context(), "connect", 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stream bool
		log    string
	}{{false, "end"}, {true, "server: | a, server: | b, end"}} {
		ctx := t.Context()
		if c.stream {
			ctx = WithStream(ctx)
		}
		log = nil
		out, err := m.Succeed(ctx, "x", 0)
		if err != nil || out != "a\nb" || strings.Join(log, ", ") != c.log {
			t.Errorf("stream %v: %q, %v, log %q, want %q", c.stream, out, err, log, c.log)
		}
	}
}

// sink is a function as a sink.
type sink func(report.Event)

func (s sink) Handle(e report.Event) { s(e) }
func (s sink) Close() error          { return nil }
