package shell

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"al.essio.dev/pkg/shellescape"
	"pgregory.net/rapid"
)

// TestAnyCommand runs random commands with random output one after the other in a session: each gets
// its own output and status, whatever ran before.
func TestAnyCommand(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		ctx := context.Background()
		rapid.Check(t, func(t *rapid.T) {
			status := rapid.IntRange(0, 255).Draw(t, "status")
			// Bytes that a shell may stumble over are likely.
			text := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("\x00\x01\x7f\n\r\\'\"$;\x1e\xff"))), 0, 3000).Draw(t, "output")
			repeat := rapid.SampledFrom([]int{1, 1, 1, 2, 30, 90}).Draw(t, "repeat")
			want := bytes.Repeat(text, repeat)
			var script string
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0: // the output is in the script, through base64
				script = fmt.Sprintf("x=%s; for ((j = 0; j < %d; j++)); do base64 -d <<<$x; done; exit %d",
					base64.StdEncoding.EncodeToString(text), repeat, status)
			case 1: // literally
				text = bytes.ReplaceAll(text, []byte{0}, nil)
				want = bytes.Repeat(text, repeat)
				script = fmt.Sprintf("export LC_ALL=C; x=%s; for ((j = 0; j < %d; j++)); do printf %%s \"$x\"; done; exit %d",
					shellescape.Quote(string(text)), repeat, status)
			case 2: // in the background, after the command has ended
				script = fmt.Sprintf("x=%s; (for ((j = 0; j < %d; j++)); do base64 -d <<<$x; done) & exit %d",
					base64.StdEncoding.EncodeToString(text), repeat, status)
			}
			out, res, err := s.Output(ctx, Command{Script: script})
			if err != nil || res.Status != status || !bytes.Equal(out, want) {
				t.Fatalf("got status %d, %d bytes %.80q, %v; want %d, %d bytes %.80q", res.Status, len(out), out, err, status, len(want), want)
			}
		})
	})
}

// TestAnyCut cuts commands at random moments: the next one gets its own answer.
func TestAnyCut(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		ctx := context.Background()
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			limit := time.Duration(rapid.IntRange(0, 40).Draw(t, "ms")) * time.Millisecond
			script := rapid.SampledFrom([]string{"sleep 10", "yes", "echo x; (sleep 10) & exit 3", "while :; do :; done", "head -c 300000 /dev/zero; sleep 10"}).Draw(t, "script")
			_, res, err := s.Output(ctx, Command{Script: script, Timeout: limit + time.Millisecond})
			if err != nil || !res.TimedOut {
				t.Fatalf("got %+v, %v", res, err)
			}
			out, res, err := s.Output(ctx, Command{Script: fmt.Sprintf("echo %d", n)})
			if want := fmt.Sprintf("%d\n", n); err != nil || string(out) != want || res.Status != 0 {
				t.Fatalf("after a cut: got %+v, %q, %v; want %q", res, out, err, want)
			}
		})
	})
}
