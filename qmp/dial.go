package qmp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// dialInterval is the pause between attempts to connect to a socket that does not exist yet.
const dialInterval = 5 * time.Millisecond

// Dial connects to the Unix socket at path, made by QEMU's -qmp unix:…,server=on,wait=off, and returns
// a client. It retries until the socket exists or ctx ends.
func Dial(ctx context.Context, path string) (*Client, error) {
	if err := sockpath.Check(path, 0); err != nil {
		return nil, fmt.Errorf("connect to QMP: %w", err)
	}
	var d net.Dialer
	tick := time.NewTicker(dialInterval)
	defer tick.Stop()
	var last error
	for {
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil {
			return New(ctx, conn)
		}
		notYet := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
		// The dialer uses ctx's deadline too and can report it a moment before ctx.
		if errors.Is(err, context.DeadlineExceeded) {
			<-ctx.Done()
		}
		if !notYet && ctx.Err() == nil {
			return nil, fmt.Errorf("connect to QMP: %w", err)
		}
		if notYet {
			last = err
		}
		select {
		case <-ctx.Done():
			if last == nil {
				last = err
			}
			return nil, fmt.Errorf("connect to QMP: %w (%w)", last, ctx.Err())
		case <-tick.C:
		}
	}
}
