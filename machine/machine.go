package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/report"
)

// Options describe a machine to New.
type Options struct {
	Name      string
	Backend   Backend
	Log       *report.Log
	StateDir  string // made if it does not exist
	SharedDir string // of the run; empty: none
	OutDir    string // where screenshots, copied files and, until Close, the console's log go; empty: StateDir for the log
	HostRoot  string // what relative host paths of a test start at
	Language  string // of the text on the screen, by Tesseract's name, several as "deu+eng"; empty: "eng"
	Keyboard  string // the layout of the keyboard that the guest expects, such as "de"; empty: "us"

	Limits Limits

	// Boot, if not nil, starts the machine in place of its backend: it may bring it up from a boot of an earlier run. The machine
	// is up when it returns.
	Boot func(context.Context, *Starter) error

	// KeepState says that the state directory is used again by a later machine, with its disks: these can't be part of snapshots.
	KeepState bool

	// FailOn are the kinds of trouble, told by the guest's kernel on the console, that end the test: OnTrouble is then called
	// with a *KernelError. The first line of each other kind is a warning in the log. The kinds are oops, bug, soft_lockup,
	// rcu_stall, hung_task, out_of_memory and core_dump.
	FailOn    []string
	OnTrouble func(error) // must not wait

	// BootTimeout is the longest time in which the guest shows no sign of a boot before the machine counts as dead; 0 means
	// DefaultBootTimeout. Emulated guests have twice that time.
	BootTimeout time.Duration
}

// Limits bound what a guest can make the host keep, in bytes; 0 means DefaultLimit.
type Limits struct {
	Output  int64 // of the standard output of a command, which is ended when it writes more
	Console int64 // of the file with the console's log, which then leaves out its middle
}

// DefaultLimit is the value of Limits that are 0.
const DefaultLimit = 256 << 20

// Machine is a machine under test. Its methods may be called concurrently; commands of one machine run one
// after the other. Every method that waits returns at once when the machine ends or the context does.
type Machine struct {
	o       Options
	console *Console
	unread  unreadEvents
	trouble trouble
	faults  faults
	reader  *ocr.Reader // of the screen; its helper processes start when they are first needed

	startMu   sync.Mutex // held while starting and restoring
	snapshots snapshots
	cpus      hotplugged // guarded by mu
	mu        sync.Mutex
	dir       string // the state directory
	inst      Instance
	watched   func() bool // stops the watch for the end of inst
	up        bool        // the root shell has been connected in this boot
	shells    int         // the instance's count of ended shells at that time
	reboots   bool        // started with allow_reboot
	closed    bool
}

// New returns a machine that is not started. The caller calls Close.
func New(o Options) (*Machine, error) {
	if err := os.MkdirAll(o.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("%s: state directory: %w", o.Name, err)
	}
	o.Limits = Limits{Output: cmp.Or(o.Limits.Output, DefaultLimit), Console: cmp.Or(o.Limits.Console, DefaultLimit)}
	if o.BootTimeout == 0 {
		o.BootTimeout = DefaultBootTimeout
	}
	m := &Machine{o: o, dir: o.StateDir, reader: ocr.New(ocr.Options{Language: o.Language})}
	var err error
	m.console, err = newConsole(consoleFile(cmp.Or(o.OutDir, o.StateDir), o.Name), o.Limits.Console, func(line string) {
		o.Log.Emit(context.Background(), report.Event{Kind: report.Serial, Machine: o.Name, Text: line})
		m.line(line)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: console log: %w", o.Name, err)
	}
	return m, nil
}

// Name returns the machine's name.
func (m *Machine) Name() string { return m.o.Name }

// StateDir returns the directory of the machine's sockets, and of the disks that its start script makes.
func (m *Machine) StateDir() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dir
}

// SetStateDir makes the machine start in another directory from now on, such as that of a machine whose disks it is to boot.
// It is an error while the machine runs.
func (m *Machine) SetStateDir(dir string) error {
	m.startMu.Lock()
	defer m.startMu.Unlock()
	if m.instance() != nil {
		return fmt.Errorf("%s: it runs: its state directory can be changed only before it starts", m.o.Name)
	}
	dir = m.hostPath(dir)
	if st, err := os.Stat(dir); err != nil {
		return fmt.Errorf("%s: state directory: %w", m.o.Name, err)
	} else if !st.IsDir() {
		return fmt.Errorf("%s: state directory: %s is no directory", m.o.Name, dir)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dir = dir
	return nil
}

// SharedDir returns the directory that the guest sees as /tmp/shared; empty when there is none.
func (m *Machine) SharedDir() string { return m.o.SharedDir }

// OutDir returns the directory for screenshots and copied files.
func (m *Machine) OutDir() string { return m.o.OutDir }

// SSHAddress returns the address, as in systemd-ssh-proxy(1), at which the host reaches the machine's SSH server without a
// network. It is empty when there is none.
func (m *Machine) SSHAddress() string {
	if s, ok := m.o.Backend.(SSHServer); ok {
		return s.SSHAddress(m.StateDir(), m.o.Name)
	}
	return ""
}

// Console returns the machine's serial console (a container's journal).
func (m *Machine) Console() *Console { return m.console }

// instance returns the running instance, nil when there is none.
func (m *Machine) instance() Instance {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.inst == nil {
		return nil
	}
	select {
	case <-m.inst.Done():
		return nil
	default:
		return m.inst
	}
}

// Booted reports whether the machine has been started and has not ended.
func (m *Machine) Booted() bool { return m.instance() != nil }

// Connected reports whether the machine's root shell is connected.
func (m *Machine) Connected() bool {
	inst := m.instance()
	m.mu.Lock()
	defer m.mu.Unlock()
	return inst != nil && m.up && m.shells == shells(inst)
}

// shells returns how many of the guest's root shells have ended.
func shells(i Instance) int {
	if r, ok := i.(Reconnecter); ok {
		return r.Shells()
	}
	return 0
}

// PID returns the process id of the machine, 0 when it does not run.
func (m *Machine) PID() int {
	if i := m.instance(); i != nil {
		return i.PID()
	}
	return 0
}

// Standstill returns why nothing may happen on the machine: it is still starting, QEMU has been stopped by a signal, the guest is
// paused. It is empty when nothing shows. A machine that does not answer is asked for up to a second.
func (m *Machine) Standstill(ctx context.Context) string {
	i := m.instance()
	if i == nil {
		if !m.startMu.TryLock() {
			return "its start is not over"
		}
		m.startMu.Unlock()
	}
	s, ok := i.(StandstillTeller)
	if !ok {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return s.Standstill(ctx)
}

// entry opens an entry of the log for a call of this machine.
func (m *Machine) entry(ctx context.Context, a report.Action, format string, args ...any) (context.Context, *report.Span) {
	return m.o.Log.Begin(ctx, report.Entry{Action: a, Machine: m.o.Name, Text: fmt.Sprintf(format, args...)})
}

func (m *Machine) state(s string) {
	m.o.Log.Emit(context.Background(), report.Event{Kind: report.State, Machine: m.o.Name, Text: s})
}

func (m *Machine) logf(ctx context.Context, level report.Level, format string, args ...any) {
	m.o.Log.Emit(ctx, report.Event{Kind: report.Message, Machine: m.o.Name, Level: level, Text: fmt.Sprintf(format, args...)})
}

// StartConfig are the choices of Start.
type StartConfig struct {
	AllowReboot bool // a reboot of the guest restarts it; otherwise it ends the machine
}

// Start starts the machine; it does nothing when it runs. It returns before the boot is over.
func (m *Machine) Start(ctx context.Context, c StartConfig) (err error) {
	if m.o.Boot != nil && !m.isStarting(ctx) {
		return m.startBy(ctx, c)
	}
	m.startMu.Lock()
	defer m.startMu.Unlock()
	if m.instance() != nil {
		return nil
	}
	return m.boot(ctx, c)
}

// boot starts the machine, which does not run. The caller holds startMu.
func (m *Machine) boot(ctx context.Context, c StartConfig) (err error) {
	if m.isClosed() {
		return m.released()
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "starting vm")
	defer func() { span.End(err) }()
	m.console.newBoot()
	_, err = m.launch(ctx, c, func(o StartOptions) (Instance, error) { return m.o.Backend.Start(ctx, o) })
	return err
}

func (m *Machine) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *Machine) released() error {
	return fmt.Errorf("%s: has been released and can't be started again", m.o.Name)
}

// startOptions returns those of the machine's backend.
func (m *Machine) startOptions(ctx context.Context, c StartConfig) StartOptions {
	return StartOptions{
		Name: m.o.Name, StateDir: m.StateDir(), SharedDir: m.o.SharedDir, AllowReboot: c.AllowReboot, Console: m.console,
		Logf: func(format string, args ...any) { m.logf(ctx, report.Info, format, args...) },
	}
}

// launch makes the machine run what start returns. The caller holds startMu.
func (m *Machine) launch(ctx context.Context, c StartConfig, start func(StartOptions) (Instance, error)) (Instance, error) {
	inst, err := start(m.startOptions(ctx, c))
	if err != nil {
		m.console.flush()
		var died *DiedError
		if errors.As(err, &died) && len(died.Console) == 0 {
			died.Console = m.console.Tail(50)
		}
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, &StartError{Machine: m.o.Name, Err: err}
	}
	m.mu.Lock()
	closed := m.closed
	if !closed {
		m.inst, m.up, m.reboots = inst, false, c.AllowReboot
		m.watched = context.AfterFunc(doneContext(inst), func() { m.console.flush(); m.state(report.StateStopped) })
	}
	m.mu.Unlock()
	if closed { // by Close, in the meantime
		return nil, errors.Join(m.released(), inst.Kill())
	}
	m.state(report.StateBooting)
	m.faults.started(m)
	return inst, nil
}

// Close ends the machine at once and releases all resources.
func (m *Machine) Close() error {
	m.mu.Lock()
	inst, closed := m.inst, m.closed
	m.closed = true
	m.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if inst != nil {
		err = inst.Kill()
	}
	if s, ok := m.o.Backend.(DiskServer); ok {
		err = errors.Join(err, s.CloseDisks())
	}
	return errors.Join(err, m.reader.Close(), m.console.close(), m.removeSnapshots())
}
