package shell

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	readSize   = 64 << 10
	readBlocks = 16 // blocks that may wait for whoever reads the link

	writeSize = 64 << 10
)

// link is one connection to the guest, with a goroutine that only reads, so that a slow reader of output does not stall
// QEMU as long as there is room, and one that only writes: whoever sends goes on reading, so that a guest that does not
// read because nobody reads what it has written is no deadlock.
type link struct {
	conn    net.Conn
	written atomic.Int64 // bytes so far

	in     chan []byte
	closed chan struct{} // closed when reading or writing has ended; err is set then
	stop   chan struct{}
	once   sync.Once
	wg     sync.WaitGroup

	mu      sync.Mutex
	err     error
	out     [][]byte      // messages that wait to be sent
	more    chan struct{} // has a token when there may be one
	flushes int
}

func newLink(conn net.Conn) *link {
	l := &link{conn: conn, in: make(chan []byte, readBlocks), closed: make(chan struct{}), stop: make(chan struct{}),
		more: make(chan struct{}, 1)}
	l.wg.Go(l.read)
	l.wg.Go(l.write)
	return l
}

// fail notes why the link can't be used any more.
func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		close(l.closed)
	}
}

// reason is why the link was closed.
func (l *link) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *link) read() {
	for {
		buf := make([]byte, readSize)
		n, err := l.conn.Read(buf)
		if n > 0 {
			if n < readSize/2 {
				buf = append([]byte(nil), buf[:n]...)
			}
			select {
			case l.in <- buf[:n]:
			case <-l.stop:
				l.fail(net.ErrClosed)
				return
			}
		}
		if err != nil {
			l.fail(err)
			return
		}
	}
}

func (l *link) close() {
	l.once.Do(func() {
		close(l.stop)
		l.conn.Close()
	})
	l.wg.Wait()
}

// send has a message sent after those that wait.
func (l *link) send(message string) {
	l.mu.Lock()
	l.out = append(l.out, []byte(message))
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// flush throws away what was sent and has not left this process: it was for somebody who has gone.
func (l *link) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = nil
	l.flushes++
	// A connection that can't have a deadline is not one that blocks.
	_ = l.conn.SetWriteDeadline(time.Unix(1, 0))
}

// next takes the next message, and how often the link was flushed before.
func (l *link) next() ([]byte, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.out) == 0 {
		return nil, 0
	}
	m := l.out[0]
	l.out = l.out[1:]
	return m, l.flushes
}

// flushed reports whether the link has been flushed since, and makes it write again.
func (l *link) flushed(since int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.conn.SetWriteDeadline(time.Time{})
	return l.flushes != since
}

// write sends message after message.
func (l *link) write() {
	for {
		m, flushes := l.next()
		if m == nil {
			select {
			case <-l.more:
				continue
			case <-l.stop:
				return
			}
		}
		for len(m) > 0 {
			n, err := l.conn.Write(m[:min(writeSize, len(m))])
			l.written.Add(int64(n))
			m = m[n:]
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded):
				if l.flushed(flushes) {
					m = nil
				}
			case err != nil:
				l.fail(err)
				return
			}
		}
	}
}
