package report

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// hostile is text that a guest may print to harm its reader.
var hostile = []string{
	"\x1b[2J\x1b[H\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07clear",
	"\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\",
	"\u202etxt.exe\u2066 \u200f bidi",
	"\x00\x01\x08\x7f\u009b31m control",
	"</line></nest></logfile><evil/> ]]> <![CDATA[ &amp; \" '",
	"<script>window.owned=1</script><img src=x onerror=window.owned=1></script><!--",
	"\xff\xfe\xed\xa0\x80 not UTF-8 \xc3",
	"\ufffe\uffff noncharacters \U000e0041",
	"::error file=x::evil\r::set-env name=A::b",
	"one\rover\x1b[1A\nforged: line",
	"\u2028\u2029 separators",
}

// hostileRun is a run in which everything that a guest can influence is hostile.
func hostileRun(t testing.TB, sinks ...Sink) {
	l := NewLog(newClock().now, sinks...)
	ctx := t.Context()
	l.Emit(ctx, Event{Kind: RunStart, Text: "hostile"})
	for _, h := range hostile {
		sctx, s := l.Begin(ctx, Entry{Action: ActionSubtest, Text: h})
		cctx, c := l.Begin(sctx, Entry{Action: ActionCommand, Machine: h, Text: "must succeed: " + h})
		l.Emit(cctx, Event{Kind: Serial, Machine: "m", Text: h})
		l.Logf(cctx, Warning, "%s", h)
		c.Progress("%s", h)
		cmd := &Command{Line: h, Status: 1, Output: h, Stderr: h}
		c.SetCommand(cmd)
		err := errors.New(h)
		c.End(err)
		s.End(err)
		l.Emit(ctx, Event{Kind: Screenshot, Machine: h, Path: h, Text: h})
		l.Emit(ctx, Event{Kind: Failure, Failure: &FailureInfo{
			Class: "test", Message: h, Subtest: h, Machine: h, Command: cmd, Rerun: h, Traceback: h, Paths: []string{h},
			Backtrace: []Source{{File: h, Line: 1, Text: h, Func: h}}, Console: map[string][]string{strings.ToValidUTF8(h, "?"): {h}},
		}})
	}
	l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: hostile[0]})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// wellFormed reads a whole document and returns its text.
func wellFormed(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("%s: %v in:\n%s", path, err, b)
		}
		if c, ok := tok.(xml.CharData); ok {
			text.Write(c)
		}
	}
}

// checker fails when a document is not complete after an event, because a run may be killed at any time.
type checker struct {
	Sink
	t    testing.TB
	path string
	n    int
}

func (c *checker) Handle(e Event) {
	c.Sink.Handle(e)
	c.n++
	wellFormed(c.t, c.path)
}

func TestXMLIsWholeAfterEveryEvent(t *testing.T) {
	for name, run := range map[string]func(*testing.T, Sink){
		"failing": func(t *testing.T, s Sink) { failingRun(t, s) },
		"hostile": func(t *testing.T, s Sink) { hostileRun(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.xml")
			x, err := NewXML(path)
			if err != nil {
				t.Fatal(err)
			}
			junitPath := filepath.Join(t.TempDir(), "junit.xml")
			j, err := NewJUnit(junitPath)
			if err != nil {
				t.Fatal(err)
			}
			cx, cj := &checker{x, t, path, 0}, &checker{j, t, junitPath, 0}
			run(t, multi{cx, cj})
			if cx.n == 0 || cj.n == 0 {
				t.Fatal("no events")
			}
			wellFormed(t, path)
			wellFormed(t, junitPath)
		})
	}
}

type multi []Sink

func (m multi) Handle(e Event) {
	for _, s := range m {
		s.Handle(e)
	}
}

func (m multi) Close() error {
	var errs []error
	for _, s := range m {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func TestXMLStructure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.xml")
	x, err := NewXML(path)
	if err != nil {
		t.Fatal(err)
	}
	failingRun(t, x)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type nest struct {
		Head struct {
			Machine string `xml:"machine,attr"`
			Text    string `xml:",chardata"`
		} `xml:"head"`
		Lines []struct {
			Type    string `xml:"type,attr"`
			Machine string `xml:"machine,attr"`
			Text    string `xml:",chardata"`
		} `xml:"line"`
		Nests []nest `xml:"nest"`
	}
	var doc struct {
		XMLName xml.Name `xml:"logfile"`
		Nests   []nest   `xml:"nest"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Nests) != 1 || doc.Nests[0].Head.Text != "subtest: serves pages" || len(doc.Nests[0].Nests) != 2 {
		t.Fatalf("structure:\n%s", b)
	}
	wait := doc.Nests[0].Nests[0]
	if wait.Head.Machine != "server" || wait.Head.Text != "waiting for unit nginx.service" ||
		wait.Lines[0].Type != "serial" || wait.Lines[0].Machine != "server" || wait.Lines[0].Text != "[    1.2] nginx starts" ||
		wait.Lines[1].Text != "(finished: waiting for unit nginx.service, in 1.50 seconds)" {
		t.Errorf("the wait: %+v", wait)
	}
}

// Any bytes that a guest prints leave the XML log well-formed.
func TestXMLAnyBytes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(dir, "log.xml")
		x, err := NewXML(path)
		if err != nil {
			rt.Fatal(err)
		}
		for _, b := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 5).Draw(rt, "lines") {
			x.Handle(Event{Kind: Serial, Machine: string(b), Text: string(b)})
		}
		if err := x.Close(); err != nil {
			rt.Fatal(err)
		}
		wellFormed(t, path)
	})
}

func TestXMLParallelEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.xml")
	x, err := NewXML(path)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(newClock().now, &checker{x, t, path, 0})
	_, a := l.Begin(t.Context(), Entry{Text: "a"})
	_, b := l.Begin(t.Context(), Entry{Text: "b"})
	a.End(nil)
	_, c := l.Begin(t.Context(), Entry{Text: "c"})
	b.End(nil)
	c.End(nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "<logfile><nest><head>a</head><nest><head>b</head><line>(finished: a, in 0.00 seconds)</line>" +
		"<nest><head>c</head><line>(finished: b, in 0.00 seconds)</line><line>(finished: c, in 0.00 seconds)</line>" +
		"</nest></nest></nest></logfile>\n"
	if _, body, _ := strings.Cut(string(got), "?>\n"); body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func TestXMLToPipe(t *testing.T) {
	x, err := NewXML("/dev/null")
	if err != nil {
		t.Skip("no /dev/null")
	}
	failingRun(t, x)
}

// collect keeps events.
type collect struct{ events []Event }

func (c *collect) Handle(e Event) { c.events = append(c.events, e) }
func (c *collect) Close() error   { return nil }

func TestJSONLinesRoundTrip(t *testing.T) {
	for name, run := range map[string]func(*testing.T, ...Sink){
		"failing": failingRun,
		"hostile": func(t *testing.T, s ...Sink) { hostileRun(t, s...) },
	} {
		var b bytes.Buffer
		var want, got collect
		run(t, NewJSONLines(&b), &want)
		if err := FromJSONL(t.Context(), bytes.NewReader(b.Bytes()), &got); err != nil {
			t.Fatal(err)
		}
		utf8Only := cmp.Transformer("utf8", func(s string) string {
			var out strings.Builder
			for _, r := range s { // each wrong byte is one U+FFFD, as encoding/json has it
				out.WriteRune(r)
			}
			return out.String()
		})
		if d := cmp.Diff(want.events, got.events, utf8Only, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		for _, l := range strings.Split(strings.TrimSpace(b.String()), "\n") {
			if !json.Valid([]byte(l)) || !utf8.ValidString(l) {
				t.Errorf("%q is not JSON", l)
			}
			if i := strings.IndexFunc(l, func(r rune) bool { return r < 0x20 || r == 0x7f || unsafeRune(r) }); i >= 0 {
				t.Errorf("%q can harm a terminal", l[i:])
			}
		}
	}
}

func TestFromJSONLErrors(t *testing.T) {
	good := `{"seq":1,"time":"2026-01-02T03:04:05Z","kind":"run-start","text":"x"}` + "\n"
	var torn *TornError
	var c collect
	if err := FromJSONL(t.Context(), strings.NewReader(good+`{"seq":2,"ti`), &c); !errors.As(err, &torn) || torn.Line != 2 || len(c.events) != 1 {
		t.Errorf("torn: %v", err)
	}
	for _, in := range []string{"hello\n", good + "{\"a\":1}\n", good + "{]\n" + good} {
		err := FromJSONL(t.Context(), strings.NewReader(in))
		if err == nil || errors.As(err, &torn) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// TestEntriesInThemselves: a JSON log where an entry is its own ancestor, in which a search for its subtest would never end, is
// refused, and so is one with more levels than a test has.
func TestEntriesInThemselves(t *testing.T) {
	begin := func(entry, parent int) string {
		return fmt.Sprintf("{\"seq\":1,\"kind\":\"begin\",\"entry\":%d,\"parent\":%d,\"action\":\"subtest\",\"text\":\"x\"}\n", entry, parent)
	}
	var deep strings.Builder
	for i := range maxDepth + 2 {
		deep.WriteString(begin(i+1, i))
	}
	for log, want := range map[string]string{
		begin(1, 1): "line 1 is not an event of a JSON log: entry 1 can't be within entry 1",
		begin(1, 2) + begin(2, 1) + `{"kind":"end","entry":1}` + "\n": "line 1 is not an event",
		begin(0, 0):   "entry 0 can't be within entry 0",
		deep.String(): "line 1001: more than 1000 entries within each other",
	} {
		file := filepath.Join(t.TempDir(), "run.jsonl")
		if err := os.WriteFile(file, []byte(log), 0o600); err != nil {
			t.Fatal(err)
		}
		var outputs []Output
		for _, f := range Formats() {
			outputs = append(outputs, Output{Path: filepath.Join(t.TempDir(), f.Name), Format: f})
		}
		if err := FromJSONL(t.Context(), strings.NewReader(log), NewPlain(io.Discard, PlainOptions{})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %s", log, err, want)
		}
		if err := Replay(t.Context(), file, outputs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %s", log, err, want)
		}
	}
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errors.New("stopped"))
	if err := FromJSONL(stopped, strings.NewReader(begin(1, 0))); err == nil || err.Error() != "stopped" {
		t.Errorf("after its context has ended: %v", err)
	}
}

// The terminal gets no control sequence from a guest.
func TestPlainHostile(t *testing.T) {
	for _, ci := range []CI{CINone, CIGitHub, CIGitLab} {
		var b bytes.Buffer
		hostileRun(t, NewPlain(&b, PlainOptions{Serial: true, CI: ci}))
		for _, l := range strings.Split(b.String(), "\n") {
			if strings.HasPrefix(l, "\x1b[0Ksection_") {
				continue // ours
			}
			if i := strings.IndexFunc(l, func(r rune) bool { return r < 0x20 || r == 0x7f || unsafeRune(r) }); i >= 0 {
				t.Errorf("%s: %q can harm a terminal", ci, l)
			}
			if strings.HasPrefix(l, "forged:") {
				t.Errorf("%s: a guest's line passes for the driver's: %q", ci, l)
			}
		}
		if ci == CIGitHub {
			on := false
			token := ""
			for i, l := range strings.Split(b.String(), "\n") {
				if i == 0 {
					token = strings.TrimPrefix(l, "::stop-commands::")
				}
				switch l {
				case "::stop-commands::" + token:
					on = false
				case "::" + token + "::":
					on = true
				}
				if on && strings.HasPrefix(l, "::set-env") {
					t.Errorf("a guest's workflow command is in force: %q", l)
				}
			}
		}
	}
}

func BenchmarkSinks(b *testing.B) {
	for _, name := range []string{"json", "xml"} {
		b.Run(name, func(b *testing.B) {
			var s Sink
			var err error
			path := filepath.Join(b.TempDir(), "log")
			if name == "json" {
				s, err = CreateJSONLines(path)
			} else {
				s, err = NewXML(path)
			}
			if err != nil {
				b.Fatal(err)
			}
			l := NewLog(nil, s)
			for i := range b.N {
				l.Emit(b.Context(), Event{Kind: Serial, Machine: "server", Text: fmt.Sprintf("[%10d] systemd: Started something", i)})
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
