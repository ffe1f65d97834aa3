package repl

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/muesli/cancelreader"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// The terminal has this number of ticks to answer a question. If the machine stands still, that time counts as one tick.
const (
	answerTicks = 10
	answerTick  = 100 * time.Millisecond
)

// query asks the terminal a question. answer removes the answer from the input; the rest is input that the user has
// typed. ok reports whether the answer came.
func query(out io.Writer, question string, answer func(input string) (rest string, done bool)) (typed string, ok bool) {
	err := raw(func() error {
		in, err := cancelreader.NewReader(os.Stdin)
		if err != nil {
			return err
		}
		defer in.Close()
		answered := make(chan struct{})
		var limit sync.WaitGroup
		limit.Go(func() {
			tick := time.NewTicker(answerTick)
			defer tick.Stop()
			for range answerTicks {
				select {
				case <-tick.C:
				case <-answered:
					return
				}
			}
			in.Cancel()
		})
		defer limit.Wait()
		defer close(answered)
		if _, err := io.WriteString(out, question); err != nil {
			return err
		}
		for buf := make([]byte, 256); !ok; {
			n, err := in.Read(buf)
			if err != nil {
				return err
			}
			typed, ok = answer(typed + string(buf[:n]))
		}
		return nil
	})
	return typed, ok && err == nil
}

// cursorPosition matches the answer to the question where the cursor is.
var cursorPosition = lazyre.Compile(`\x1b\[[0-9]+;[0-9]+R`)

// tellsCursor reports whether the terminal answers where the cursor is.
func tellsCursor(out io.Writer) (typed string, ok bool) {
	return query(out, ansi.ReportCursor, func(input string) (string, bool) {
		at := cursorPosition().FindStringIndex(input)
		if at == nil {
			return input, false
		}
		return input[:at[0]] + input[at[1]:], true
	})
}
