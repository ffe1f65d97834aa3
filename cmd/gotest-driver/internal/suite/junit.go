package suite

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/report"
)

type xmlSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Suite    xmlSuite `xml:"testsuite"`
}

type xmlSuite struct {
	Name      string    `xml:"name,attr"`
	Tests     int       `xml:"tests,attr"`
	Failures  int       `xml:"failures,attr"`
	Errors    int       `xml:"errors,attr"`
	Skipped   int       `xml:"skipped,attr"`
	Time      string    `xml:"time,attr"`
	Timestamp string    `xml:"timestamp,attr"`
	Cases     []xmlCase `xml:"testcase"`
}

type xmlCase struct {
	Name       string         `xml:"name,attr"`
	Class      string         `xml:"classname,attr"`
	File       string         `xml:"file,attr,omitempty"`
	Time       string         `xml:"time,attr"`
	Properties *xmlProperties `xml:"properties"`
	Failures   []xmlFailure
	Skipped    *xmlSkipped `xml:"skipped"`
	Output     string      `xml:"system-out,omitempty"`
}

type xmlProperties struct {
	List []xmlProperty `xml:"property"`
}

type xmlProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type xmlSkipped struct {
	Message string `xml:"message,attr"`
}

// xmlFailure is failure or error, or for further tries what Maven Surefire writes: rerunFailure and rerunError of a test that
// did not pass, flakyFailure and flakyError of one that did.
type xmlFailure struct {
	XMLName xml.Name
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`            // of failure and error
	Trace   string `xml:"stackTrace,omitempty"` // of the others
	Output  string `xml:"system-out,omitempty"`
}

// WriteJUnit writes the results of a suite as one JUnit report, a case for each test.
func WriteJUnit(file string, h Head, results []Result) error {
	s := xmlSuite{Name: report.Clean(h.Suite), Timestamp: h.Began.UTC().Format("2006-01-02T15:04:05")}
	total := 0.0
	for i := range results {
		c := caseOf(&results[i])
		total += results[i].Seconds()
		s.Tests++
		switch {
		case c.Skipped != nil:
			s.Skipped++
		case len(c.Failures) > 0 && c.Failures[0].XMLName.Local == "failure":
			s.Failures++
		case len(c.Failures) > 0 && c.Failures[0].XMLName.Local == "error":
			s.Errors++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = fmt.Sprintf("%.3f", total)
	all := xmlSuites{Name: s.Name, Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Skipped: s.Skipped, Time: s.Time, Suite: s}
	err := wholefile.Write(file, 0o644, func(w io.Writer) error {
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		e := xml.NewEncoder(w)
		e.Indent("", " ")
		if err := e.Encode(all); err != nil {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the JUnit report: %w", err)
	}
	return nil
}

// caseOf returns the case of a test.
func caseOf(r *Result) xmlCase {
	t := &r.Test
	script, rest := t.ID, ""
	if i := strings.IndexAny(t.ID, "[#"); i > 0 {
		script, rest = t.ID[:i], t.ID[i:]
	}
	if i := strings.Index(script, "::"); i > 0 {
		script, rest = script[:i], script[i:]+rest
	}
	c := xmlCase{Name: report.Clean(path.Base(script) + rest), Class: report.Clean(strings.ReplaceAll(strings.Trim(path.Dir(script), "/"), "/", "."))}
	if c.Class == "." {
		c.Class = report.Clean(path.Base(script))
	}
	c.File, c.Time = report.Clean(t.Script), fmt.Sprintf("%.3f", r.Last().Seconds)
	c.Properties = propertiesOf(r)
	bad := 0
	for i := range r.Tries {
		x := &r.Tries[i]
		if x.Status != report.Failed || x.Free {
			continue
		}
		kind := "failure"
		if x.Class != "test" && x.Class != "timeout" {
			kind = "error"
		}
		if upper := strings.ToUpper(kind[:1]) + kind[1:]; r.Status == report.Passed {
			kind = "flaky" + upper
		} else if bad > 0 {
			kind = "rerun" + upper
		}
		bad++
		line, _, _ := strings.Cut(x.Message, "\n")
		f := xmlFailure{XMLName: xml.Name{Local: kind}, Message: report.Clean(line), Type: x.Class}
		explained := report.CleanLines(x.Message)
		if x.Place != "" {
			explained += "\n  at " + report.Clean(x.Place)
		}
		if bad == 1 && r.Status != report.Passed {
			f.Text = explained + "\n\n" + report.CleanLines(x.Detail)
		} else {
			f.Trace, f.Output = explained, report.CleanLines(x.Detail)
		}
		c.Failures = append(c.Failures, f)
	}
	switch r.Status {
	case report.Skipped:
		reason := t.Skip
		if reason == "" {
			reason = r.Last().Message
		}
		c.Skipped = &xmlSkipped{report.Clean(reason)}
	case report.Interrupted:
		c.Failures = append([]xmlFailure{{XMLName: xml.Name{Local: "error"}, Message: "the run was interrupted", Type: "interrupted"}}, c.Failures...)
	}
	return c
}

func propertiesOf(r *Result) *xmlProperties {
	var p xmlProperties
	add := func(name, value string) {
		if value != "" {
			p.List = append(p.List, xmlProperty{name, report.Clean(value)})
		}
	}
	add("id", r.Test.ID)
	add("tags", strings.Join(r.Test.Tags, " "))
	for _, k := range slices.Sorted(maps.Keys(r.Test.Matrix)) {
		add("matrix."+k, r.Test.Matrix[k])
	}
	add("machines", strings.Join(r.Last().Machines, " "))
	if m := r.Last().Memory; m > 0 {
		add("memory", fmt.Sprint(m))
	}
	if n := len(r.Tries); n > 1 {
		add("tries", fmt.Sprint(n))
	}
	add("partition", r.Shard)
	if began := r.Last().Began; !began.IsZero() {
		add("began", began.UTC().Format(time.RFC3339))
	}
	return &p
}
