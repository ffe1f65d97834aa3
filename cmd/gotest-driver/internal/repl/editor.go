package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/reeflective/readline"
	"github.com/reeflective/readline/inputrc"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// Terminal is the Editor for a user at the process's terminal: line editing (with the user's inputrc), history,
// completion. It reads standard input and writes standard output.
type Terminal struct {
	shell *readline.Shell
	color bool
	// blind reports whether the terminal does not answer where the cursor is.
	blind bool
}

// NewTerminal returns the editor. history is the history file, in an existing directory; empty keeps it in memory.
func NewTerminal(history string, color bool) (*Terminal, error) {
	t := &Terminal{shell: readline.NewShell(inputrc.WithApp("gotest-driver")), color: color}
	typed, ok := tellsCursor(os.Stdout)
	t.Feed(typed)
	t.blind = !ok
	for name, value := range map[string]any{
		// A terminal that does not answer where the cursor is would block the prompt.
		"cursor-position-probe": !t.blind,
		"history-autosuggest":   false,
		"multiline-column":      false,
		"usage-hint-always":     true,
		// Tab shows the list before it inserts the first completion.
		"menu-complete-display-prefix": true,
		// Letters from U+0080 to U+00FF are what they are, and not keys with Alt: those come with an escape.
		"convert-meta": false,
		"input-meta":   true,
		"output-meta":  true,
	} {
		if err := t.shell.Config.Set(name, value); err != nil {
			return nil, err
		}
	}
	for _, keymap := range []string{"emacs", "emacs-standard", "vi-insert"} {
		if err := t.shell.Config.Bind(keymap, "\t", "menu-complete", false); err != nil {
			return nil, err
		}
	}
	t.shell.AcceptMultiline = func(line []rune) bool { return Complete(string(line)) }
	if color {
		t.shell.SyntaxHighlighter = func(line []rune) string { return Highlight(string(line)) }
	}
	if history != "" {
		t.shell.History.AddFromFile("history", history)
	}
	return t, nil
}

// Read lets the user edit a statement.
func (t *Terminal) Read(ctx context.Context, prompt string, complete Completer) (string, error) {
	more := continued(prompt)
	if t.color {
		more = dim(more)
		prompt = bold(prompt)
	}
	t.shell.Prompt.Primary(func() string { return prompt })
	t.shell.Prompt.Secondary(func() string { return more })
	t.shell.Completer = func(line []rune, cursor int) readline.Completions { return completions(complete, line, cursor) }
	stop := context.AfterFunc(ctx, func() {
		// Ctrl-C is the only way to end a read.
		t.shell.Keys.Feed(false, '\x03')
		t.shell.Keys.RequestRefresh()
	})
	defer stop()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if t.blind {
		// The editor erases the rows below the prompt, and at the bottom of the window the prompt itself: make a row there.
		fmt.Fprint(os.Stdout, "\n"+ansi.CursorUp(1))
	}
	text, err := t.shell.Readline()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, readline.ErrInterrupt):
		return "", ErrInterrupt
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	}
	return text, err
}

// Feed gives the editor input that was typed while it did not read.
func (t *Terminal) Feed(typed string) { t.shell.Keys.Feed(false, []rune(typed)...) }

func completions(complete Completer, line []rune, cursor int) readline.Completions {
	if complete == nil {
		return readline.Completions{}
	}
	p := complete(string(line), len(string(line[:cursor])))
	prefix, before := p.Prefix, ""
	if prefix == "" {
		// For the library an empty prefix means the whole word, between blanks: pass this word.
		head := string(line[:cursor])
		before = head[strings.LastIndexAny(head, " \t\n")+1:]
		prefix = before
	}
	items := make([]readline.Completion, len(p.Items))
	for i, it := range p.Items {
		items[i] = readline.Completion{Value: before + it.Text, Display: it.Text, Description: it.Doc, Tag: it.Kind}
	}
	c := readline.CompleteRaw(items).NoSpace()
	if p.Hint != "" {
		c = c.Usage("%s", p.Hint)
	}
	c.PREFIX = prefix
	return c
}

// IsTerminal reports whether a file is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(f.Fd()) }
