package libvirt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// instance is a running domain.
type instance struct {
	host    *Host
	o       machine.StartOptions
	life    *wire // the domain ends with it
	dom     xdr   // as libvirt's calls take it
	monitor *monitor
	qmp     *qmp.Client
	session *shell.Session
	serial  net.Conn
	done    chan struct{} // closed when the domain has ended and err is set
	work    sync.WaitGroup
	ending  sync.Mutex // held while the domain is destroyed

	mu       sync.Mutex
	killed   bool
	shutdown string // the reason that QEMU gave in its SHUTDOWN event
	err      error
}

var (
	_ machine.Ender         = (*instance)(nil)
	_ machine.Monitor       = (*instance)(nil)
	_ machine.Screenshotter = (*instance)(nil)
	_ machine.Keyboard      = (*instance)(nil)
	_ machine.ConsoleWriter = (*instance)(nil)
	_ machine.PowerButton   = (*instance)(nil)
	_ machine.Rebooter      = (*instance)(nil)
	_ machine.Reconnecter   = (*instance)(nil)
)

// domain returns the beginning of a call's arguments.
func (i *instance) domain() xdr { return append(xdr{}, i.dom...) }

// identity decodes the domain: its name, its UUID, and its number.
func (i *instance) identity() (golibvirt.Domain, error) {
	var d golibvirt.Domain
	if len(i.dom) < 4 {
		return d, errors.New("libvirt has sent an answer that is too short")
	}
	n := int(binary.BigEndian.Uint32(i.dom))
	padded := (n + 3) &^ 3
	if len(i.dom) != 4+padded+len(d.UUID)+4 {
		return d, errors.New("libvirt has sent an answer of the wrong length")
	}
	d.Name = string(i.dom[4 : 4+n])
	copy(d.UUID[:], i.dom[4+padded:])
	d.ID = int32(binary.BigEndian.Uint32(i.dom[len(i.dom)-4:]))
	return d, nil
}

func (i *instance) Done() <-chan struct{} { return i.done }

func (i *instance) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// Ending returns how the domain has ended if that was no error.
func (i *instance) Ending() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.shutdown == "guest-reset" {
		return "the guest has rebooted, which ends a machine that was started without allow_reboot"
	}
	return "it has powered off"
}

// PID returns 0: the process is the host's.
func (i *instance) PID() int { return 0 }

func (i *instance) QMP() *qmp.Client { return i.qmp }

// watch passes on the console and QEMU's events, and waits for the end.
func (i *instance) watch() {
	console := make(chan struct{})
	events := i.qmp.Subscribe()
	i.work.Go(func() {
		defer close(console)
		_, _ = io.Copy(i.o.Console, i.serial) // the console itself reports an error of its file
		_, _ = io.Copy(io.Discard, i.serial)
	})
	i.work.Go(func() {
		for {
			ev, err := events.Next(context.Background())
			if err != nil {
				return
			}
			i.event(ev)
		}
	})
	go i.reap(console)
}

func (i *instance) event(ev qmp.Event) {
	reason, _ := ev.Data["reason"].(string)
	switch ev.Name {
	case "SHUTDOWN":
		i.mu.Lock()
		i.shutdown = reason
		i.mu.Unlock()
	case "RESET":
		what := shell.ReasonReset
		if reason == "host-qmp-system-reset" {
			what = shell.ReasonMonitor
		}
		i.session.Reset(ev.Time, what)
	}
}

// reap waits for the end of the serial console, which ends with QEMU, or of the connection that keeps the domain alive.
func (i *instance) reap(console <-chan struct{}) {
	lost := false
	select {
	case <-console:
	case <-i.life.sock.Disconnected():
		lost = true
	case <-i.host.calls.Disconnected():
		lost = true
	}
	close(i.monitor.ended)
	<-i.qmp.Done()
	i.session.Close()
	i.serial.Close()
	if !lost {
		// QEMU has ended: this waits until libvirt has removed what is left of it. If libvirt is gone, too, the console was the first to
		// notice.
		lost = errors.Is(i.destroy(), errDisconnected)
	}
	i.life.close()
	i.qmp.Close()
	i.work.Wait()
	i.mu.Lock()
	switch {
	case i.killed:
		i.err = errors.New("it was ended by the driver")
	case lost:
		i.err = fmt.Errorf("the connection to libvirt on %s has ended", i.host.name)
	case i.shutdown == "":
		i.err = fmt.Errorf("QEMU has ended on %s, and gave no reason", i.host.name)
	case i.shutdown == "guest-panic":
		i.err = errors.New("the guest's kernel panicked")
	}
	i.mu.Unlock()
	close(i.done)
}

// Connect waits for the root shell.
func (i *instance) Connect(ctx context.Context) error { return i.session.Handshake(ctx) }

// Run runs a command in the root shell.
func (i *instance) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	return i.session.Run(ctx, c)
}

// Shells returns the number of root shells that have ended.
func (i *instance) Shells() int { return i.session.Lost() }

// ForgetShell makes Connect wait for the greeting of a new shell.
func (i *instance) ForgetShell(reason string) { i.session.Reset(time.Now(), reason) }

// killTime is how long the host may take to end a domain.
const killTime = 20 * time.Second

// Kill ends the domain and waits for that.
func (i *instance) Kill() error {
	i.mu.Lock()
	select {
	case <-i.done:
		i.mu.Unlock()
		return nil
	default:
		i.killed = true
	}
	i.mu.Unlock()
	err := i.destroy()
	if errors.Is(err, errDisconnected) {
		err = nil
	}
	if err != nil {
		i.life.close() // which ends the domain, too
		err = fmt.Errorf("%s: %w", i.o.Name, err)
	}
	<-i.done
	return err
}

// destroy ends the domain, unless it has ended. Without the connection, libvirt has ended it: that is errDisconnected.
func (i *instance) destroy() error {
	i.ending.Lock()
	defer i.ending.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	_, err := i.life.call(ctx, procDomainDestroy, i.domain())
	var refused *Error
	gone := errors.As(err, &refused) && (refused.Code == uint32(golibvirt.ErrNoDomain) || refused.Code == uint32(golibvirt.ErrOperationInvalid))
	if err == nil || gone {
		return nil
	}
	return fmt.Errorf("the machine can't be ended on %s: %w", i.host.name, err)
}

// Screenshot takes a picture of the screen.
func (i *instance) Screenshot(ctx context.Context) ([]byte, error) {
	w, err := openWire(ctx, i.host.target)
	if err != nil {
		return nil, err
	}
	defer w.close()
	var picture []byte
	ended := make(chan error, 1)
	w.stream = func(r reply) {
		if r.status == socket.StatusContinue && len(r.payload) > 0 {
			picture = append(picture, r.payload...)
			return
		}
		select {
		case ended <- r.err():
		default:
		}
	}
	if _, err := w.call(ctx, procScreenshot, i.domain().uint32(0).uint32(0)); err != nil {
		return nil, fmt.Errorf("%s: %w", i.o.Name, err)
	}
	select {
	case err := <-ended:
		return picture, err
	case <-w.sock.Disconnected():
		return nil, errDisconnected
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// SendKey presses keys together; a keyboard queues the events that it receives at one time.
func (i *instance) SendKey(ctx context.Context, keys []string) error {
	events := make([]qmp.InputEvent, 2*len(keys))
	for n, k := range keys {
		events[n], events[len(events)-1-n] = qmp.KeyEvent(k, true), qmp.KeyEvent(k, false)
	}
	return i.qmp.InputSendEvent(ctx, events...)
}

// WriteConsole types on the serial console.
func (i *instance) WriteConsole(ctx context.Context, data []byte) error {
	_, err := await(ctx, func() (int, error) { return i.serial.Write(data) }, nil)
	return err
}

// PowerButton presses the ACPI power button.
func (i *instance) PowerButton(ctx context.Context) error { return i.qmp.SystemPowerdown(ctx) }

// Reboot presses Ctrl-Alt-Delete.
func (i *instance) Reboot(ctx context.Context) error {
	return i.qmp.SendKey(ctx, []string{"ctrl", "alt", "delete"}, 0)
}
