package run_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script"
)

// TestConsoleIsWatched: what a guest prints of a secret is hidden, a command that has one shows it to no other process, and
// what the kernel tells ends the test at once, although it waits for something else.
func TestConsoleIsWatched(t *testing.T) {
	dir := shortDir(t)
	out, err := runScript(t.Context(), dir, "watched", `
m = create_machine(guest = "tiny", name = "m", memory = 128, fail_on = ["hung_task", "oops"])
word = secret("hunter" + "22")
seen = m.succeed("""
s=%s
for f in /proc/[0-9]*/cmdline; do
  c=$(tr '\\0' ' ' <$f 2>/dev/null) || continue
  [[ $c != *$s* ]] || echo "$f: $c"
done
printf %%s "${s:0:4}" >/dev/console; echo "${s:4}" >/dev/console
""" % word)
assert(seen == "", seen)
m.wait_for_console_text(word)
t.assertEqual(m.succeed("echo " + word), word + "\n")

m.succeed("echo 'kernel BUG at test.c:1!' > /dev/kmsg")
print("it goes on")
m.succeed("(sleep 1; echo 'INFO: task sh:12 blocked for more than 120 seconds.' > /dev/kmsg) >/dev/null 2>&1 &")
time.sleep(1000)
`)
	var e *script.Error
	if !errors.As(err, &e) || e.Class != script.ClassMachine || !strings.HasPrefix(e.Message, `m: its kernel reports a hung task (fail_on has "hung_task"): [`) {
		t.Errorf("it ended with %v\n%s", err, out)
	}
	for _, want := range []string{
		"m # ***\n", "must succeed: echo ***\n", "warning: m: its kernel reports a bug of the kernel (bug): [", "it goes on", "last console lines of m", "time.sleep(1000)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hunter22") {
		t.Errorf("the secret is in\n%s", out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "watched", "failure", "*"))
	if err != nil || len(files) == 0 {
		t.Errorf("kept are %q, %v", files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || strings.Contains(string(b), "hunter22") {
			t.Errorf("%s has the secret, or %v", f, err)
		}
	}
}
