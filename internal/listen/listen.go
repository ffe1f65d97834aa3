// Package listen opens what a program of the same machine connects to: a Unix socket of the user alone, or a TCP address.
package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// ErrRemote says that other hosts can reach an address.
var ErrRemote = errors.New("other hosts can reach this address")

// Open listens at a path with a slash, which only the user can then connect to, or at an address (host:port, :port), which
// is of the loopback interface if it has no host. Unless remote is set, an address that other hosts can reach is ErrRemote.
func Open(ctx context.Context, at string, remote bool) (net.Listener, error) {
	if strings.Contains(at, "/") {
		return openUnix(ctx, at)
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, fmt.Errorf("want a path with a slash, or an address of this machine (host:port): %w", err)
	}
	addr, err := net.ResolveTCPAddr("tcp", net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port))
	if err != nil {
		return nil, fmt.Errorf("want an address (host:port) of this machine: %w", err)
	}
	if !remote && !addr.IP.IsLoopback() {
		return nil, ErrRemote
	}
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("want an address (host:port) of this machine: %w", err)
	}
	return l, nil
}

func openUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := sockpath.Check(path, 0); err != nil {
		return nil, err
	}
	own := func(_, _ string, c syscall.RawConn) error { // Linux gives the file the mode that the socket has before
		return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), 0o600) })
	}
	l, err := (&net.ListenConfig{Control: own}).Listen(ctx, "unix", path)
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, errors.New("there is a file of this name: remove it, or choose another path")
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil { // on other systems
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
