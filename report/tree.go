package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// heading returns the first line of an entry, in the wording of the NixOS test driver.
func heading(e Event) string {
	text := e.Text
	if e.Action == ActionSubtest {
		text = "subtest: " + text
	}
	if e.Machine != "" {
		text = e.Machine + ": " + text
	}
	return text
}

// ended returns a status in the words of a log.
func ended(s Status) string {
	switch s {
	case Passed:
		return "finished"
	case ExpectedFailure:
		return "failed as expected"
	}
	return string(s)
}

// reasoned reports whether the error of an entry is no more than the reason of its status.
func reasoned(s Status) bool { return s == Skipped || s == ExpectedFailure }

// entries tracks the open entries of a run. Its memory is bounded by the nesting of the script.
type entries map[uint64]*Event

// begin adds an entry.
func (o entries) begin(e Event) { o[e.Entry] = &e }

// end removes an entry and returns its Begin event, nil when that is unknown.
func (o entries) end(e Event) *Event {
	b := o[e.Entry]
	delete(o, e.Entry)
	return b
}

// subtests returns the names of the subtests around the entry id, outermost first, itself included.
func (o entries) subtests(id uint64) []string {
	var names []string
	for e := o[id]; e != nil; e = o[e.Parent] {
		if e.Action == ActionSubtest {
			names = append(names, e.Text)
		}
	}
	slices.Reverse(names)
	return names
}

// subtest returns the innermost subtest around the entry id, itself included; 0 when there is none.
func (o entries) subtest(id uint64) uint64 {
	for e := o[id]; e != nil; e = o[e.Parent] {
		if e.Action == ActionSubtest {
			return e.Entry
		}
	}
	return 0
}

// subtestPath returns the name of a subtest with those of the enclosing subtests.
func subtestPath(names []string) string { return strings.Join(names, " / ") }

// seconds returns a duration in words: "0.12 s", "12 s", "3 min 20 s".
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
