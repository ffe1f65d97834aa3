package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serialLines collects the serial lines of a machine and counts the other events.
type serialLines struct {
	lines  map[string][]string
	others int
}

func (s *serialLines) Handle(e Event) {
	if e.Kind == Serial {
		s.lines[e.Machine] = append(s.lines[e.Machine], e.Text)
	} else {
		s.others++
	}
}
func (s *serialLines) Close() error { return nil }

// flood writes a run in which the machine a prints without end, and b little. check is called after each hundred lines.
func flood(sink Sink, check func()) (last int) {
	seq := uint64(0)
	handle := func(e Event) { seq++; e.Seq = seq; sink.Handle(e) }
	handle(Event{Kind: RunStart, Text: "flood"})
	for n := range 20_000 {
		handle(Event{Kind: Serial, Machine: "a", Text: fmt.Sprintf("a %d", n)})
		if n%1000 == 0 {
			handle(Event{Kind: Begin, Entry: uint64(n + 1), Text: "entry"})
			handle(Event{Kind: Serial, Machine: "b", Text: fmt.Sprintf("b %d", n)})
			handle(Event{Kind: End, Entry: uint64(n + 1)})
		}
		if n%100 == 0 {
			check()
		}
		last = n
	}
	handle(Event{Kind: RunEnd, Status: Passed})
	return last
}

// checkKept checks the lines that a log has kept of the flood.
func checkKept(t *testing.T, got map[string][]string, last int) {
	t.Helper()
	if len(got["b"]) != 20 {
		t.Errorf("of the quiet machine there are %d lines: %q", len(got["b"]), got["b"])
	}
	a := got["a"]
	notes, before, after := 0, 0, 0
	var left int
	for i, l := range a {
		switch {
		case strings.Contains(l, "lines are left out here"):
			notes++
			fmt.Sscanf(l, "[… %d lines", &left)
		case notes == 0:
			if before++; l != fmt.Sprintf("a %d", i) {
				t.Fatalf("line %d is %q", i, l)
			}
		default:
			if after++; l != fmt.Sprintf("a %d", last+1-len(a)+i) {
				t.Fatalf("line %d of %d is %q", i, len(a), l)
			}
		}
	}
	if notes != 1 || before+left+after != last+1 || before < 100 || after < 100 {
		t.Errorf("%d lines, %d left out, %d lines, of %d; %d notes", before, left, after, last+1, notes)
	}
}

func TestJSONLogIsBounded(t *testing.T) {
	const most = 64 << 10
	path := filepath.Join(t.TempDir(), "log.jsonl")
	j, err := CreateJSONLines(path)
	if err != nil {
		t.Fatal(err)
	}
	j.LimitSerial(most)
	read := func() *serialLines {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > most+20_000 {
			t.Fatalf("the file has %d bytes", len(b))
		}
		s := &serialLines{lines: map[string][]string{}}
		if err := FromJSONL(t.Context(), bytes.NewReader(b), s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	last := flood(j, func() { read() })
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	s := read()
	checkKept(t, s.lines, last)
	if s.others != 42 {
		t.Errorf("%d other events of 42", s.others)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("files: %v, %v", entries, err)
	}
}

func TestXMLLogIsBounded(t *testing.T) {
	const most = 64 << 10
	path := filepath.Join(t.TempDir(), "log.xml")
	x, err := NewXML(path)
	if err != nil {
		t.Fatal(err)
	}
	x.LimitSerial(most)
	read := func() map[string][]string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > most+20_000 {
			t.Fatalf("the file has %d bytes", len(b))
		}
		got := map[string][]string{}
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return got
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "line" && len(e.Attr) == 2 {
				var text string
				if err := d.DecodeElement(&text, &e); err != nil {
					t.Fatal(err)
				}
				got[e.Attr[1].Value] = append(got[e.Attr[1].Value], text)
			}
		}
	}
	last := flood(x, func() { read() })
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	checkKept(t, read(), last)
}
