package web

import (
	"context"
	"sync"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// terminal is a root shell or a serial console that a page shows. A page has one at a time.
type terminal struct {
	in    chan order // what is typed, and sizes
	end   context.CancelFunc
	tasks sync.WaitGroup
}

// close ends it.
func (t *terminal) close() {
	if t != nil {
		t.end()
		t.tasks.Wait()
	}
}

// terminalMark begins the messages with what a terminal prints; those of pictures begin with the length of a name.
const terminalMark = 0

// mostTyping is how many messages with what was typed may wait for the guest.
const mostTyping = 256

// terminal opens a root shell or, for the kind "console", the serial console.
func (c *client) terminal(ctx context.Context, m *machine.Machine, o order) *terminal {
	tctx, cancel := context.WithCancel(ctx)
	t := &terminal{in: make(chan order, mostTyping), end: cancel}
	use, what := c.shell, "a root shell"
	if o.Kind == "console" {
		use, what = c.console, "the serial console"
	}
	t.tasks.Go(func() {
		defer cancel()
		_, span := c.s.log.Load().Begin(context.Background(), report.Entry{
			Action: report.ActionInput, Machine: m.Name(), Text: "by hand in the browser: " + what, Attrs: map[string]string{"by": "hand"},
		})
		err := use(tctx, m, o, t.in)
		span.End(nil)
		if tctx.Err() == nil {
			text := what + " has ended"
			if err != nil {
				text = err.Error()
			}
			c.problem(ctx, text)
		}
	})
	return t
}

// print shows what a terminal prints.
func (c *client) print(ctx context.Context, b []byte) bool {
	return c.write1(ctx, websocket.MessageBinary, append([]byte{terminalMark}, b...))
}

// shell connects the page with a shell of root's.
func (c *client) shell(ctx context.Context, m *machine.Machine, o order, in <-chan order) error {
	size := machine.TerminalOptions{Term: "xterm-256color", Columns: max(2, min(o.Columns, 500)), Rows: max(2, min(o.Rows, 300))}
	return m.WithTerminal(ctx, size, func(ctx context.Context, t machine.Terminal) error {
		ctx, cancel := context.WithCancel(ctx)
		var typing sync.WaitGroup
		defer typing.Wait()
		defer cancel()
		defer context.AfterFunc(ctx, t.StopReading)()
		typing.Go(func() {
			for {
				var err error
				select {
				case <-ctx.Done():
					return
				case o := <-in:
					if o.Do == "resize" {
						err = t.Resize(ctx, max(2, min(o.Columns, 500)), max(2, min(o.Rows, 300)))
					} else {
						_, err = t.Write([]byte(o.Text))
					}
				}
				if err != nil {
					return // what is read says why
				}
			}
		})
		buf := make([]byte, 16<<10)
		for {
			n, err := t.Read(buf)
			if n > 0 && !c.print(ctx, buf[:n]) || err != nil {
				return nil
			}
		}
	})
}

// mostPrinted is how much a console may print that the page has not got yet, in bytes. What is older is left out.
const mostPrinted = 256 << 10

// tap takes what a console prints, and never waits.
type tap struct {
	mu   sync.Mutex
	text []byte
	news chan struct{}
}

// Write takes a part.
func (t *tap) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if n := len(t.text); n > mostPrinted {
		t.text = append([]byte(nil), t.text[n-mostPrinted/2:]...)
	}
	select {
	case t.news <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (t *tap) take() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.text
	t.text = nil
	return b
}

// console connects the page with the serial console.
func (c *client) console(ctx context.Context, m *machine.Machine, _ order, in <-chan order) error {
	t := &tap{news: make(chan struct{}, 1)}
	return m.WithConsole(ctx, t, func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-t.news:
				if !c.print(ctx, t.take()) {
					return nil
				}
			case o := <-in:
				if o.Do == "resize" {
					continue
				}
				if err := m.SendConsole(ctx, o.Text); err != nil {
					return err
				}
			}
		}
	})
}
