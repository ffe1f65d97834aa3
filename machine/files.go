package machine

import (
	"context"
	"fmt"

	"al.essio.dev/pkg/shellescape"
)

// WaitForFile waits until a file exists in the guest.
func (m *Machine) WaitForFile(ctx context.Context, name string, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for file '%s'", name), w, "[[ -e "+shellescape.Quote(name)+" ]]")
}

// portCondition is true when something accepts TCP connections. bash's own /dev/tcp starts no process;
// nc is the way of guests whose bash was built without it.
func portCondition(addr string, port int) string {
	a := shellescape.Quote(addr)
	return fmt.Sprintf("{ (exec 9<>/dev/tcp/%s/%d) || nc -z %s %d; } 2>/dev/null", a, port, a, port)
}

// WaitForOpenPort waits until something accepts TCP connections at addr and port, seen from the guest.
func (m *Machine) WaitForOpenPort(ctx context.Context, addr string, port int, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for TCP port %d on %s", port, addr), w, portCondition(addr, port))
}

// WaitForClosedPort waits until nothing accepts TCP connections at addr and port, seen from the guest.
func (m *Machine) WaitForClosedPort(ctx context.Context, addr string, port int, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for TCP port %d on %s to be closed", port, addr), w, "! "+portCondition(addr, port))
}

// WaitForOpenUnixSocket waits until something listens at a Unix socket in the guest.
func (m *Machine) WaitForOpenUnixSocket(ctx context.Context, path string, datagram bool, w Wait) error {
	flags := "-UN"
	if datagram {
		flags = "-uUN"
	}
	return m.poll(ctx, fmt.Sprintf("waiting for Unix socket '%s'", path), w, "nc -z "+flags+" "+shellescape.Quote(path)+" </dev/null 2>/dev/null")
}
