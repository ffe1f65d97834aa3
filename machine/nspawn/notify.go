package nspawn

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// notifySocket receives the messages of systemd-nspawn and the container's systemd (sd_notify(3)), for as long as the
// container runs: a daemon-reexec sends READY=1 once more, and waits until it is received.
type notifySocket struct {
	conn        *net.UnixConn
	path        string
	leaderKnown chan struct{} // closed when leader is set
	ready       chan struct{} // closed when the container has booted
	booted      bool          // ready is closed
	work        sync.WaitGroup

	mu     sync.Mutex
	leader int // process id of the container's first process
}

func listenNotify(path string) (*notifySocket, error) {
	if err := sockpath.Check(path, 0); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	n := &notifySocket{conn: c, path: path, leaderKnown: make(chan struct{}), ready: make(chan struct{})}
	n.work.Go(n.read)
	return n, nil
}

func (n *notifySocket) read() {
	buf := make([]byte, 64<<10)
	for {
		size, err := n.conn.Read(buf)
		if err != nil {
			return
		}
		n.take(string(buf[:size]))
	}
}

// take handles a message.
func (n *notifySocket) take(message string) {
	for line := range strings.SplitSeq(message, "\n") {
		switch key, value, _ := strings.Cut(line, "="); key {
		case "READY":
			if value == "1" && !n.booted {
				n.booted = true
				close(n.ready)
			}
		case "X_NSPAWN_LEADER_PID":
			if pid, err := strconv.Atoi(value); err == nil && pid > 0 {
				n.setLeader(pid)
			}
		}
	}
}

func (n *notifySocket) setLeader(pid int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.leader == 0 {
		close(n.leaderKnown)
	}
	n.leader = pid
}

// Leader returns the process id of the container's first process, 0 while it is not known.
func (n *notifySocket) Leader() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.leader
}

func (n *notifySocket) Close() error {
	err := n.conn.Close()
	n.work.Wait()
	_ = os.Remove(n.path) // the state directory is removed anyway
	return err
}
