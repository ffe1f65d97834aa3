package report

import (
	"fmt"
	"time"
)

// Viewer is the part of the HTML report that shows a log, for a page that shows it while the run goes on.
type Viewer struct {
	Script string // a JavaScript module that exports log
	Style  string
	Markup string // what Script draws into
}

// NewViewer returns the parts.
func NewViewer() (v Viewer, err error) {
	read := func(name string) string {
		b, e := htmlFiles.ReadFile("html/" + name)
		if e != nil {
			err = e
		}
		return string(b)
	}
	v = Viewer{Script: htmlProgram(read) + read("live.js"), Style: read("report.css"), Markup: read("log.html")}
	return v, err
}

// LiveRows is a sink that makes the rows which a [Viewer] shows.
type LiveRows struct {
	start  time.Time
	add    func(row []byte)
	images func(path string) int
}

// NewLiveRows returns a sink that calls add for each row, which is JSON. Times count from start. images returns the
// number by which the viewer asks for a screenshot.
func NewLiveRows(start time.Time, add func(row []byte), images func(path string) int) *LiveRows {
	return &LiveRows{start: start, add: add, images: images}
}

// Handle takes an event.
func (l *LiveRows) Handle(e Event) {
	kind, fields := rowFields(e, l.images)
	if fields == nil {
		return
	}
	if b, err := encodeRow(e.Time.Sub(l.start), kind, e.Seq, fields); err == nil { // texts and numbers always can be
		l.add(b[:len(b)-1])
	}
}

// Close does nothing.
func (l *LiveRows) Close() error { return nil }

// LeftRow returns a row that says how many rows before it are not there any more.
func (l *LiveRows) LeftRow(n int) []byte {
	b, _ := encodeRow(0, rowLeft, 0, []any{fmt.Sprintf("%d older lines are not shown here; the reports have them", n)})
	return b[:len(b)-1]
}
