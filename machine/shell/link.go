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
	readBlocks = 16 // blocks that may wait for the reader of the link

	writeSize = 64 << 10
)

// link is a connection to the guest. One goroutine only reads, so that a slow reader of output does not block QEMU as long
// as there is room. Another one only writes, so that the sender can go on reading: a guest that does not read because
// nobody reads its output causes no deadlock.
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

// fail closes the link for the given reason; the first reason counts.
func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		close(l.closed)
	}
}

// reason returns why the link was closed.
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

// send queues a message.
func (l *link) send(message string) {
	l.mu.Lock()
	l.out = append(l.out, []byte(message))
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// flush discards the queued messages, because their receiver has ended.
func (l *link) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = nil
	l.flushes++
	// A connection without deadlines does not block.
	_ = l.conn.SetWriteDeadline(time.Unix(1, 0))
}

// next returns the next message, and how often the link was flushed before.
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
