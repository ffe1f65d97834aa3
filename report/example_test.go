package report_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// An entry of the log with a message in it, as lines. The clock of a program is nil, which is time.Now.
func Example() {
	clock := func() time.Time { return time.Date(2026, time.March, 14, 15, 9, 26, 0, time.UTC) }
	l := report.NewLog(clock, report.NewPlain(os.Stdout, report.PlainOptions{}))
	ctx, span := l.Begin(context.Background(), report.Entry{Action: report.ActionNested, Text: "the client is served"})
	l.Logf(ctx, report.Warning, "the certificate is %d years old", 9)
	span.End(nil)
	if err := l.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// the client is served
	// warning: the certificate is 9 years old
	// (finished: the client is served, in 0.00 seconds)
}

// failures is a sink: it keeps the errors of what has failed.
type failures []string

func (f *failures) Handle(e report.Event) {
	if e.Kind == report.End && e.Status == report.Failed {
		*f = append(*f, e.Error)
	}
}

func (f *failures) Close() error { return nil }

func ExampleSink() {
	var failed failures
	l := report.NewLog(nil, &failed)
	for _, err := range []error{nil, errors.New("no route to host")} {
		_, span := l.Begin(context.Background(), report.Entry{Action: report.ActionSubtest, Text: "ping"})
		span.End(err)
	}
	if err := l.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(failed)
	// Output: [no route to host]
}

// A JSON log of an earlier run, as lines.
func ExampleFromJSONL() {
	events := `{"seq":1,"time":"2026-03-14T15:09:26Z","kind":"run-start","text":"boot"}
{"seq":2,"time":"2026-03-14T15:09:27Z","kind":"serial","machine":"server","text":"login:"}
`
	plain := report.NewPlain(os.Stdout, report.PlainOptions{Serial: true})
	if err := report.FromJSONL(context.Background(), strings.NewReader(events), plain); err != nil {
		log.Fatal(err)
	}
	// Output:
	// test: boot
	// server # login:
}
