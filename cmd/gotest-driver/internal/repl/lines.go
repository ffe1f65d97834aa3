package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/muesli/cancelreader"

	"github.com/gotest-driver/gotest-driver/internal/interrupt"
)

// Lines is the Editor for a user at a terminal that can't move its cursor (TERM=dumb, such as the shell in an editor's
// window): prompts and lines, without escape sequences.
type Lines struct {
	in  *os.File
	out io.Writer
}

// NewEditor returns the editor for the process's terminal: a Terminal, or Lines if the environment variable TERM, from
// getenv, names a terminal that can't move its cursor. history is the same as for NewTerminal; Lines have none.
func NewEditor(history string, color bool, getenv func(string) string) (Editor, error) {
	if t := getenv("TERM"); t == "" || t == "dumb" {
		return &Lines{in: os.Stdin, out: os.Stdout}, nil
	}
	return NewTerminal(history, color)
}

// Read returns the next statement.
func (e *Lines) Read(ctx context.Context, prompt string, _ Completer) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The terminal is not in raw mode: Ctrl-C is a signal.
	defer interrupt.Take(ctx, func() { cancel(ErrInterrupt) })()
	var text []string
	for {
		if _, err := io.WriteString(e.out, prompt); err != nil {
			return "", err
		}
		line, err := e.line(ctx)
		if cause := context.Cause(ctx); cause != nil {
			if errors.Is(cause, ErrInterrupt) {
				fmt.Fprintln(e.out)
			}
			return "", cause
		}
		if err != nil && line == "" {
			return "", err
		}
		text = append(text, line)
		if all := strings.Join(text, "\n"); Complete(all) {
			return strings.TrimRight(all, "\n"), nil
		}
		prompt = continued(prompt)
	}
}

// line reads a line without its end. A read from a terminal returns at most one line, so nothing of the next one is lost.
func (e *Lines) line(ctx context.Context) (string, error) {
	in, err := cancelreader.NewReader(e.in)
	if err != nil {
		return "", err
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Cancel() })()
	var line []byte
	for buf := make([]byte, 8192); ; {
		n, err := in.Read(buf)
		line = append(line, buf[:n]...)
		if err != nil || n > 0 && buf[n-1] == '\n' {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}

// continued returns the prompt for the next lines of a statement.
func continued(prompt string) string {
	return strings.Repeat(".", len(strings.TrimRight(prompt, " "))) + " "
}
