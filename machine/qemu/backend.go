// Package qemu is the backend of virtual machines: QEMU, run by a start command to which the driver appends its
// options, or as a [Spec] describes it. The guest's root shell is on a virtio console, its serial console on QEMU's
// standard output; the monitor is reached by QMP.
//
// Package driver makes machines with this backend; a program without a driver gives a [Backend] to machine.New.
package qemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/guard"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/sockpath"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Backend describes a machine under QEMU. It implements machine.Backend.
type Backend struct {
	// StartCommand is a shell command that runs QEMU; the driver's options are appended to it.
	StartCommand string
	// Spec returns the description of the machine when it starts, where StartCommand is empty.
	Spec func() Spec
	// Switches returns the control directories of the networks' switches when the machine starts, by the networks'
	// numbers. A StartCommand finds them in QEMU_VDE_SOCKET_<number>. nil: none.
	Switches func() map[int]string
	// Guard cleans up when the driver is killed; nil: none.
	Guard vlan.Guard
	// ExtraArgs are appended to the start command after the driver's own options.
	ExtraArgs []string
	// Name, Seed and Logf are for the disks that the driver serves: their files, what a power failure leaves of them, and what
	// there is to tell of them.
	Name string
	Seed int64
	Logf func(format string, args ...any)
	// Date is what the machine's clock shows when it starts; zero: the present.
	Date time.Time
	// Vsock gives the machine an SSH backdoor; nil: none. The guest's memory must be shared (Spec.SharedMemory).
	Vsock *Vsock

	served served
	ahead  atomic.Int64 // how far the clock was set ahead of the host's at the last start, in nanoseconds
}

var (
	_ machine.EFIStore  = (*Backend)(nil)
	_ machine.TTYReader = (*Backend)(nil)
	_ machine.SSHServer = (*Backend)(nil)
	_ machine.Restorer  = (*Backend)(nil)
)

// Kind returns "QEMU".
func (b *Backend) Kind() string { return "QEMU" }

// EFIVarsPath returns the path of a machine's OVMF variable store; its start command finds it in $NIX_EFI_VARS.
func (b *Backend) EFIVarsPath(state, name string) string {
	return filepath.Join(state, name+"-efi-vars.fd")
}

// SSHAddress returns the machine's socket of vhost-device-vsock, where it has one.
func (b *Backend) SSHAddress(state, _ string) string {
	if b.Vsock == nil {
		return ""
	}
	return "vsock-mux/" + vsockSocket(state)
}

// The names of the files in a machine's state directory.
const (
	qmpSocket     = "qmp"
	monitorSocket = "monitor"
	shellSocket   = "shell"
	dataSocket    = "shell-data"
	ttySocket     = "tty"
	diskFile      = "disk.qcow2"
)

// Words returns the options that are appended to a start command.
func Words(state string, allowReboot, display bool, extra []string) []string {
	p := func(name string) string { return escapeComma(filepath.Join(state, name)) }
	w := []string{
		"-qmp", "unix:" + p(qmpSocket) + ",server=on,wait=off",
		"-monitor", "unix:" + p(monitorSocket),
		"-chardev", "socket,id=shell,path=" + p(shellSocket),
		"-device", "virtio-serial", "-device", "virtconsole,chardev=shell",
		"-chardev", "socket,id=shelldata,path=" + p(dataSocket),
		"-device", "virtserialport,id=" + shellPort + ",chardev=shelldata,name=" + shell.DataPortName,
		"-chardev", "socket,id=shelltty,path=" + p(ttySocket) + ",server=on,wait=off",
		"-device", "virtconsole,chardev=shelltty",
		"-device", "virtio-rng-pci",
		"-serial", "stdio",
	}
	if !allowReboot {
		w = append(w, "-no-reboot")
	}
	if !display {
		w = append(w, "-nographic")
	}
	return append(w, extra...)
}

// escapeComma doubles commas, as QEMU's option syntax requires.
func escapeComma(s string) string { return strings.ReplaceAll(s, ",", ",,") }

// Start runs the start command and returns when QEMU has connected to the driver's sockets.
func (b *Backend) Start(ctx context.Context, o machine.StartOptions) (machine.Instance, error) {
	i, err := b.start(ctx, o, nil)
	if err != nil { // not a nil instance in an interface
		return nil, err
	}
	return i, nil
}

// start runs the start command, with a snapshot unless that is nil. The restored guest stands still.
func (b *Backend) start(ctx context.Context, o machine.StartOptions, from *restore) (*instance, error) {
	i := &instance{backend: b, efiVars: b.EFIVarsPath(o.StateDir, o.Name), name: o.Name, state: o.StateDir, done: make(chan struct{}), hubs: map[int]*hub{}, redirects: map[int]*redirect{}, o: o, guard: cmp.Or[vlan.Guard](b.Guard, (*guard.Guard)(nil)), console: panicWatch{Writer: o.Console}}
	listeners := map[string]*net.UnixListener{}
	defer func() {
		for _, l := range listeners {
			l.Close()
		}
	}()
	var spec Spec
	names := []string{monitorSocket, shellSocket, dataSocket}
	if b.StartCommand == "" {
		if spec = b.Spec(); spec.Entry != nil {
			names = append(names, portSocket)
		}
		i.noShell = spec.NoShell
	}
	for _, name := range names {
		l, err := listen(filepath.Join(o.StateDir, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
		listeners[name] = l
	}
	for _, name := range []string{qmpSocket, ttySocket} {
		if err := os.Remove(filepath.Join(o.StateDir, name)); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	command := b.StartCommand
	extra := b.ExtraArgs
	if command == "" {
		if spec.Image != "" && !spec.ServeDisk {
			spec.Disk = filepath.Join(o.StateDir, diskFile)
			if from == nil {
				if err := spec.makeDisk(); err != nil {
					return nil, fmt.Errorf("%s: %w", o.Name, err)
				}
			}
		}
		var err error
		if command, err = spec.Command(); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
		if spec.Entry != nil {
			args, err := spec.Entry.prepare(o.StateDir)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
			extra = slices.Concat(extra, args)
			i.entry = newEntered(spec.Entry)
			if i.entry.typist != nil {
				i.console.Writer = io.MultiWriter(o.Console, i.entry.typist)
			}
		}
	}
	if b.Vsock != nil {
		device, args, err := b.Vsock.start(ctx, i.guard, o.StateDir, o.Logf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
		i.vsock, extra = device, slices.Concat(extra, args)
	}
	if from != nil {
		extra = slices.Concat(extra, from.options())
	}
	if !b.Date.IsZero() {
		if from == nil {
			b.ahead.Store(int64(time.Until(b.Date)))
		}
		extra = append(slices.Clip(extra), "-rtc", "base="+time.Now().Add(time.Duration(b.ahead.Load())).UTC().Format("2006-01-02T15:04:05"))
	}
	disks, err := b.Disks(o.StateDir)
	if err == nil {
		var words []string
		words, err = i.serveDisks(disks, spec.ServeDisk)
		extra = slices.Concat(extra, words)
	}
	if err == nil {
		err = b.spawn(i, command, extra, spec.changesUser())
	}
	i.closeGiven()
	if err != nil {
		i.settleServed()
		if i.vsock != nil {
			i.vsock.Close()
		}
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	err = i.accept(ctx, listeners, from)
	if err == nil {
		err = i.makeHubs(ctx, spec.VLANs)
	}
	if err != nil {
		killed := i.Kill()
		return nil, errors.Join(err, killed)
	}
	return i, nil
}

// listen makes a Unix socket that only this user may connect to.
func listen(path string) (*net.UnixListener, error) {
	if err := sockpath.Check(path, 0); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// simpleCommand matches a command that can replace the shell: only the shell dies with the driver if that and the guard are
// killed.
var simpleCommand = lazyre.Compile(`^[\w./-]+(?: [^;&|<>()\n]*)?$`)

// spawn starts the start command with its standard streams connected.
func (b *Backend) spawn(i *instance, command string, extra []string, changesUser bool) error {
	o := i.o
	display := os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	line := command + " " + shellescape.QuoteCommand(Words(o.StateDir, o.AllowReboot, display, extra))
	if simpleCommand().MatchString(command) {
		line = "exec " + line
	}
	i.cmd = i.guard.Command(context.Background(), "/bin/sh", "-c", line)
	i.cmd.Dir = o.StateDir
	i.cmd.Env = append(i.cmd.Env,
		"TMPDIR="+o.StateDir, "USE_TMPDIR=1", "SHARED_DIR="+o.SharedDir,
		"NIX_EFI_VARS="+b.EFIVarsPath(o.StateDir, o.Name))
	if b.StartCommand != "" && b.Switches != nil {
		i.homes = b.Switches()
		for nr, dir := range i.homes {
			i.cmd.Env = append(i.cmd.Env, fmt.Sprintf("QEMU_VDE_SOCKET_%d=%s", nr, dir))
		}
	}
	stdin, err := i.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return err
	}
	i.cmd.Stdout, i.cmd.Stderr = w, w
	i.cmd.ExtraFiles = i.given
	if changesUser { // which makes the kernel forget that it is to die with the driver
		i.tether, err = guard.NewTether(i.cmd)
	}
	if err == nil {
		err = i.cmd.Start()
	}
	w.Close()
	if err != nil {
		i.tether.Close()
		out.Close()
		return fmt.Errorf("the start command can't be run: %w", err)
	}
	i.stdin = stdin
	if err := errors.Join(i.tether.Tie(i.cmd), i.guard.Started(i.cmd.Process.Pid)); err != nil {
		i.tether.Close()
		i.cmd.Process.Kill()
		out.Close()
		return err
	}
	i.work.Add(1)
	go func() {
		defer i.work.Done()
		i.readConsole(out)
	}()
	go i.reap(out)
	return nil
}

// accept waits for QEMU's connections.
func (i *instance) accept(ctx context.Context, listeners map[string]*net.UnixListener, from *restore) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		for _, l := range listeners {
			l.Close()
		}
	})
	defer stop()
	watch := make(chan struct{})
	defer close(watch)
	go func() {
		select {
		case <-i.done:
			cancel(&machine.DiedError{Machine: i.name, Reason: "QEMU did not connect, which the start command must run with the options that are put behind it: " + i.exit()})
		case <-watch:
		}
	}()
	conns := map[string]net.Conn{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, l := range listeners {
		wg.Go(func() {
			c, err := l.Accept()
			if err != nil {
				cancel(fmt.Errorf("%s: %w", i.name, err))
				return
			}
			mu.Lock()
			conns[name] = c
			mu.Unlock()
		})
	}
	wg.Wait()
	fail := func() error {
		for _, c := range conns {
			c.Close()
		}
		if c := context.Cause(ctx); c != nil {
			return c
		}
		return errors.New("QEMU did not connect")
	}
	if len(conns) < len(listeners) {
		return fail()
	}
	q, err := qmp.Dial(ctx, filepath.Join(i.state, qmpSocket))
	if err != nil {
		if context.Cause(ctx) == nil {
			cancel(fmt.Errorf("%s: %w", i.name, err))
		}
		return fail()
	}
	what := "at its start"
	if from != nil {
		what = "while it loaded the snapshot"
		err = from.load(ctx, q)
	}
	if err == nil {
		err = i.setup(q, conns, from)
	}
	if err == nil {
		return nil
	}
	q.Close()
	var gone *qmp.DisconnectedError
	if errors.Is(err, errEnded) || errors.As(err, &gone) || errors.Is(err, syscall.EPIPE) {
		<-i.done
		err = &machine.DiedError{Machine: i.name, Reason: "QEMU ended " + what + ": " + i.exit()}
	} else if context.Cause(ctx) == nil {
		err = fmt.Errorf("%s: the snapshot can't be restored: %w", i.name, err)
	}
	cancel(err)
	return fail()
}

// exitReason returns how a process ended.
func exitReason(st *os.ProcessState, err error) string {
	if st == nil {
		return fmt.Sprint(err)
	}
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return fmt.Sprintf("QEMU was killed by signal %d (%s)", ws.Signal(), ws.Signal())
	}
	switch code := st.ExitCode(); code {
	case 126, 127:
		return fmt.Sprintf("exit status %d: the command was not found or can't be run", code)
	default:
		// The shell in front reports a signal as 128 and its number.
		if code > 128 && code < 160 {
			s := syscall.Signal(code - 128)
			return fmt.Sprintf("QEMU was killed by signal %d (%s)", code-128, s)
		}
		return fmt.Sprintf("the start command ended with exit status %d", code)
	}
}
