package report

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// Limits of what a live view remembers.
const (
	liveNodes  = 200 // subtests inside one
	liveSerial = 50  // serial lines
)

// liveState is the state of a run in a live view.
type liveState struct {
	name     string
	start    time.Time
	sum      summary
	open     entries
	begun    []uint64 // the open entries in the order of their start
	progress map[uint64]string
	blamed   map[uint64]bool // open entries for which an inner failure has been shown
	machines map[string]string
	faults   map[string]string // the current faults, by machine or network
	tops     []*liveTop
	serial   []Event
}

// liveTop is an outermost subtest, with the subtests inside it.
type liveTop struct {
	entry uint64
	nodes []*liveNode
	left  int
}

type liveNode struct {
	entry uint64
	depth int
	text  string
	start time.Time
	took  time.Duration
	state Status // empty while it is open
	why   string // of a state that has a reason
}

func newLiveState() liveState {
	return liveState{open: entries{}, progress: map[uint64]string{}, blamed: map[uint64]bool{}, machines: map[string]string{}, faults: map[string]string{}}
}

// handle notes an event and returns the lines that it leaves behind.
func (s *liveState) handle(e Event, p palette, opts LiveOptions) []string {
	s.sum.handle(e)
	if e.Machine != "" {
		if _, ok := s.machines[e.Machine]; !ok {
			s.machines[e.Machine] = ""
		}
	}
	switch e.Kind {
	case RunStart:
		s.name, s.start = Clean(e.Text), e.Time
		return []string{p.bold.Styled(Clean(runHeading(e)))}
	case Begin:
		if s.start.IsZero() {
			s.start = e.Time
		}
		s.open.begin(e)
		s.begun = append(s.begun, e.Entry)
		if e.Action == ActionSubtest {
			s.addSubtest(e)
		}
	case End:
		return s.end(e, p)
	case Progress:
		if s.open[e.Entry] != nil {
			s.progress[e.Entry] = Clean(e.Text)
		}
	case Message:
		if rank(e.Level) < rank(opts.Level) && !e.Printed || e.Printed && opts.Output != nil {
			return nil
		}
		text := CleanLines(shorten(e.Text, 64<<10))
		if e.Machine != "" {
			text = Clean(e.Machine) + ": " + text
		}
		switch e.Level {
		case Error:
			return []string{p.fail.Styled("!!! ") + text}
		case Warning:
			return []string{p.warn.Styled("warning: ") + text}
		case Debug:
			return []string{p.dim.Styled(text)}
		}
		return []string{text}
	case Serial:
		if len(s.serial) == liveSerial {
			s.serial = append(s.serial[:0], s.serial[1:]...)
		}
		e.Text = Clean(shorten(e.Text, 1000))
		s.serial = append(s.serial, e)
		if opts.Serial {
			return []string{p.dim.Styled(Clean(e.Machine) + " # " + e.Text)}
		}
	case State:
		s.machines[e.Machine] = Clean(e.Text)
		if e.Text == StateStopped || e.Text == StateDead {
			delete(s.faults, Clean(e.Machine))
		}
	case Fault:
		if who := Clean(orElse(e.Machine, e.Attrs["network"])); e.Text == "" {
			delete(s.faults, who)
		} else {
			s.faults[who] = Clean(shorten(e.Text, 1000))
		}
	case Failure:
		if e.Failure != nil {
			return []string{p.fail.Styled("!!! "+failureTitle(e.Failure)+":") + " " + CleanLines(shorten(e.Failure.Message, 4000))}
		}
	case Screenshot, Artifact, RunEnd:
	}
	return nil
}

func (s *liveState) addSubtest(e Event) {
	depth, top := 0, e.Entry
	for x := s.open[e.Parent]; x != nil; x = s.open[x.Parent] {
		if x.Action == ActionSubtest {
			depth++
			top = x.Entry
		}
	}
	s.addNode(top, &liveNode{entry: e.Entry, depth: depth, text: Clean(e.Text), start: e.Time})
}

func (s *liveState) addNode(top uint64, n *liveNode) {
	var t *liveTop
	for _, x := range s.tops {
		if x.entry == top {
			t = x
		}
	}
	if t == nil {
		t = &liveTop{entry: top}
		s.tops = append(s.tops, t)
	}
	if len(t.nodes) >= liveNodes {
		t.left++
		return
	}
	t.nodes = append(t.nodes, n)
}

func (s *liveState) end(e Event, p palette) []string {
	b := s.open[e.Entry]
	if b == nil {
		return nil
	}
	names := s.open.subtests(e.Entry)
	bad := e.Status == Failed || e.Status == Interrupted
	blamed := s.blamed[e.Entry]
	delete(s.blamed, e.Entry)
	delete(s.progress, e.Entry)
	for i := len(s.begun) - 1; i >= 0; i-- {
		if s.begun[i] == e.Entry {
			s.begun = append(s.begun[:i], s.begun[i+1:]...)
			break
		}
	}
	if bad && b.Parent != 0 {
		s.blamed[b.Parent] = true
	}
	node := &liveNode{entry: e.Entry, depth: len(names), text: Clean(heading(*b)), start: b.Time, took: e.Duration, state: e.Status}
	if b.Action == ActionSubtest {
		defer s.open.end(e)
		return s.endSubtest(e, p)
	}
	s.open.end(e)
	if len(names) == 0 {
		// Outside of subtests, only entries of their own are worth a line.
		if up := s.open[b.Parent]; (up == nil || up.Action == ActionTest) && b.Action != ActionTest || bad && !blamed && b.Action != ActionTest {
			return []string{node.line(p, e.Time)}
		}
		return nil
	}
	if bad && !blamed {
		top := b.Parent
		for x := s.open[b.Parent]; x != nil; x = s.open[x.Parent] {
			if x.Action == ActionSubtest {
				top = x.Entry
			}
		}
		s.addNode(top, node)
	}
	return nil
}

func (s *liveState) endSubtest(e Event, p palette) []string {
	for i, t := range s.tops {
		for _, n := range t.nodes {
			if n.entry == e.Entry && n.state == "" {
				n.took, n.state = e.Duration, e.Status
				if reasoned(e.Status) {
					n.why = Clean(shorten(e.Error, 1000))
				}
			}
		}
		if t.entry == e.Entry {
			s.tops = append(s.tops[:i:i], s.tops[i+1:]...)
			return t.lines(p, e.Time)
		}
	}
	return nil
}

// finish returns the lines for the end of the run: the subtests that never ended.
func (s *liveState) finish(p palette) []string {
	var out []string
	for _, t := range s.tops {
		out = append(out, t.lines(p, t.nodes[0].start)...)
	}
	s.tops = nil
	return out
}

func (t *liveTop) lines(p palette, now time.Time) []string {
	var out []string
	for _, n := range t.nodes {
		out = append(out, n.line(p, now))
	}
	if t.left > 0 {
		out = append(out, p.dim.Styled(fmt.Sprintf("    … %d more", t.left)))
	}
	return out
}

// line returns a line such as "  ✓ name  1.20 s".
func (n *liveNode) line(p palette, now time.Time) string {
	mark, took := p.warn.Styled("▸"), wholeSeconds(now.Sub(n.start))
	switch n.state {
	case Passed:
		mark, took = p.pass.Styled("✓"), seconds(n.took)
	case Failed:
		mark, took = p.fail.Styled("✗"), seconds(n.took)
	case Interrupted:
		mark, took = p.warn.Styled("!"), seconds(n.took)
	case Skipped, ExpectedFailure:
		mark, took = "–", ended(n.state)
	}
	if n.why != "" {
		took += ": " + n.why
	}
	return strings.Repeat("  ", n.depth) + mark + " " + n.text + "  " + p.dim.Styled(took)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func wholeSeconds(d time.Duration) string {
	if d >= 2*time.Hour {
		return seconds(d)
	}
	return fmt.Sprintf("%d s", int(max(0, d).Seconds()))
}

// frame returns the view: at most rows lines, none wider than columns.
func (s *liveState) frame(columns, rows int, opts LiveOptions, p palette) []string {
	if rows < 1 || columns < 1 || s.start.IsZero() {
		return nil
	}
	now := opts.Now()
	out := []string{s.header(now, p)}
	if len(s.faults) > 0 && rows > 1 {
		out = append(out, s.faultLine(p))
	}
	machines := s.machineLines(now, p, columns, false)
	tree := s.treeLines(now, p)
	// Machines matter most, then the subtests, then the consoles' last lines.
	room := rows - len(out)
	if need := min(len(tree), 3); len(machines) > room-need {
		keep := max(0, room-need-1)
		more := len(machines) - keep
		machines = append(s.machineLines(now, p, columns, true)[:keep:keep], p.dim.Styled(fmt.Sprintf("… and %s", count(more, "more machine"))))
	}
	room -= len(machines)
	if len(tree) > room {
		tree = tree[len(tree)-max(0, room):]
	}
	room -= len(tree)
	out = append(append(out, tree...), machines...)
	if !opts.Serial {
		out = append(out, s.consoleLines(min(room, 6), p)...)
	}
	if len(out) > rows {
		out = out[:rows]
	}
	for i, l := range out {
		out[i] = ansi.Truncate(l, columns, "…")
	}
	return out
}

func (s *liveState) header(now time.Time, p palette) string {
	t := p.bold.Styled(orElse(s.name, "test")) + "  " + wholeSeconds(now.Sub(s.start))
	if s.sum.passed > 0 {
		t += "  " + p.pass.Styled(fmt.Sprintf("✓ %d passed", s.sum.passed))
	}
	if n := len(s.sum.failed); n > 0 {
		t += "  " + p.fail.Styled(fmt.Sprintf("✗ %d failed", n))
	}
	return t
}

// faultLine returns the line with the faults.
func (s *liveState) faultLine(p palette) string {
	var all []string
	for _, who := range slices.Sorted(maps.Keys(s.faults)) {
		all = append(all, who+": "+s.faults[who])
	}
	return p.warn.Styled("faults  ") + strings.Join(all, "; ")
}

// treeLines returns the open subtests with their inner ones; if there are many, it only counts those that passed.
func (s *liveState) treeLines(now time.Time, p palette) []string {
	var out []string
	for _, t := range s.tops {
		passed := 0
		if len(t.nodes) > 8 {
			for _, n := range t.nodes {
				if n.state == Passed {
					passed++
				}
			}
		}
		for i, n := range t.nodes {
			if passed > 0 && n.state == Passed {
				continue
			}
			out = append(out, n.line(p, now))
			if i == 0 && passed > 0 {
				out = append(out, p.dim.Styled(fmt.Sprintf("  ✓ %d passed", passed)))
			}
		}
	}
	return out
}

// machineLines returns what each machine does and for how long; with busyFirst, machines that do something come
// first.
func (s *liveState) machineLines(now time.Time, p palette, columns int, busyFirst bool) []string {
	names := make([]string, 0, len(s.machines))
	wide := 0
	for m := range s.machines {
		names = append(names, m)
		wide = max(wide, ansi.Width(Clean(m)))
	}
	wide = min(wide, columns/4)
	doing := map[string]*Event{}
	for _, id := range s.begun { // the innermost one is last
		if b := s.open[id]; b.Machine != "" {
			doing[b.Machine] = b
		}
	}
	sort.Slice(names, func(i, j int) bool {
		if a, b := doing[names[i]] != nil, doing[names[j]] != nil; busyFirst && a != b {
			return a
		}
		return names[i] < names[j]
	})
	var out []string
	for _, m := range names {
		name := ansi.Truncate(Clean(m), wide, "…")
		name += strings.Repeat(" ", wide-ansi.Width(name))
		state := fmt.Sprintf("%-8s", s.machines[m])
		b := doing[m]
		if b == nil {
			out = append(out, p.machine.Styled(name)+"  "+p.dim.Styled(state))
			continue
		}
		took := wholeSeconds(now.Sub(b.Time))
		if b.Timeout > 0 {
			took += " of " + wholeSeconds(b.Timeout)
		}
		text := Clean(shorten(b.Text, 1000))
		if x := s.progress[b.Entry]; x != "" {
			text += " (" + x + ")"
		}
		room := columns - wide - 8 - ansi.Width(took) - 6
		out = append(out, p.machine.Styled(name)+"  "+p.dim.Styled(state)+"  "+ansi.Truncate(text, max(room, 0), "…")+"  "+p.warn.Styled(took))
	}
	return out
}

// consoleLines returns the last serial lines of machines that the test waits for.
func (s *liveState) consoleLines(n int, p palette) []string {
	busy := map[string]bool{}
	for _, b := range s.open {
		busy[b.Machine] = true
	}
	var out []string
	for i := len(s.serial) - 1; i >= 0 && len(out) < n; i-- {
		if e := s.serial[i]; busy[e.Machine] && strings.TrimSpace(e.Text) != "" {
			out = append(out, p.dim.Styled("  "+Clean(e.Machine)+" # "+e.Text))
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
