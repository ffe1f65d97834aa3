package machine

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// The log warns of each kind of trouble once; a kind of FailOn ends the test instead.
func TestTroubleOnTheConsole(t *testing.T) {
	m, _, heard := play(t, nil)
	var fatal []error
	m.o.FailOn, m.o.OnTrouble = []string{"hung_task"}, func(err error) { fatal = append(fatal, err) }
	for _, part := range []string{
		"[    1.000000] booting\r\n[    2.000000] BUG: sched", "uling while atomic: a/1/0\r\n", "[    3.000000] BUG: Bad page state in process b\n",
		"[  122.000000] INFO: task x:12 blocked for more than 120 seconds.\n", "[  244.000000] INFO: task y:13 blocked for more than 120 seconds.\n",
	} {
		if _, err := m.console.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"its kernel reports a bug of the kernel (bug): [    2.000000] BUG: scheduling while atomic: a/1/0"}; !slices.Equal(heard.text, want) {
		t.Errorf("warnings %q\nwant %q", heard.text, want)
	}
	var kernel *KernelError
	if len(fatal) != 1 || !errors.As(fatal[0], &kernel) || kernel.Kind != "hung_task" || kernel.Machine != "server" ||
		fmt.Sprint(fatal[0]) != `server: its kernel reports a hung task (fail_on has "hung_task"): [  122.000000] INFO: task x:12 blocked for more than 120 seconds.` {
		t.Errorf("fatal %q", fatal)
	}
}
