package run_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/script"
)

// TestFailOn: what the kernel tells ends the test at once, although it waits for something else.
func TestFailOn(t *testing.T) {
	out, err := runScript(t.Context(), shortDir(t), "trouble", `
m = create_machine(guest = "tiny", name = "m", memory = 128, fail_on = ["hung_task", "oops"])
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
		"warning: m: its kernel reports a bug of the kernel (bug): [", "it goes on", "last console lines of m", "time.sleep(1000)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
