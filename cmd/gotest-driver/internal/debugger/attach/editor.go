package attach

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
)

// The socket carries text, so that any client works (socat, nc). Our client gets additional information by characters that
// terminals ignore and that are used for nothing else: prompts are between two NULs. It sends a statement of several
// lines in one line, with vertical tabs, and Ctrl-C as the character.
const (
	promptMark = "\x00"
	lineMark   = "\v"
	ctrlC      = 0x03
)

// editor is the input of an attached client. It implements repl.Editor.
type editor struct {
	conn  net.Conn
	lines chan string // closed when the client has ended
	read  sync.WaitGroup
	done  chan struct{}
	unctx func() bool

	mu        sync.Mutex
	interrupt func() // ends the current call
	eof       bool
}

func newEditor(ctx context.Context, conn net.Conn) *editor {
	e := &editor{conn: conn, lines: make(chan string), done: make(chan struct{})}
	e.unctx = context.AfterFunc(ctx, func() { _ = conn.Close() })
	e.read.Go(e.receive)
	return e
}

// receive reads lines; Ctrl-C ends the current call at once.
func (e *editor) receive() {
	defer close(e.lines)
	in := bufio.NewReader(e.conn)
	var line []byte
	for {
		b, err := in.ReadByte()
		switch {
		case err != nil:
			e.end()
			return
		case b == ctrlC:
			e.mu.Lock()
			if e.interrupt != nil {
				e.interrupt()
			}
			e.mu.Unlock()
			line = nil
		case b == '\n':
			select {
			case e.lines <- strings.TrimRight(string(line), "\r"):
			case <-e.done:
				return
			}
			line = nil
		default:
			line = append(line, b)
		}
	}
}

// end notes that the client has ended, and ends the current call.
func (e *editor) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.eof = true
	if e.interrupt != nil {
		e.interrupt()
	}
}

// Read returns the next statement.
func (e *editor) Read(ctx context.Context, prompt string, _ repl.Completer) (string, error) {
	var text []string
	for {
		if _, err := io.WriteString(e.conn, promptMark+prompt+promptMark); err != nil {
			e.end() // it may not have been read yet
			return "", io.EOF
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case l, ok := <-e.lines:
			if !ok {
				if ctx.Err() != nil {
					return "", context.Cause(ctx)
				}
				return "", io.EOF
			}
			if strings.Contains(l, lineMark) {
				return strings.ReplaceAll(l, lineMark, "\n"), nil
			}
			text = append(text, l)
		}
		if all := strings.Join(text, "\n"); repl.Complete(all) {
			return all, nil
		}
		prompt = strings.Repeat(".", len(strings.TrimSpace(prompt))) + " "
	}
}

// console returns the debugger's console at the client.
func (e *editor) console() *repl.Console {
	return &repl.Console{Editor: e, Out: e.conn, Interrupt: func(cancel func()) (over func()) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.interrupt = cancel
		return func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.interrupt = nil
		}
	}}
}

// gone reports whether the client has ended.
func (e *editor) gone() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.eof
}

func (e *editor) close() {
	e.unctx()
	close(e.done)
	_ = e.conn.Close()
	e.read.Wait()
}
