package shell

import (
	"net"
	"sync"
	"sync/atomic"
)

const (
	readSize   = 64 << 10
	readBlocks = 16 // blocks that may wait for whoever reads the link

	writeSize     = 64 << 10
	writeMessages = 64 // messages that may wait to be sent
)

// link is one connection to the guest, with a goroutine that only reads, so that a slow writer of
// output does not stall QEMU as long as there is room, and one that only writes: whoever sends goes on reading, so
// that a guest that does not read because nobody reads what it has written is no deadlock.
type link struct {
	conn    net.Conn
	out     chan []byte
	written atomic.Int64 // bytes so far
	broken  func(error)  // is told that nothing can be sent any more

	in     chan []byte
	closed chan struct{} // closed when reading has ended; err is set then
	err    error
	stop   chan struct{}
	once   sync.Once
	wg     sync.WaitGroup
}

func newLink(conn net.Conn, broken func(error)) *link {
	l := &link{conn: conn, in: make(chan []byte, readBlocks), closed: make(chan struct{}), stop: make(chan struct{}),
		out: make(chan []byte, writeMessages), broken: broken}
	l.wg.Go(l.read)
	l.wg.Go(l.write)
	return l
}

func (l *link) read() {
	defer close(l.closed)
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
				l.err = net.ErrClosed
				return
			}
		}
		if err != nil {
			l.err = err
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

// write sends message after message.
func (l *link) write() {
	for {
		select {
		case m := <-l.out:
			for len(m) > 0 {
				n, err := l.conn.Write(m[:min(writeSize, len(m))])
				l.written.Add(int64(n))
				if err != nil {
					l.broken(err)
					return
				}
				m = m[n:]
			}
		case <-l.stop:
			return
		}
	}
}
