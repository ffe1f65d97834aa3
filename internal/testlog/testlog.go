// Package testlog shortens the log of a run for the failure of a test, with the reason first, because readers of a test's
// output may see only its beginning.
package testlog

import (
	"regexp"
	"strings"
)

// The limits of Brief.
const (
	reasonLines = 25
	lastLines   = 30
	lineBytes   = 120
)

// consoleLine is a line of a guest's console.
var consoleLine = regexp.MustCompile(`^ *\S+ # `)

// Brief returns the failure from the plain log of a run (the lines that begin with !!!), and the last lines before it that
// no guest printed.
func Brief(log string) string {
	var reason, last []string
	over := false
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\n")
		failure := strings.HasPrefix(strings.TrimLeft(line, " "), "!!!")
		over = over || failure
		switch {
		case consoleLine.MatchString(line):
		case failure && len(reason) < reasonLines:
			reason = append(reason, short(line))
		case !over:
			last = append(last, short(line))
		}
	}
	return strings.Join(append(reason, last[max(0, len(last)-lastLines):]...), "\n")
}

// short cuts a long line.
func short(line string) string {
	if len(line) > lineBytes {
		return strings.ToValidUTF8(line[:lineBytes], "") + "…"
	}
	return line
}
