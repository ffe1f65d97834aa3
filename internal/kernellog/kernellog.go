// Package kernellog finds in the lines of a console what Linux tells there when something is wrong with it, and what
// systemd-coredump tells of programs that crash.
package kernellog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Kind is a kind of trouble.
type Kind struct {
	Name string // in the driver's configuration, such as "hung_task"
	What string // for messages: "a hung task"

	pattern string // of the line, from behind its time
}

// kinds are those that Find looks for, in this order: the beginnings of the lines that kernel/, mm/, arch/ and
// drivers/tty/sysrq.c of Linux print, and of the message of systemd-coredump(8).
var kinds = []Kind{
	{"soft_lockup", "a CPU that is locked up", `(?:watchdog: )?(?:BUG: soft lockup|Watchdog detected hard LOCKUP|NMI watchdog: Watchdog detected hard LOCKUP)`},
	{"rcu_stall", "a CPU that is stalled", `(?:rcu: )?INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stall`},
	{"hung_task", "a hung task", `INFO: task \S+:\d+ blocked for more than \d+ seconds`},
	{"oops", "an oops", `BUG: (?:unable to handle|kernel NULL pointer dereference)|Oops\b|general protection fault,|Unable to handle kernel `},
	{"bug", "a bug of the kernel", `kernel BUG at |BUG: |Internal error: Oops - BUG`},
	{"out_of_memory", "that memory has run out", `Out of memory: Killed process |Memory cgroup out of memory: Killed process `},
	{"core_dump", "a program that crashed", `\S+\[\d+\]: segfault at |traps: \S+\[\d+\] |systemd-coredump\[\d+\]: .*Process \d+ \(.*\) of user \d+ (?:dumped core|terminated abnormally)`},
}

// line matches a line of any kind; the group that matches tells which one. The time is "[   12.345678]", with the
// thread or the CPU if the kernel is built so.
var line = sync.OnceValue(func() *regexp.Regexp {
	var all []string
	for _, k := range kinds {
		all = append(all, "("+k.pattern+")")
	}
	return regexp.MustCompile(`^(?:<\d+>)?(?:\[ *\d+\.\d+\] ?(?:\[ *[TC]\d+\] ?)?)?(?:` + strings.Join(all, "|") + ")")
})

// Find returns the kind of trouble that a line of a console tells of, nil for other lines.
func Find(text string) *Kind {
	found := line().FindStringSubmatchIndex(text)
	for i := range kinds {
		if found != nil && found[2*(i+1)] >= 0 {
			return &kinds[i]
		}
	}
	return nil
}

// Check returns an error for the first name that is not that of a kind.
func Check(names []string) error {
	var known []string
	for _, k := range kinds {
		known = append(known, k.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%q is no kind of trouble of a kernel%s (there are: %s)", name, near.DidYouMean(name, known), strings.Join(known, ", "))
		}
	}
	return nil
}
