package web

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// client is one open page. It is told of what is there now: what it does not read in time is replaced by what is newer.
type client struct {
	s     *Server
	conn  *websocket.Conn
	news  chan struct{} // has an element when there is something new
	input sync.WaitGroup

	mu     sync.Mutex
	hidden bool   // nobody sees the page
	open   string // the machine that is shown large

	// What the page has been sent.
	row    int
	state  []byte
	screen map[string]uint64
}

// poke makes the client look for news.
func (c *client) poke() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

const (
	batch        = 50 * time.Millisecond // the time in which news are collected
	writeTimeout = time.Minute           // a page that reads nothing for so long is disconnected
	pingInterval = 30 * time.Second
)

// serve talks to a page until it goes or the run is over.
func (s *Server) serve(conn *websocket.Conn) {
	c := &client{s: s, conn: conn, news: make(chan struct{}, 1), screen: map[string]uint64{}}
	s.mu.Lock()
	full := len(s.clients) >= mostClients
	if !full {
		s.clients[c] = true
	}
	s.mu.Unlock()
	if full {
		_ = conn.Close(websocket.StatusTryAgainLater, "too many pages are open")
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer func() {
		cancel()
		s.mu.Lock()
		delete(s.clients, c)
		s.mu.Unlock()
		c.input.Wait()
		s.watch.wake()
	}()
	orders := make(chan order, mostOrders)
	c.input.Go(func() { defer cancel(); defer close(orders); c.read(ctx, orders) })
	c.input.Go(func() { c.obey(ctx, orders) })
	s.watch.wake()
	c.poke()
	if c.send(ctx, c.hello()) && c.write(ctx) {
		_ = conn.Close(websocket.StatusNormalClosure, "the run is over")
	}
}

// hello is the first message to the page.
func (c *client) hello() any {
	return map[string]any{"hello": map[string]any{
		"version": c.s.o.Version, "start": c.s.start.UnixMilli(), "view": c.s.view,
	}}
}

// write sends news until the connection ends, or all is sent and the run is over: then it returns true.
func (c *client) write(ctx context.Context) (over bool) {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ping.C:
			pctx, cancel := context.WithTimeout(ctx, pingInterval)
			err := c.conn.Ping(pctx)
			cancel()
			if err != nil {
				return false
			}
			continue
		case <-c.news:
		}
		c.s.mu.Lock()
		over = c.s.over
		c.s.mu.Unlock()
		if !c.sendNews(ctx) {
			return false
		}
		if over {
			return c.sendRows(ctx, true) && c.send(ctx, map[string]any{"over": true})
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(batch):
		}
	}
}

// sendNews sends what the page does not have. Between two large parts of the log it looks at the screens.
func (c *client) sendNews(ctx context.Context) bool {
	if !c.sendRows(ctx, false) {
		return false
	}
	c.mu.Lock()
	hidden := c.hidden
	c.mu.Unlock()
	if state := c.s.watch.state(); !bytes.Equal(state, c.state) {
		c.state = state
		if !c.write1(ctx, websocket.MessageText, state) {
			return false
		}
	}
	if hidden {
		return true
	}
	for _, p := range c.s.watch.pictures() {
		if p.number == c.screen[p.machine] {
			continue
		}
		c.screen[p.machine] = p.number
		if !c.write1(ctx, p.kind, p.message) {
			return false
		}
	}
	return true
}

// sendRows sends rows of the log, all or one message.
func (c *client) sendRows(ctx context.Context, all bool) bool {
	for {
		rows, next, anew := c.s.feed.after(c.row)
		if len(rows) == 0 {
			return true
		}
		if anew {
			rows = append([][]byte{c.s.rows.LeftRow(next - len(rows))}, rows...)
		}
		c.row = next
		raw := make([]json.RawMessage, len(rows))
		for i, r := range rows {
			raw[i] = r
		}
		if !c.send(ctx, map[string]any{"rows": raw, "anew": anew}) {
			return false
		}
		if !all {
			c.poke()
			return true
		}
	}
}

func (c *client) send(ctx context.Context, v any) bool {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	return enc.Encode(v) == nil && c.write1(ctx, websocket.MessageText, b.Bytes())
}

func (c *client) write1(ctx context.Context, kind websocket.MessageType, b []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return c.conn.Write(ctx, kind, b) == nil
}

// looking returns whether somebody sees the page, and the machine that it shows large.
func (c *client) looking() (seen bool, open string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.hidden, c.open
}
