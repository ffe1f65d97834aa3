package machine

import (
	"context"
	"io"

	"github.com/gotest-driver/gotest-driver/machine/disk"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// Backend is a kind of machine: it starts instances. Implementations are machine/qemu and machine/nspawn.
type Backend interface {
	// Kind names the backend in errors: "QEMU", "systemd-nspawn".
	Kind() string
	// Start starts the machine and returns before the boot is over. The context bounds the start only.
	Start(ctx context.Context, o StartOptions) (Instance, error)
}

// The interfaces below are optional for a Backend, whether the machine runs or not; Machine finds them by a type
// assertion.
type (
	// EFIStore is a Backend whose machines keep their EFI variables in a file in OVMF's format.
	EFIStore interface {
		EFIVarsPath(state, name string) string
	}
	// TTYReader is a Backend whose guests have virtual terminals (vcs(4)).
	TTYReader interface {
		// TTYCommand returns a command for the root shell that prints what a virtual terminal shows, in a form that
		// TTYText reads.
		TTYCommand(tty string) string
		// TTYText returns the text, a line for each line of the screen, of what TTYCommand printed.
		TTYText(printed string) (string, error)
	}
	// SSHServer is a Backend whose machines may have an SSH server that the host reaches without a network.
	SSHServer interface {
		// SSHAddress returns the server's address as in systemd-ssh-proxy(1), empty when there is none.
		SSHAddress(state, name string) string
	}
)

// DiskServer is a Backend that serves disks to its machines, so that they can have faults. They keep their content when the
// machine ends. Its methods may be called concurrently.
type DiskServer interface {
	// Disks returns the disks that it serves, whose files are in the state directory.
	Disks(state string) ([]ServedDisk, error)
	// AddDisk makes an empty disk, which the machine gets when it starts, or at once if inst is not nil.
	AddDisk(ctx context.Context, inst Instance, state string, size int64) (ServedDisk, error)
	// CloseDisks removes the disks. The machine has ended.
	CloseDisks() error
}

// ServedDisk is a disk that a DiskServer serves.
type ServedDisk struct {
	Name string // in the guest: "vda"; also the disk's serial number
	*disk.Disk
}

// Restorer is a Backend that starts a machine from what a Snapshotter has saved.
type Restorer interface {
	// Restore starts the machine; the root shell of the instance is connected.
	Restore(ctx context.Context, o StartOptions, from SnapshotOptions) (Instance, error)
	// Share makes the machines that Restore starts from a snapshot share the memory that they don't change, and start sooner. With
	// another directory than the snapshot's, it makes a whole snapshot of that kind there, and the first one stays as it is. It
	// starts a machine that does not run the guest, and ends it; what it leaves in the state directory of o is of no use.
	Share(ctx context.Context, o StartOptions, dir, to string) error
	// Discard removes what only Restore needs of a snapshot. The directory stays, because a machine may use its disks.
	Discard(dir string) error
}

// SnapshotOptions say how a snapshot is taken or restored.
type SnapshotOptions struct {
	// Dir is the snapshot's directory, below the machine's state directory and private to the snapshot. It must exist as long as
	// the machine does.
	Dir string
	// Barrier, if not nil, is called when the machine stands still, with all saved or restored. The machine goes on when it
	// returns; its error makes the snapshot or the restore fail.
	Barrier func(ctx context.Context) error
	// Identity makes a restored guest a machine of its own; the zero value leaves it the one that was saved.
	Identity Identity
}

// Identity are commands for the root shell of a guest that goes on from the snapshot of another machine.
type Identity struct {
	Apart  string // run while the cards on networks are unplugged
	Joined string // run when they are plugged in
}

// StartOptions say how a Backend starts a machine.
type StartOptions struct {
	Name        string
	StateDir    string    // exists, private to the machine
	SharedDir   string    // exists, shared with all machines of the run; empty: none
	AllowReboot bool      // a reboot of the guest restarts it; otherwise it ends the instance
	Console     io.Writer // takes the bytes of the serial console (or journal)
	Logf        func(format string, args ...any)
}

// Instance is a running machine, from its start to its end.
type Instance interface {
	// Done is closed when the machine has ended, for whatever reason.
	Done() <-chan struct{}
	// Err returns why the machine ended, nil when it powered off or still runs.
	Err() error
	// PID returns the process id of the machine on the host.
	PID() int
	// Connect waits for the root shell. It returns at once when the shell is connected.
	Connect(ctx context.Context) error
	// Run runs a command as root; Connect has been called before. A [*shell.NoShellError] says that the shell has ended
	// since then, and that nothing was run.
	Run(ctx context.Context, c shell.Command) (shell.Result, error)
	// Kill ends the machine at once and waits for the end of its processes.
	Kill() error
}

// The interfaces below are optional for an Instance; Machine finds them by a type assertion, and its error says what
// the backend can't do.
type (
	// Monitor returns QEMU's monitor.
	Monitor interface{ QMP() *qmp.Client }
	// Screenshotter takes a picture of the screen, as PNG.
	Screenshotter interface {
		Screenshot(ctx context.Context) ([]byte, error)
	}
	// Glancer is a Screenshotter that takes a picture at less cost for the guest, as PPM.
	Glancer interface {
		Glance(ctx context.Context) ([]byte, error)
	}
	// Keyboard presses the keys of a chord (QEMU's QKeyCode names) together and releases them. A guest or a host that
	// stops in between must not see them held: it would repeat them.
	Keyboard interface {
		SendKey(ctx context.Context, keys []string) error
	}
	// SymbolKeyboard is a Keyboard whose keys stand for the characters of a US keyboard, whatever layout the guest has.
	SymbolKeyboard interface {
		Keyboard
		NoLayouts()
	}
	// ConsoleWriter types on the serial console.
	ConsoleWriter interface {
		WriteConsole(ctx context.Context, data []byte) error
	}
	// PowerButton asks the guest to power off without its root shell.
	PowerButton interface {
		PowerButton(ctx context.Context) error
	}
	// Rebooter presses Ctrl-Alt-Delete.
	Rebooter interface {
		Reboot(ctx context.Context) error
	}
	// Networker plugs and unplugs the cables to the VLANs.
	Networker interface {
		SetVLANLinks(ctx context.Context, up bool) error
	}
	// Replugger moves the card on a VLAN to another switch, by its control directory.
	Replugger interface {
		PlugVLAN(ctx context.Context, nr int, socket string) error
		// OnVLAN reports whether the machine has a card on a VLAN.
		OnVLAN(ctx context.Context, nr int) (bool, error)
	}
	// TerminalOpener opens a terminal in the guest with a login shell of root on it. Connect has been called before.
	TerminalOpener interface {
		OpenTerminal(ctx context.Context, o TerminalOptions) (Terminal, error)
	}
	// Ender returns how an instance whose Err is nil has ended: "it has powered off", "the guest has rebooted".
	Ender interface{ Ending() string }
	// BootWatcher is an Instance that shows more of its guest's boot than the console.
	BootWatcher interface {
		BootSigns(ctx context.Context) (BootSigns, error)
	}
	// StandstillTeller is an Instance that tells why its guest, which gives no answer, may not be able to: QEMU is stopped or
	// paused. It returns an empty string when nothing shows.
	StandstillTeller interface {
		Standstill(ctx context.Context) string
	}
	// Explainer is an Instance that offers its guest ways to a root shell.
	Explainer interface {
		// Explain returns a line for each way, with how far it has come: there is no root shell. console is what
		// the guest has printed on the serial console.
		Explain(ctx context.Context, console string) []string
	}
	// Snapshotter is an Instance whose state can be saved: all that a Restorer needs. The machine goes on.
	Snapshotter interface {
		Snapshot(ctx context.Context, o SnapshotOptions) error
	}
	// DiskPlugger takes a served disk out of the running machine, and puts it in again.
	DiskPlugger interface {
		PlugDisk(ctx context.Context, d ServedDisk) error
		UnplugDisk(ctx context.Context, d ServedDisk) error
	}
	// DiskThrottler bounds the speed of a disk that the driver does not serve; the zero Speed ends that.
	DiskThrottler interface {
		ThrottleDisk(ctx context.Context, name string, s disk.Speed) error
	}
	// Slower gives the machine only a part of the processors' time, until stop is called.
	Slower interface {
		SlowDown(factor float64) (stop func(), err error)
	}
	// Reconnecter is a machine whose root shell can end and be replaced.
	Reconnecter interface {
		// ForgetShell makes Connect wait for a new shell. A command that is running fails with reason.
		ForgetShell(reason string)
		// Shells returns the number of root shells that have ended since the start.
		Shells() int
	}
)

// TerminalOptions describe the user's terminal to a shell in the guest.
type TerminalOptions struct {
	Term          string // $TERM; the guest falls back on a plainer one that it knows
	Columns, Rows int
}

// Terminal is a terminal in the guest. Read returns its output, and io.EOF when the shell has ended; Write types. Close
// ends the shell if it still runs.
type Terminal interface {
	io.ReadWriteCloser
	// StopReading ends the current Read and all later ones.
	StopReading()
	// Resize sets the size in the guest.
	Resize(ctx context.Context, columns, rows int) error
}
