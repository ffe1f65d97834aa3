package conformance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine"
)

// TestInterrupt: Ctrl-C in the terminal of shell_interact ends only the guest's program.
func TestInterrupt(t *testing.T) {
	m := guestUp(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := m.WithTerminal(ctx, machine.TerminalOptions{Term: "linux", Columns: 80, Rows: 25}, func(ctx context.Context, term machine.Terminal) error {
		defer context.AfterFunc(ctx, term.StopReading)()
		shown := ""
		await := func(text string) {
			for !strings.Contains(shown, text) {
				buf := make([]byte, 4096)
				n, err := term.Read(buf)
				if err != nil {
					t.Fatalf("no %q after %q: %v", text, shown, err)
				}
				shown += string(buf[:n])
			}
			_, shown, _ = strings.Cut(shown, text)
		}
		typed := func(text string) {
			if _, err := term.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		typed("echo begun$((20 + 1)); sleep 1000; echo status $?\n")
		await("begun21")
		time.Sleep(time.Second)
		typed("\x03")
		await("^C")
		typed("echo status $?, end$((40 + 2))\n")
		await("status 130, end42")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
