package web

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// order is a message of the page.
type order struct {
	Do      string  `json:"do"`
	Machine string  `json:"machine"`
	Hidden  bool    `json:"hidden"`
	Key     string  `json:"key"`
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	Button  string  `json:"button"`
	Down    bool    `json:"down"`
	Kind    string  `json:"kind"` // of a terminal: "console", or a shell
	Text    string  `json:"text"` // what is typed at it
	Columns int     `json:"columns"`
	Rows    int     `json:"rows"`
}

// mostOrders is how many orders may wait for a machine.
const mostOrders = 256

// read takes what the page says until the connection ends.
func (c *client) read(ctx context.Context, orders chan<- order) {
	for {
		kind, b, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var o order
		switch err := json.Unmarshal(b, &o); {
		case kind != websocket.MessageText || err != nil:
			_ = c.conn.Close(websocket.StatusUnsupportedData, "not an order")
			return
		case o.Do == "look": // what the page shows
			c.mu.Lock()
			c.hidden, c.open = o.Hidden, o.Machine
			c.mu.Unlock()
			c.s.watch.wake()
			c.poke()
		case c.s.view:
			c.s.complain("refused an order of a page that may only look: " + o.Do)
			c.problem(ctx, "this page may only look")
		default:
			select {
			case orders <- o:
			default:
				c.problem(ctx, "the machine does not keep up: what you did last is lost")
			}
		}
	}
}

// problem tells the page what can't be done.
func (c *client) problem(ctx context.Context, text string) {
	c.send(ctx, map[string]any{"problem": report.Clean(shorten(text))})
}

// handIdle is the time after which typing counts as one entry of the log.
const handIdle = time.Second

// obey carries out orders, one after the other, and logs what was done by hand.
func (c *client) obey(ctx context.Context, orders <-chan order) {
	hand := hand{s: c.s}
	idle := time.NewTimer(handIdle)
	defer idle.Stop()
	defer hand.flush()
	defer func() { hand.terminal.close() }()
	for {
		select {
		case o, ok := <-orders:
			if !ok {
				return
			}
			if err := c.do(ctx, &hand, o); err != nil && ctx.Err() == nil {
				c.problem(ctx, err.Error())
			}
			idle.Reset(handIdle)
		case <-idle.C:
			hand.flush()
		}
	}
}

// do carries out an order. It starts no machine.
func (c *client) do(ctx context.Context, by *hand, o order) error {
	if o.Do == "hangup" {
		by.terminal.close()
		by.terminal = nil
		return nil
	}
	m := c.s.machine(o.Machine)
	if m == nil || !m.Booted() {
		return fmt.Errorf("%s does not run", o.Machine)
	}
	defer c.s.watch.did(m)
	switch o.Do {
	case "terminal":
		by.terminal.close()
		by.terminal = c.terminal(ctx, m, o)
	case "type", "resize":
		if by.terminal == nil {
			return fmt.Errorf("there is no terminal")
		}
		select {
		case by.terminal.in <- o:
		default:
			return fmt.Errorf("%s does not read what is typed", o.Machine)
		}
	case "key":
		if err := m.SendKey(ctx, o.Key, machine.KeyOptions{Quiet: true}); err != nil {
			return err
		}
		by.typed(m.Name(), o.Key)
	case "pointer":
		if err := m.Pointer(ctx, o.X, o.Y, o.Button, o.Down); err != nil {
			return err
		}
		if o.Down {
			by.did(m.Name(), fmt.Sprintf("%s at %.1f %% from the left, %.1f %% from the top", o.Button, 100*o.X, 100*o.Y))
		}
	default:
		return fmt.Errorf("there is no order %q", o.Do)
	}
	return nil
}

// machine returns a machine by the name that pages know it by, nil if there is none.
func (s *Server) machine(name string) *machine.Machine {
	if d := s.driver.Load(); d != nil {
		for _, m := range d.Machines() {
			if report.Clean(m.Name()) == name {
				return m
			}
		}
	}
	return nil
}

// did makes the screen of a machine be looked at soon.
func (w *watch) did(m *machine.Machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.screens[m]; s != nil {
		s.poke()
	}
}

// hand logs what a person does in the browser: keys that follow each other are one entry.
type hand struct {
	s       *Server
	machine string
	keys    strings.Builder

	terminal *terminal // nil: none was opened
}

// mostTyped is the longest text of one entry, in bytes.
const mostTyped = 200

// typed notes a key.
func (h *hand) typed(machine, key string) {
	if machine != h.machine || h.keys.Len() > mostTyped {
		h.flush()
	}
	h.machine = machine
	switch {
	case len([]rune(key)) == 1:
		h.keys.WriteString(key)
	case key == "spc":
		h.keys.WriteByte(' ')
	default:
		h.keys.WriteString("<" + key + ">")
	}
	if key == "ret" {
		h.flush()
	}
}

// did notes something else.
func (h *hand) did(machine, what string) {
	h.flush()
	_, span := h.s.log.Load().Begin(context.Background(), report.Entry{
		Action: report.ActionInput, Machine: machine, Text: "by hand in the browser: " + what, Attrs: map[string]string{"by": "hand"},
	})
	span.End(nil)
}

// flush logs the keys that were typed.
func (h *hand) flush() {
	if h.keys.Len() == 0 {
		return
	}
	keys := h.keys.String()
	h.keys.Reset()
	h.did(h.machine, fmt.Sprintf("typed %q", keys))
}
