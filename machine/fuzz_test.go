package machine

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gotest-driver/gotest-driver/internal/kernellog"
)

// FuzzConsole: whatever a guest writes to its console, the lines are text, they are the same however the bytes are cut into
// parts, and a search that finds nothing ends.
func FuzzConsole(f *testing.F) {
	f.Add([]byte("\x1b[0mboot\r\n[    1.2] BUG: soft lockup\n\xff\x00login: "), uint8(1), int64(64))
	f.Add(bytes.Repeat([]byte("ä"), maxConsoleLine), uint8(200), int64(5000))
	f.Add(append(bytes.Repeat([]byte("x"), maxConsoleLine), "\nb"...), uint8(0), int64(1<<20))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	never := regexp.MustCompile(`a\bb`)
	f.Fuzz(func(t *testing.T, sent []byte, step uint8, most int64) {
		write := func(step int) (lines []string) {
			c, err := newConsole(filepath.Join(t.TempDir(), "console.log"), 1024+max(0, most%(1<<20)), func(line string) {
				if !strings.HasSuffix(line, "from now on it leaves out its middle]") {
					lines = append(lines, line)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.close()
			for part := range slices.Chunk(sent, step) {
				if _, err := c.Write(part); err != nil {
					t.Fatal(err)
				}
			}
			c.flush()
			if _, err := c.search(ended, never, nil); err != context.Canceled {
				t.Errorf("a search for nothing: %v", err)
			}
			log, err := c.Log()
			if err != nil || !utf8.ValidString(log) || !utf8.ValidString(c.Since(0, c.Size())) || len(c.Tail(consoleTail)) > consoleTail {
				t.Errorf("the log: %q, %v", log, err)
			}
			return lines
		}
		whole := write(max(1, len(sent)))
		if parts := write(1 + int(step)); !slices.Equal(whole, parts) {
			t.Errorf("at once %q, in parts %q", whole, parts)
		}
		for _, line := range whole {
			if !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
				t.Errorf("a line %q", line)
			}
			_ = kernellog.Find(line)
		}
	})
}

// FuzzProperties: what a guest prints instead of the properties of a unit is read, too.
func FuzzProperties(f *testing.F) {
	f.Add("Id=a.service\nActiveState=active\nDescription=two\nlines\nNRestarts=99999999999999999999\nJob=\n")
	f.Add("=\n\nx=y")
	f.Fuzz(func(t *testing.T, out string) {
		info := parseProperties(out)
		for k := range info {
			if !isProperty(k) {
				t.Errorf("a property %q", k)
			}
		}
		if describeState(info) == "" {
			t.Error("no words for the state")
		}
	})
}
