package report

import (
	"bytes"
	"strings"
	"testing"
)

// The live view shows faults while they last; the faults of a machine end when it stops.
func TestLiveFaults(t *testing.T) {
	c := newClock()
	live := newLive(&bytes.Buffer{}, LiveOptions{Now: c.now})
	l := NewLog(c.now, live)
	ctx := t.Context()
	net := map[string]string{"network": "vlan1"}
	l.Emit(ctx, Event{Kind: RunStart, Text: "cluster"})
	for _, tt := range []struct {
		e    Event
		want string
	}{
		{Event{Kind: State, Machine: "a", Text: StateUp}, ""},
		{Event{Kind: Fault, Machine: "a", Text: "VLAN cables unplugged"}, "faults  a: VLAN cables unplugged"},
		{Event{Kind: Fault, Attrs: net, Text: "partition a | b\x1b[31m"}, "faults  a: VLAN cables unplugged; vlan1: partition a | b"},
		{Event{Kind: State, Machine: "a", Text: StateDead}, "faults  vlan1: partition a | b"},
		{Event{Kind: Fault, Attrs: net}, ""},
	} {
		l.Emit(ctx, tt.e)
		frame := live.st.frame(80, 24, live.opts, live.pal)
		got := ""
		for _, line := range frame {
			if strings.Contains(line, "\x1b") {
				t.Errorf("an escape sequence in %q", line)
			}
			if strings.HasPrefix(line, "faults ") {
				got = line
			}
		}
		if got != tt.want && !(tt.want != "" && strings.HasPrefix(got, tt.want)) {
			t.Errorf("after %+v: %q, want %q", tt.e, got, tt.want)
		}
	}
}
