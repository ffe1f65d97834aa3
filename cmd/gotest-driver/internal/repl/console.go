package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/interrupt"
	"github.com/gotest-driver/gotest-driver/internal/termimage"
)

// ErrInterrupt is the error of Editor.Read when Ctrl-C was pressed at the prompt.
var ErrInterrupt = errors.New("interrupted at the prompt")

// errCancelled is the cause with which Ctrl-C ends a call.
var errCancelled = errors.New("interrupted (Ctrl-C)")

// Editor reads what the user types.
type Editor interface {
	// Read returns the next statement. The error is ErrInterrupt, io.EOF, or that of the input or the context.
	Read(ctx context.Context, prompt string, complete Completer) (string, error)
}

// Completer proposes replacements for the last word of a text. pos counts bytes.
type Completer func(text string, pos int) Proposals

// Proposals are the completions at a place of the input.
type Proposals struct {
	Prefix string // the typed part of the word
	Hint   string // the signature of the enclosing call
	Items  []Proposal
}

// Proposal is a completion.
type Proposal struct {
	Text string // replaces the prefix
	Doc  string // signature and the first line of the documentation
	Kind string // the heading under which it is listed
}

// View is a display of the machines while calls run: report.Live.
type View interface {
	Pause()
	Resume()
}

// Console is the user's side of an interactive session.
type Console struct {
	Editor      Editor
	Out         io.Writer
	Color       bool
	Interactive bool // a user types; otherwise statements are read from a pipe
	View        View // paused while the user types; may be nil
	// Interrupt, if set, lets the user end a call (with cancel) until over is called; otherwise Ctrl-C does, if Interactive.
	Interrupt func(cancel func()) (over func())

	mu   sync.Mutex
	busy int

	pictures pictures
	once     sync.Once // for asking the terminal how it shows pictures
	shows    termimage.Protocol
}

// Println writes a line, also while a call runs.
func (c *Console) Println(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy > 0 && c.View != nil {
		c.View.Pause()
		defer c.View.Resume()
	}
	fmt.Fprintln(c.Out, text)
}

// Paragraphs writes text for a user: no line is wider than the terminal.
func (c *Console) Paragraphs(text string) {
	if c.Interactive {
		columns, _ := size()
		text = wrap(text, min(columns, 120))
	}
	c.Println(text)
}

// Busy calls fn with the view shown; Ctrl-C ends only the context of fn.
func (c *Console) Busy(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	switch end := func() { cancel(errCancelled) }; {
	case c.Interrupt != nil:
		defer c.Interrupt(end)()
	case c.Interactive:
		defer interrupt.Take(ctx, end)()
	}
	c.show(1)
	defer c.show(-1)
	return fn(ctx)
}

// Running calls fn with the view shown; Ctrl-C works as without a session.
func (c *Console) Running(fn func() error) error {
	c.show(1)
	defer c.show(-1)
	return fn()
}

// Quiet calls fn, which uses the terminal itself, with the view paused.
func (c *Console) Quiet(fn func() error) error {
	c.mu.Lock()
	busy := c.busy
	c.busy = 0
	if busy > 0 && c.View != nil {
		c.View.Pause()
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.busy = busy
		if busy > 0 && c.View != nil {
			c.View.Resume()
		}
	}()
	return fn()
}

func (c *Console) show(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy += by
	if c.View == nil {
		return
	}
	switch {
	case by > 0 && c.busy == 1:
		c.View.Resume()
	case c.busy == 0:
		c.View.Pause()
	}
}

// Pipe is the Editor for statements from a pipe. It shows no prompts.
type Pipe struct{ in *statements }

// NewPipe returns an Editor that reads statements from r. If r can't be cancelled, a read that the context ends stays
// behind.
func NewPipe(r io.Reader) *Pipe { return &Pipe{in: newStatements(bufio.NewReader(r))} }

// Read returns the next statement.
func (p *Pipe) Read(ctx context.Context, _ string, _ Completer) (string, error) {
	text, err := p.in.read()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return strings.TrimRight(text, "\n"), err
}
