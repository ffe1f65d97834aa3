package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// instance is a running QEMU. It implements machine.Instance and all optional interfaces of package machine.
type instance struct {
	backend     *Backend
	name, state string
	o           machine.StartOptions
	cmd         *exec.Cmd
	stdin       io.WriteCloser
	guard       vlan.Guard
	tether      *guard.Tether // nil: none
	qmp         *qmp.Client
	session     *shell.Session
	qemuPID     int          // of QEMU itself, which the start command may not be; 0 when unknown
	vsock       *vsockDevice // nil: none
	entry       *entered     // nil: the guest has a backdoor
	noShell     bool         // the guest has none (Spec.NoShell)

	homes     map[int]string // the switches that the start command has got; nil: the driver has made the command
	moveMu    sync.Mutex     // held while cards are moved
	hubs      map[int]*hub   // of a machine that the driver has made the command of
	redirects map[int]*redirect

	given   []*os.File     // for QEMU's start
	serving sync.WaitGroup // of the served disks

	efiVars  string     // the path of the variable store, which may not exist
	saving   sync.Mutex // held while a snapshot is taken, which changes overlays
	overlays []overlay  // of all snapshots

	done chan struct{} // closed when QEMU has ended and err is set
	work sync.WaitGroup

	console panicWatch

	mu        sync.Mutex
	err       error // why it ended
	conns     []net.Conn
	diskConns []net.Conn // of the served disks
	killed    bool
	ended     bool   // QEMU has ended; whoever makes a new connection must close it
	shutdown  string // the reason that QEMU gave in its SHUTDOWN event
}

var (
	_ machine.Ender         = (*instance)(nil)
	_ machine.Monitor       = (*instance)(nil)
	_ machine.Screenshotter = (*instance)(nil)
	_ machine.Glancer       = (*instance)(nil)
	_ machine.Keyboard      = (*instance)(nil)
	_ machine.ConsoleWriter = (*instance)(nil)
	_ machine.PowerButton   = (*instance)(nil)
	_ machine.Rebooter      = (*instance)(nil)
	_ machine.Networker     = (*instance)(nil)
	_ machine.Reconnecter   = (*instance)(nil)
	_ machine.Replugger     = (*instance)(nil)
	_ machine.BootWatcher   = (*instance)(nil)
	_ machine.Snapshotter   = (*instance)(nil)
	_ machine.Explainer     = (*instance)(nil)
)

func (i *instance) Done() <-chan struct{} { return i.done }

func (i *instance) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// monitorReset is QEMU's reason (ShutdownCause in its QMP reference) for a reset by a monitor command.
const monitorReset = "host-qmp-system-reset"

// Ending returns how QEMU has ended if that was no error.
func (i *instance) Ending() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch i.shutdown {
	case monitorReset:
		return "the guest was reset by QEMU's monitor (system_reset), which ends a machine that was started without allow_reboot"
	case "guest-reset":
		return "the guest has rebooted, which ends a machine that was started without allow_reboot"
	case "host-qmp-quit":
		return "QEMU was ended by its monitor (quit)"
	case "host-ui":
		return "QEMU was ended by its window"
	}
	return "it has powered off"
}

func (i *instance) PID() int         { return i.cmd.Process.Pid }
func (i *instance) QMP() *qmp.Client { return i.qmp }
func (i *instance) exit() string     { return exitReason(i.cmd.ProcessState, nil) }
func (i *instance) readConsole(r io.Reader) {
	// The console itself reports an error of its file; the pipe must still be drained.
	_, _ = io.Copy(&i.console, r)
}

// reap waits for the end of QEMU and finds its reason.
func (i *instance) reap(out *os.File) {
	werr := i.cmd.Wait()
	// A process that a start script left behind must not hold the console open.
	_ = guard.KillGroup(i.cmd.Process.Pid)
	_ = i.guard.Ended(i.cmd.Process.Pid)
	i.tether.Close()
	closeLater := time.AfterFunc(5*time.Second, func() { out.Close() })
	i.work.Wait()
	closeLater.Stop()
	out.Close()
	i.mu.Lock()
	i.ended = true
	q := i.qmp
	i.mu.Unlock()
	if q != nil {
		i.readShutdownReason(q)
	}
	i.mu.Lock()
	switch {
	case i.killed:
		i.err = errors.New("it was ended by the driver")
	case i.shutdown == "guest-panic", i.shutdown == "guest-reset" && i.console.panicked():
		i.err = errors.New("the guest's kernel panicked")
	case i.shutdown == "host-signal":
		i.err = errors.New("QEMU was ended by a signal")
	case werr != nil:
		i.err = errors.New(exitReason(i.cmd.ProcessState, werr))
	}
	conns := i.conns
	i.mu.Unlock()
	if q != nil {
		q.Close()
		i.session.Close()
	}
	for _, c := range conns {
		c.Close()
	}
	i.stdin.Close()
	if i.vsock != nil {
		i.vsock.Close()
	}
	i.moveMu.Lock()
	for _, r := range i.redirects {
		r.close()
	}
	i.redirects = map[int]*redirect{}
	i.moveMu.Unlock()
	// A snapshot that is being taken fails, since the connection to QEMU has ended.
	i.saving.Lock()
	i.settleDisks()
	i.settleServed()
	i.saving.Unlock()
	close(i.done)
}

// readShutdownReason looks for the reason that QEMU reported last.
func (i *instance) readShutdownReason(q *qmp.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	sub := q.Subscribe()
	defer sub.Close()
	for {
		ev, err := sub.Next(ctx)
		if err != nil {
			return
		}
		switch ev.Name {
		case "SHUTDOWN":
			i.mu.Lock()
			if r, ok := ev.Data["reason"].(string); ok && i.shutdown == "" {
				i.shutdown = r
			}
			i.mu.Unlock()
		case "GUEST_PANICKED":
			i.mu.Lock()
			i.shutdown = "guest-panic"
			i.mu.Unlock()
		}
	}
}

// errEnded says that QEMU has ended.
var errEnded = errors.New("QEMU has ended")

// setup takes over the connections, by the names of their sockets, unless QEMU has ended already. A restored guest has a root
// shell.
func (i *instance) setup(q *qmp.Client, conns map[string]net.Conn, from *restore) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return errEnded
	}
	console, data, monitor := conns[shellSocket], conns[dataSocket], conns[monitorSocket]
	i.qemuPID = peer(console)
	i.conns = slices.Collect(maps.Values(conns))
	if i.entry != nil {
		chosen := unknown
		if from != nil {
			chosen = onVirtio
			if from.OnPort {
				chosen = onPort
			}
		}
		i.entry.consoles = newConsoles(console, conns[portSocket], chosen)
		console = i.entry.consoles
	}
	options := shell.Options{Logf: i.o.Logf, State: i.Standstill, Used: i.used}
	if from == nil {
		i.session = shell.New(console, data, options)
	} else {
		var err error
		if i.session, err = shell.Resume(console, data, from.Shell, options); err != nil {
			console.Close()
			return err
		}
	}
	i.qmp = q
	i.work.Add(2)
	if i.entry != nil {
		i.work.Add(1)
		go i.ring(i.entry)
		if t := i.entry.typist; t != nil {
			if from != nil {
				t.welcome()
			}
			i.work.Add(1)
			go i.typeLines(t)
		}
	}
	go func() {
		defer i.work.Done()
		// The human monitor is reached through QMP; QEMU's output here must not block it.
		_, _ = io.Copy(io.Discard, monitor)
	}()
	go i.watchShell()
	return nil
}

// Connect waits for the root shell.
func (i *instance) Connect(ctx context.Context) error {
	if i.noShell {
		return fmt.Errorf(`%s: has no root shell (access is "none"): a test uses its screen, its keys and its serial console`, i.name)
	}
	if err := i.session.Handshake(ctx); err != nil {
		return err
	}
	return i.settle(ctx)
}

// Run runs a command in the root shell.
func (i *instance) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	return i.session.Run(ctx, c)
}

// Shells returns the number of root shells that have ended.
func (i *instance) Shells() int { return i.session.Lost() }

// ForgetShell makes Connect wait for the greeting of a new shell on the same console.
func (i *instance) ForgetShell(reason string) { i.session.Reset(time.Now(), reason) }

// shellPort is the id of the root shell's data port in QEMU.
const shellPort = "gotest-shell"

// watchShell reports to the session each reset, and that no process in the guest has the shell's data port open any
// more (VSERPORT_CHANGE of the QEMU QMP Reference Manual).
func (i *instance) watchShell() {
	defer i.work.Done()
	sub := i.qmp.SubscribeNew()
	for {
		ev, err := sub.Next(context.Background())
		if err != nil {
			return
		}
		switch ev.Name {
		case "RESET":
			reason := shell.ReasonReset
			if ev.Data["reason"] == monitorReset {
				reason = shell.ReasonMonitor
			} else if i.console.forget() {
				reason = shell.ReasonPanic
			}
			i.session.Reset(ev.Time, reason)
			if i.entry != nil && i.entry.typist != nil {
				i.entry.typist.reset()
			}
		case "VSERPORT_CHANGE":
			open, ok := ev.Data["open"].(bool)
			switch id := ev.Data["id"]; {
			case ok && !open && id == shellPort:
				i.session.PortClosed(ev.Time)
			case open && id == consolePort && i.entry != nil:
				i.entry.once.Do(func() { close(i.entry.opened) })
			}
		}
	}
}

// Kill ends QEMU and everything that its start command has started, and waits for that.
func (i *instance) Kill() error {
	i.mu.Lock()
	select {
	case <-i.done:
	default:
		i.killed = true
	}
	i.mu.Unlock()
	err := guard.KillGroup(i.cmd.Process.Pid)
	<-i.done
	return err
}

// SendKey presses keys together. QEMU's send-key would release them by a timer, which comes too late when QEMU is
// stopped or starved in between; a keyboard queues the events that it receives at one time.
func (i *instance) SendKey(ctx context.Context, keys []string) error {
	events := make([]qmp.InputEvent, 2*len(keys))
	for n, k := range keys {
		events[n], events[len(events)-1-n] = qmp.KeyEvent(k, true), qmp.KeyEvent(k, false)
	}
	return i.qmp.InputSendEvent(ctx, events...)
}

// WriteConsole types on the serial console, which is QEMU's standard input.
func (i *instance) WriteConsole(ctx context.Context, data []byte) error {
	done := make(chan error, 1)
	go func() {
		_, err := i.stdin.Write(data)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// PowerButton presses the ACPI power button.
func (i *instance) PowerButton(ctx context.Context) error { return i.qmp.SystemPowerdown(ctx) }

// Reboot presses Ctrl-Alt-Delete.
func (i *instance) Reboot(ctx context.Context) error {
	return i.qmp.SendKey(ctx, []string{"ctrl", "alt", "delete"}, 0)
}

// SetVLANLinks plugs or unplugs the cards on a vde network: those that the driver or the start script connected to a
// VLAN. QEMU says which those are; their names may be anything.
func (i *instance) SetVLANLinks(ctx context.Context, up bool) error {
	cards, err := i.vlanCards(ctx)
	if err != nil {
		return err
	}
	if len(cards) == 0 {
		return fmt.Errorf("%s: no network card hangs on a VLAN", i.name)
	}
	return i.plug(ctx, cards, up)
}

// vlanCards returns the cards on networks.
func (i *instance) vlanCards(ctx context.Context) ([]qmp.NetDevice, error) {
	cards, err := i.qmp.NetDevices(ctx)
	return slices.DeleteFunc(cards, func(d qmp.NetDevice) bool { return d.PeerType != "vde" && !strings.HasPrefix(d.Peer, "vlan") }), err
}

// plug plugs or unplugs cards.
func (i *instance) plug(ctx context.Context, cards []qmp.NetDevice, up bool) error {
	for _, d := range cards {
		if err := i.qmp.SetLink(ctx, d.Name, up); err != nil {
			return fmt.Errorf("%s: network card %s: %w", i.name, d.Name, err)
		}
	}
	return nil
}
