package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/sockpath"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Vsock gives a machine a device for sockets of the family AF_VSOCK, through which its SSH server is reached without a
// network. The device's other side is vhost-device-vsock, which connects them to a Unix socket of the host.
type Vsock struct {
	Program string // path of vhost-device-vsock
	CID     int    // the guest's number, from 3
}

// The names of vhost-device-vsock's sockets in a machine's state directory.
const (
	vsockHost  = "vsock"
	vsockGuest = "vsock-guest"
)

// vsockSocket returns the Unix socket on which the host reaches the guest of a state directory. A client sends "CONNECT
// 22\n" for the port 22, and receives a line that begins with OK.
func vsockSocket(state string) string { return filepath.Join(state, vsockHost) }

// FindVsock returns the path of vhost-device-vsock.
func FindVsock() (string, error) {
	p, err := exec.LookPath("vhost-device-vsock")
	if err != nil {
		return "", errors.New("the SSH backdoor needs the program vhost-device-vsock, which was not found: install it " +
			"(https://github.com/rust-vmm/vhost-device), or use shell_interact() in the interactive mode")
	}
	return p, nil
}

// vsockTimeout bounds the wait for vhost-device-vsock's sockets.
const vsockTimeout = 10 * time.Second

// vsockDevice is a running vhost-device-vsock.
type vsockDevice struct {
	cmd     *exec.Cmd
	guard   vlan.Guard
	output  bytes.Buffer
	serving atomic.Bool   // it is ready, and not closed yet
	done    chan struct{} // closed when it has ended
}

// start starts the host's side of the device, which QEMU then connects to, and returns QEMU's options.
func (v *Vsock) start(ctx context.Context, g vlan.Guard, state string, logf func(string, ...any)) (*vsockDevice, []string, error) {
	host, guest := vsockSocket(state), filepath.Join(state, vsockGuest)
	for _, p := range []string{host, guest} {
		if err := sockpath.Check(p, 0); err != nil {
			return nil, nil, err
		}
		if strings.Contains(p, ",") {
			return nil, nil, fmt.Errorf("vhost-device-vsock can't use the path %s, which has a comma; %s", p, sockpath.Elsewhere)
		}
		if err := os.Remove(p); err != nil && !os.IsNotExist(err) {
			return nil, nil, err
		}
	}
	d := &vsockDevice{guard: g, done: make(chan struct{})}
	d.cmd = g.Command(context.Background(), v.Program, "--vm", fmt.Sprintf("guest-cid=%d,socket=%s,uds-path=%s", v.CID, guest, host))
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	// A process that it leaves behind must not hold its output open.
	d.cmd.WaitDelay = time.Second
	if err := d.cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("vhost-device-vsock can't be started: %w", err)
	}
	// A guard that has ended can't be informed; the driver then ends its processes itself.
	_ = g.Started(d.cmd.Process.Pid)
	go func() {
		err := d.cmd.Wait()
		_ = g.Ended(d.cmd.Process.Pid)
		if d.serving.Load() {
			logf("the SSH backdoor has gone: vhost-device-vsock ended (%v) %s", err, strings.TrimSpace(d.output.String()))
		}
		close(d.done)
	}()
	limit := time.NewTimer(vsockTimeout)
	defer limit.Stop()
	for !listening(guest) {
		var err error
		select {
		case <-d.done:
			return nil, nil, fmt.Errorf("vhost-device-vsock ended at its start (%s): %s", d.cmd.ProcessState, strings.TrimSpace(d.output.String()))
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-limit.C:
			err = fmt.Errorf("vhost-device-vsock made no socket within %s", vsockTimeout)
		case <-time.After(5 * time.Millisecond):
			continue
		}
		d.Close()
		return nil, nil, err
	}
	d.serving.Store(true)
	return d, []string{"-chardev", "socket,id=vsock_ssh,path=" + guest, "-device", "vhost-user-vsock-pci,chardev=vsock_ssh"}, nil
}

// listening reports whether a Unix socket accepts connections, without making one (proc_net(5): unix).
func listening(path string) bool {
	table, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		_, err := os.Stat(path)
		return err == nil
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) == 8 && f[7] == path && f[3] == "00010000" {
			return true
		}
	}
	return false
}

// Close ends the device.
func (d *vsockDevice) Close() {
	d.serving.Store(false)
	select {
	case <-d.done:
		return
	default:
	}
	_ = guard.KillGroup(d.cmd.Process.Pid) // it may have just ended
	<-d.done
}
