package report

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// XML writes the run as the XML log that the NixOS test driver writes to LOGFILE: nested <nest> elements with a
// <head>, and <line> elements. The file is well-formed after every event, whatever a guest prints.
type XML struct {
	g     *growing
	stack []xmlNest
	open  entries
}

type xmlNest struct {
	entry uint64
	ended bool
}

// NewXML creates the file, or replaces it.
func NewXML(path string) (*XML, error) {
	g, err := createGrowing(path)
	if err != nil {
		return nil, fmt.Errorf("creating the XML log: %w", err)
	}
	x := &XML{g: g, open: entries{}}
	x.put("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<logfile>")
	if g.err != nil {
		return nil, fmt.Errorf("creating the XML log: %w", g.close())
	}
	return x, nil
}

// Handle writes an event.
func (x *XML) Handle(e Event) {
	switch e.Kind {
	case RunStart:
		x.line("", "", runHeading(e))
	case Begin:
		x.open.begin(e)
		x.stack = append(x.stack, xmlNest{entry: e.Entry})
		x.put("<nest><head" + xmlAttr("machine", e.Machine) + xmlAttrs(e) + ">" + xmlText(headText(e)) + "</head>")
	case End:
		x.end(e)
	case Message:
		x.put("<line" + xmlAttr("machine", e.Machine) + xmlAttrs(e) + ">" + xmlText(e.Text) + "</line>")
	case Serial:
		x.g.writeSerial(e.Machine, xmlLine("serial", e.Machine, e.Text), x.ending())
	case Screenshot:
		x.line("", e.Machine, "screenshot: "+e.Path)
	case Artifact:
		x.line("", e.Machine, e.Text+": "+e.Path)
	case Failure:
		if e.Failure != nil {
			x.line("", "", strings.Join(failureLines(e.Failure, e.Failure.Paths, palette{}), "\n"))
		}
	case RunEnd:
		s := summary{run: e, ended: true}
		text, _ := runEnding(&s, palette{})
		x.line("", "", text)
	case Progress, State, Fault:
	}
}

// headText returns the heading without the machine, which is an attribute.
func headText(e Event) string {
	e.Machine = ""
	return heading(e)
}

// end closes the element of an entry. Entries that run at the same time may end in a different order than they
// began; an element is closed when all entries inside it have ended.
func (x *XML) end(e Event) {
	b := x.open.end(e)
	if b == nil {
		return
	}
	text := fmt.Sprintf("(%s: %s, in %.2f seconds)", ended(e.Status), headText(*b), e.Duration.Seconds())
	if e.Error != "" {
		text += "\n" + e.Error
	}
	out := "<line" + xmlAttr("machine", b.Machine) + ">" + xmlText(text) + "</line>"
	for i := range x.stack {
		if x.stack[i].entry == e.Entry {
			x.stack[i].ended = true
		}
	}
	for n := len(x.stack); n > 0 && x.stack[n-1].ended; n-- {
		x.stack = x.stack[:n-1]
		out += "</nest>"
	}
	x.put(out)
}

func (x *XML) line(typ, machine, text string) {
	x.put(xmlLine(typ, machine, text))
}

func xmlLine(typ, machine, text string) string {
	return "<line" + xmlAttr("type", typ) + xmlAttr("machine", machine) + ">" + xmlText(text) + "</line>"
}

func (x *XML) put(content string) { x.g.write(content, x.ending()) }

func (x *XML) ending() string { return strings.Repeat("</nest>", len(x.stack)) + "</logfile>\n" }

// LimitSerial bounds the bytes that the file has of each machine's serial lines: the first and the last ones are kept. It
// has no effect on a file that can't be replaced, such as a pipe.
func (x *XML) LimitSerial(most int64) {
	x.g.serial = serialLimit{most: most, note: func(_ []byte, machine string, n int) []byte {
		return []byte(xmlLine("serial", machine, leftOutNote(n)))
	}}
}

// Close ends the document.
func (x *XML) Close() error { return x.g.close() }

func xmlAttr(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + `="` + xmlText(Clean(value)) + `"`
}

// xmlAttrs returns the further attributes of an entry or a message whose names XML allows.
func xmlAttrs(e Event) string {
	out := ""
	for _, name := range slices.Sorted(maps.Keys(e.Attrs)) {
		if xmlName().MatchString(name) && name != "machine" {
			out += xmlAttr(name, e.Attrs[name])
		}
	}
	return out
}

var xmlName = lazyre.Compile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// xmlText escapes text of a guest for XML: Clean removes the characters that XML 1.0 can't hold.
func xmlText(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(CleanLines(s))); err != nil {
		return "" // a strings.Builder accepts everything
	}
	// A line break in text is readable unescaped; attributes have none.
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}
