package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestConsoleIsBounded: of a console without end, the log keeps the beginning and the end, says how much is missing, and
// is searched as if it were whole.
func TestConsoleIsBounded(t *testing.T) {
	const most = 100_000
	path := filepath.Join(t.TempDir(), "m-console.log")
	var lines []string
	c, err := newConsole(path, most, func(l string) { lines = append(lines, l) })
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	last := 0
	for n := 0; all.Len() < 10*most; n++ {
		line := fmt.Sprintf("line %d\n", n)
		all.WriteString(line)
		if _, err := c.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(path); err != nil || st.Size() > most {
			t.Fatalf("%v, %v", st.Size(), err)
		}
		last = n
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)^(.*)\n\[… +(\d+) bytes are left out here …\]\n(.*)$`).FindStringSubmatch(string(b))
	if m == nil {
		t.Fatalf("nothing tells what is left out: %.100q", b)
	}
	var left int
	fmt.Sscan(m[2], &left)
	if len(m[1]) != most/2 || !strings.HasPrefix(all.String(), m[1]) || !strings.HasSuffix(all.String(), m[3]) || len(m[3]) < most/5 ||
		len(m[1])+left+len(m[3]) != all.Len() {
		t.Errorf("%d bytes, %d left out, %d bytes, of %d", len(m[1]), left, len(m[3]), all.Len())
	}
	if log, err := c.Log(); err != nil || log != string(b) {
		t.Errorf("the log of the boot has %d bytes: %v", len(log), err)
	}
	if told := strings.Count(strings.Join(lines, "\n"), "leaves out its middle"); told != 1 {
		t.Errorf("told %d times", told)
	}
	for _, pattern := range []string{"line 5\n", fmt.Sprintf("line %d\nline %d\n", last-1, last)} {
		if _, err := c.search(t.Context(), regexp.MustCompile(pattern), nil); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	if got := c.Since(int64(all.Len())-5, 100); got != all.String()[all.Len()-5:] {
		t.Errorf("the last bytes are %q", got)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the log is left after an end in order: %v", err)
	}
}

// TestConsoleLogOfAnotherRun: two runs with one output directory don't read or remove each other's logs.
func TestConsoleLogOfAnotherRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m-console.log")
	one, err := newConsole(path, DefaultLimit, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(one, "one")
	two, err := newConsole(path, DefaultLimit, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer two.close()
	fmt.Fprintln(two, "two")
	if log, err := one.Log(); log != "one\n" || err != nil {
		t.Errorf("%q, %v", log, err)
	}
	if err := one.close(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); string(b) != "two\n" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// TestOutputIsBounded: a command that writes without end fails, and the error names the bound and the command.
func TestOutputIsBounded(t *testing.T) {
	const most = 1 << 20
	m, _, _ := play(t, func(string) (int, string, error) { return 0, strings.Repeat("y\n", most), nil })
	m.o.Limits.Output = most
	if err := m.Start(t.Context(), StartConfig{}); err != nil {
		t.Fatal(err)
	}
	_, err := m.Execute(t.Context(), "yes", ExecuteOptions{Timeout: time.Minute})
	var failed *AssertionError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "1 MiB") || !strings.Contains(err.Error(), "yes") {
		t.Errorf("got %v", err)
	}
}
