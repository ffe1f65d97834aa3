package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Limits of JUnit: how much of a case's log it keeps, and how many failed cases wait for their explanation at once.
const (
	junitLog     = 64 << 10
	junitText    = 16 << 10
	junitPending = 20
)

const junitSuite = "NixOS integration test"

// JUnit writes the subtests as test cases of one suite; a name includes the enclosing subtests. A failure outside of all
// subtests, a run that was skipped, or one without subtests, is the case "main". The suite has the log of what is outside
// of all subtests. The file is complete after every event that changes it.
type JUnit struct {
	g       *growing
	head    int64 // offset of the counts
	test    string
	stamp   time.Time
	open    entries
	cases   map[uint64]*junitCase // the open subtests, and main as 0
	pending []*junitCase          // failed cases that have ended; their Failure may still follow
	used    map[[2]string]int     // how many cases of a class want a name, by both
	run     junitCounts           // of the current run
	all     junitCounts
	took    time.Duration
	outside tailText // the log outside of subtests
	ended   string   // its XML after the end of a run
}

type junitCounts struct{ tests, failures, errors, skipped int }

type junitCase struct {
	name     string  // the subtest's, with those around it
	unique   string  // the name in the file: CI systems take cases of one name for one
	place    *Source // of the subtest
	start    time.Time
	duration time.Duration
	status   Status
	err      string
	cause    *Event // the Begin of the innermost failed entry
	causeCmd *Command
	failure  *FailureInfo
	log      tailText
	waiting  string // its XML while it has ended without a failure
}

// NewJUnit creates the file, or replaces it.
func NewJUnit(path string) (*JUnit, error) {
	g, err := createGrowing(path)
	if err != nil {
		return nil, fmt.Errorf("creating the JUnit report: %w", err)
	}
	j := &JUnit{g: g, open: entries{}, used: map[[2]string]int{}, cases: map[uint64]*junitCase{0: {name: "main"}}}
	const decl = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n"
	j.head = int64(len(decl))
	// The numbers are known only at the end, so there is room for them.
	g.write(decl+j.suite()+"\n", "</testsuite>\n</testsuites>\n")
	if g.err != nil {
		return nil, fmt.Errorf("creating the JUnit report: %w", g.close())
	}
	return j, nil
}

// suite returns the start tag with the counts so far, padded to a fixed length with blanks, which are allowed
// between attributes.
func (j *JUnit) suite() string {
	c := j.counts()
	stamp := ""
	if !j.stamp.IsZero() {
		stamp = ` timestamp="` + j.stamp.UTC().Format("2006-01-02T15:04:05") + `"`
	}
	t := fmt.Sprintf(`<testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="%.3f"%s`,
		junitSuite, c.tests, c.failures, c.errors, c.skipped, j.took.Seconds(), stamp)
	return fmt.Sprintf("%-200s>", t)
}

func (j *JUnit) counts() junitCounts {
	c := j.all
	for _, p := range j.pending {
		c.add(p)
	}
	return c
}

func (c *junitCounts) add(k *junitCase) {
	c.tests++
	switch {
	case reasoned(k.status):
		c.skipped++
	case k.status == Passed:
	case k.isError():
		c.errors++
	default:
		c.failures++
	}
}

// isError reports whether the case ended with an error, not with a failed test.
func (k *junitCase) isError() bool {
	if k.failure != nil {
		return k.failure.Class != "test" && k.failure.Class != "timeout"
	}
	return k.status == Interrupted
}

// Handle takes an event.
func (j *JUnit) Handle(e Event) {
	switch e.Kind {
	case RunStart:
		j.test = Clean(e.Text)
		if j.stamp.IsZero() {
			j.stamp = e.Time
		}
		j.cases[0] = &junitCase{name: "main", start: e.Time}
		j.run = junitCounts{}
	case Begin:
		j.open.begin(e)
		if e.Action == ActionSubtest {
			j.cases[e.Entry] = &junitCase{name: subtestPath(j.open.subtests(e.Entry)), start: e.Time, place: e.Source}
			j.write("")
		}
		j.log(e.Entry, heading(e))
	case End:
		j.end(e)
	case Message:
		j.log(e.Entry, Clean(e.Machine)+sep(e.Machine)+e.Text)
	case Screenshot:
		j.log(e.Entry, "screenshot: "+e.Path)
	case Failure:
		j.failure(e.Failure)
	case RunEnd:
		j.runEnd(e)
	case Serial, Progress, State, Fault, Artifact:
	}
}

func sep(machine string) string {
	if machine == "" {
		return ""
	}
	return ": "
}

func (j *JUnit) log(entry uint64, text string) {
	id := j.open.subtest(entry)
	line := CleanLines(text) + "\n"
	if id == 0 {
		j.outside.add(line)
	}
	if k := j.cases[id]; k != nil {
		k.log.add(line)
	}
}

func (j *JUnit) end(e Event) {
	b := j.open[e.Entry]
	if b == nil {
		return
	}
	k := j.cases[j.open.subtest(e.Entry)]
	if k != nil && (e.Status == Failed || e.Status == Interrupted) && b.Action != ActionSubtest && k.cause == nil {
		k.cause, k.causeCmd = b, e.Command
	}
	if e.Status == Passed {
		j.log(e.Entry, fmt.Sprintf("(finished: %s, in %.2f seconds)", heading(*b), e.Duration.Seconds()))
	} else {
		j.log(e.Entry, fmt.Sprintf("(%s: %s, in %.2f seconds)\n%s", e.Status, heading(*b), e.Duration.Seconds(), e.Error))
	}
	j.open.end(e)
	if b.Action == ActionSubtest && k != nil {
		delete(j.cases, e.Entry)
		k.duration, k.status, k.err = e.Duration, e.Status, e.Error
		j.run.add(k)
		j.finish(k)
	}
}

// finish writes a case that has ended, or keeps it until its Failure event.
func (j *JUnit) finish(k *junitCase) {
	if k.status == Failed || k.status == Interrupted {
		j.pending = append(j.pending, k)
		out := ""
		if len(j.pending) > junitPending {
			out = j.settle(1)
		}
		j.write(out)
		return
	}
	j.all.add(k)
	j.write(j.xml(k))
}

// settle removes the first n pending cases and returns their XML.
func (j *JUnit) settle(n int) string {
	var b strings.Builder
	for _, k := range j.pending[:n] {
		j.all.add(k)
		b.WriteString(j.xml(k))
	}
	j.pending = append([]*junitCase(nil), j.pending[n:]...)
	return b.String()
}

// failure adds the explanation to the failed cases: the innermost subtest gets all of it.
func (j *JUnit) failure(f *FailureInfo) {
	if f == nil {
		return
	}
	var at *junitCase
	for _, k := range j.pending {
		if k.failure == nil && k.name == f.Subtest {
			at = k
			break
		}
	}
	if at == nil && f.Subtest == "" {
		m := j.cases[0]
		if m.failure == nil {
			m.failure, m.status, m.err = f, Failed, f.Message
		}
		return
	}
	for _, k := range j.pending {
		// The enclosing subtests failed because of it.
		if k.failure == nil && (k == at || strings.HasPrefix(f.Subtest, k.name+" / ")) {
			k.failure = f
		}
	}
	j.write(j.settle(len(j.pending)))
}

func (j *JUnit) runEnd(e Event) {
	j.took += e.Duration
	m := j.cases[0]
	if m.status == "" && e.Status != Passed && j.run.tests == 0 {
		m.status, m.err = e.Status, e.Error
	}
	outside := m.status != "" || e.Status == Skipped || e.Status != Passed && j.run.failures+j.run.errors == 0
	out := j.settle(len(j.pending))
	if outside || j.run.tests == 0 {
		if m.status == "" {
			m.status, m.err = e.Status, e.Error
		}
		m.duration = e.Duration
		j.all.add(m)
		out += j.xml(m)
	}
	j.cases[0] = &junitCase{name: "main", start: e.Time}
	j.run = junitCounts{}
	j.ended = systemOut(&j.outside)
	j.write(out)
}

// write appends content to the file, with the pending cases in its ending.
func (j *JUnit) write(content string) {
	var b strings.Builder
	for _, k := range j.pending {
		if k.waiting == "" {
			k.waiting = j.xml(k)
		}
		b.WriteString(k.waiting)
	}
	b.WriteString(j.ended + "</testsuite>\n</testsuites>\n")
	j.g.write(content, b.String())
	j.g.patch(j.head, j.suite())
}

// Close ends the document. Subtests that are still open become cases with an error.
func (j *JUnit) Close() error {
	var out strings.Builder
	out.WriteString(j.settle(len(j.pending)))
	for _, id := range slices.Sorted(maps.Keys(j.cases)) {
		if id == 0 {
			continue
		}
		k := j.cases[id]
		k.status, k.err = Interrupted, "the run ended before the subtest did"
		j.all.add(k)
		out.WriteString(j.xml(k))
	}
	if j.all.tests == 0 && !j.stamp.IsZero() {
		m := j.cases[0]
		m.status, m.err = Interrupted, "the run ended before the test did"
		j.all.add(m)
		out.WriteString(j.xml(m))
	}
	j.ended = systemOut(&j.outside)
	j.write(out.String())
	return j.g.close()
}

// named gives a case its name in the file: a second "try" is "try (2)".
func (j *JUnit) named(k *junitCase, class string) string {
	want := orElse(k.name, "subtest")
	for k.unique == "" {
		j.used[[2]string{class, want}]++
		name := want
		if n := j.used[[2]string{class, want}]; n > 1 {
			name = fmt.Sprintf("%s (%d)", want, n)
			if j.used[[2]string{class, name}] > 0 {
				continue
			}
			j.used[[2]string{class, name}]++
		}
		k.unique = name
	}
	return k.unique
}

func (j *JUnit) xml(k *junitCase) string {
	var b strings.Builder
	class := orElse(j.test, "test")
	b.WriteString("<testcase" + xmlAttr("classname", class) + xmlAttr("name", j.named(k, class)))
	if k.place != nil {
		b.WriteString(xmlAttr("file", k.place.File) + xmlAttr("line", fmt.Sprint(k.place.Line)))
	}
	fmt.Fprintf(&b, " time=\"%.3f\">", k.duration.Seconds())
	switch {
	case k.status == Passed:
	case k.status == ExpectedFailure: // the format has no word of its own for it
		b.WriteString("<skipped" + xmlAttr("type", string(k.status)) + xmlAttr("message", shorten(k.err, 1000)) + "/>")
	case k.status == Skipped:
		b.WriteString("<skipped" + xmlAttr("message", shorten(k.err, 1000)) + "/>")
	default:
		tag, typ := "failure", "test"
		if k.isError() {
			tag, typ = "error", string(k.status)
		}
		if k.failure != nil {
			typ = k.failure.Class
		}
		first, _, _ := strings.Cut(k.message(), "\n")
		fmt.Fprintf(&b, "<%s%s%s>%s</%s>", tag, xmlAttr("message", shorten(first, 1000)), xmlAttr("type", typ), xmlText(shorten(k.explain(), junitText)), tag)
	}
	b.WriteString(systemOut(&k.log) + "</testcase>\n")
	return b.String()
}

// systemOut returns a log as an element, nothing for an empty one.
func systemOut(log *tailText) string {
	if s := log.String(); s != "" {
		return "<system-out>" + xmlText(s) + "</system-out>"
	}
	return ""
}

func (k *junitCase) message() string {
	if k.err != "" {
		return k.err
	}
	if k.failure != nil {
		return k.failure.Message
	}
	return string(k.status)
}

// explain returns the text of a failure: that of its Failure event, else the call that failed.
func (k *junitCase) explain() string {
	if f := k.failure; f != nil && (f.Subtest == "" || f.Subtest == k.name) {
		return strings.Join(failureLines(f, f.Paths, palette{}), "\n")
	}
	var src []Source
	f := &FailureInfo{Message: k.message(), Subtest: k.name, Command: k.causeCmd}
	if k.cause != nil {
		f.Machine = k.cause.Machine
		if k.cause.Source != nil {
			src = append(src, *k.cause.Source)
		}
	}
	if k.failure != nil {
		f.Message = fmt.Sprintf("%s\n(in subtest %q, see there)", f.Message, k.failure.Subtest)
		src = k.failure.Backtrace
	}
	f.Backtrace = src
	return strings.Join(failureLines(f, nil, palette{}), "\n")
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// tailText keeps the beginning and the end of a text of any length.
type tailText struct {
	head, tail []byte
	left       int
}

func (t *tailText) add(s string) {
	s = shorten(s, junitLog/8)
	if len(t.head) < junitLog/4 {
		t.head = append(t.head, s...)
		return
	}
	t.tail = append(t.tail, s...)
	if len(t.tail) > 2*junitLog { // not at each line: that would copy the text for each
		t.shorten()
	}
}

// shorten leaves out the beginning of the tail.
func (t *tailText) shorten() {
	if over := len(t.tail) - junitLog; over > 0 {
		t.left += over
		t.tail = append([]byte(nil), t.tail[over:]...)
	}
}

func (t *tailText) String() string {
	t.shorten()
	if t.left == 0 {
		return string(t.head) + string(t.tail)
	}
	return fmt.Sprintf("%s… %d bytes left out …\n%s", t.head, t.left, strings.ToValidUTF8(string(t.tail), ""))
}
