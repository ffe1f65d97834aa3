package shell

import (
	"io"
	"net"
	"sync"
)

const (
	readSize   = 64 << 10
	readBlocks = 16 // blocks that may wait for whoever reads the link
)

// link is one connection to the guest, with a goroutine that only reads, so that a slow writer of
// output does not stall QEMU as long as there is room.
type link struct {
	conn   net.Conn
	in     chan []byte
	closed chan struct{} // closed when reading has ended; err is set then
	err    error
	stop   chan struct{}
	once   sync.Once
	wg     sync.WaitGroup
}

func newLink(conn net.Conn) *link {
	l := &link{conn: conn, in: make(chan []byte, readBlocks), closed: make(chan struct{}), stop: make(chan struct{})}
	l.wg.Go(l.read)
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

var _ io.Writer = (*link)(nil)

// Write implements io.Writer on the connection.
func (l *link) Write(p []byte) (int, error) { return l.conn.Write(p) }
