// Package vlan has the networks between machines: a vde switch each, and the faults that a test puts on the wire.
package vlan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// startTimeout bounds the wait for a program that is starting.
const startTimeout = 10 * time.Second

// portName is the longest name of a port's socket in a control directory, in bytes.
const portName = 20

// Switch is a running vde_switch. It is a hub, so that tagged frames (802.1Q) pass.
type Switch struct {
	*process
	dir string
}

// startSwitch starts a switch of network nr, with its control directory at dir, and waits until it is ready.
func startSwitch(ctx context.Context, nr int, dir string, g *guard.Guard) (*Switch, error) {
	if err := sockpath.Check(dir, portName); err != nil {
		return nil, fmt.Errorf("vlan%d: %w", nr, err)
	}
	if strings.Contains(dir, "[") {
		return nil, fmt.Errorf("vlan%d: vde can't use the directory %s, which has a bracket in its path; %s", nr, filepath.Dir(dir), sockpath.Elsewhere)
	}
	ready := make(chan error, 1)
	p, err := start(g, nr, func(out io.Reader) {
		replies := bufio.NewReader(out)
		err := awaitSuccess(replies)
		ready <- err
		// Nothing must block the switch: what it says from now on is read and dropped.
		_, _ = io.Copy(io.Discard, replies)
	}, "vde_switch", "--sock", dir, "--dirmode", "0700", "--hub")
	if err != nil {
		return nil, err
	}
	s := &Switch{process: p, dir: dir}
	// A switch that has ended already says so by the end of its output.
	_, _ = io.WriteString(p.stdin, "showinfo\n")
	t := time.NewTimer(startTimeout)
	defer t.Stop()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-t.C:
		err = fmt.Errorf("it did not answer within %s", startTimeout)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("vlan%d: vde_switch: %w", nr, err), s.Close(), s.Err())
	}
	return s, nil
}

// awaitSuccess reads the console's answer to a command up to its end.
func awaitSuccess(r *bufio.Reader) error {
	for {
		l, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("its console has ended: %w", err)
		}
		if strings.Contains(l, "1000 Success") {
			return nil
		}
	}
}

// Dir is the control directory, which QEMU's -netdev vde,sock=… and vde's own programs take.
func (s *Switch) Dir() string { return s.dir }

func switchDir(dir string, nr int, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("vde%d%s.ctl", nr, suffix))
}
