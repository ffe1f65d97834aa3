package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// Entry is what a machine offers to the guest in an image that has no backdoor, by which the guest runs a root shell. A guest
// that brings a backdoor on the virtio console is welcome, too: the first shell that greets is the machine's.
type Entry struct {
	Port       string                // the name of the virtserialport on which the guest is to run the root shell
	Bell       string                // the beginning of the names of ports that are plugged in until the guest opens Port; empty: none
	OEMStrings []string              // of SMBIOS type 11
	Serial     string                // the serial number in SMBIOS type 1; empty: QEMU's
	Seed       func(io.Writer) error // writes a disk that the guest can read only; nil: none
	SeedKey    string                // is another one when Seed writes anything else
	Firmware   map[string]string     // files of fw_cfg, by their names
	Login      *Login                // on the serial console; nil: none
	Setup      func() string         // returns a script that each new root shell runs first; nil: none
	// Report returns a line for each way into the guest, with how far it has come; nil: none.
	Report func(Progress) []string
}

// Progress is what a machine shows of a guest that has not got a root shell.
type Progress struct {
	Bells    int   // the number of ports that have been plugged in
	Opened   bool  // the guest has opened Entry.Port
	SeedRead int64 // bytes that the guest has read of the seed
	Login    LoginStage
	Console  string // what the guest has printed on the serial console
}

// The files of an Entry in the machine's state directory.
const (
	portSocket = "console"
	seedFile   = "seed.iso"
)

// The ids of an Entry's devices in QEMU.
const (
	consolePort = "gotest-console"
	seedDrive   = "gotest-seed"
	bellID      = "gotest-bell"
)

// args returns the options that do not depend on where the machine's files are.
func (e *Entry) args() (list []string) {
	for _, s := range e.OEMStrings {
		list = append(list, "-smbios", "type=11,value="+escapeComma(s))
	}
	if e.Serial != "" {
		list = append(list, "-smbios", "type=1,serial="+escapeComma(e.Serial))
	}
	return list
}

// prepare writes the files of the state directory, and returns the options for them. They follow those of [Words].
func (e *Entry) prepare(state string) ([]string, error) {
	list := []string{"-chardev", "socket,id=" + portSocket + ",path=" + escapeComma(filepath.Join(state, portSocket)),
		"-device", "virtserialport,id=" + consolePort + ",chardev=" + portSocket + ",name=" + e.Port}
	if e.Seed != nil {
		path := filepath.Join(state, seedFile)
		if err := wholefile.Write(path, 0o600, e.Seed); err != nil {
			return nil, err
		}
		list = append(list, "-drive", "file="+escapeComma(path)+",if=virtio,format=raw,readonly=on,file.locking=off,id="+seedDrive)
	}
	n := 0
	for name, text := range e.Firmware {
		path := filepath.Join(state, fmt.Sprintf("firmware%d", n))
		n++
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
		list = append(list, "-fw_cfg", "name="+escapeComma(name)+",file="+escapeComma(path))
	}
	return list, nil
}

// entered is the state of an Entry.
type entered struct {
	*Entry
	consoles *consoles
	typist   *typist // nil: there is no Login
	bells    atomic.Int32
	once     sync.Once
	opened   chan struct{} // closed when the guest has opened the port
	quiet    chan struct{} // closed when no bell will ring any more

	mu      sync.Mutex // held while a new shell runs the script
	settled int        // the number of the shell that has run it, from 1
}

// The times between bells grow, so that the number of ports that a device can have is enough for the slowest boot. A bell hangs
// until the end, since a slow guest may look for it late.
const (
	maxBells  = 24
	firstBell = 2 * time.Second
)

// ring plugs in ports until the guest has opened the one that it is to open: udev looks at its rules, which may have been
// written a moment ago, when it sees a new device.
func (i *instance) ring(e *entered) {
	defer i.work.Done()
	defer close(e.quiet)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	id := func(n int) string { return fmt.Sprintf("%s%d", bellID, n) }
	pause, hung := firstBell, 0
	for wait := true; wait && e.Bell != "" && hung < maxBells; pause += pause / 4 {
		select {
		case <-e.opened:
			wait = false
			continue
		case <-e.consoles.greeted:
			wait = false
			continue
		case <-i.qmp.Done():
			return
		case <-time.After(pause):
		}
		if _, err := i.qmp.Execute(ctx, "device_add", map[string]any{"driver": "virtserialport", "id": id(hung), "name": fmt.Sprintf("%s%d", e.Bell, hung)}); err != nil {
			i.o.Logf("a port can't be plugged in: %v", err)
			break
		}
		hung++
		e.bells.Store(int32(hung))
	}
	select {
	case <-e.opened:
	case <-e.consoles.greeted:
	case <-i.qmp.Done():
		return
	}
	for n := range hung {
		if _, err := i.qmp.Execute(ctx, "device_del", map[string]any{"id": id(n)}); err != nil {
			return // QEMU has ended
		}
	}
}

// newEntered returns the state of an entry in a machine that starts.
func newEntered(e *Entry) *entered {
	s := &entered{Entry: e, opened: make(chan struct{}), quiet: make(chan struct{})}
	if e.Login != nil {
		s.typist = newTypist(*e.Login)
	}
	return s
}

// settle makes a new root shell run the script of the entry.
func (i *instance) settle(ctx context.Context) error {
	e := i.entry
	if e == nil {
		return nil
	}
	select {
	case <-e.quiet:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	number := i.session.Lost() + 1
	if e.Setup == nil || e.settled >= number {
		return nil
	}
	r, err := i.session.Run(ctx, shell.Command{Script: e.Setup()})
	if err != nil {
		return err
	}
	if r.Status != 0 {
		i.o.Logf("the guest's name and addresses can't all be set (status %d, the serial console tells more)", r.Status)
	}
	e.settled = number
	return nil
}

// Explain tells why the root shell has not come.
func (i *instance) Explain(ctx context.Context, console string) []string {
	if i.entry == nil || i.entry.Report == nil {
		return nil
	}
	p := Progress{Bells: int(i.entry.bells.Load()), Console: console}
	select {
	case <-i.entry.opened:
		p.Opened = true
	default:
	}
	if i.entry.typist != nil {
		p.Login = i.entry.typist.at()
	}
	disks, _ := qmp.Query[[]struct { // without an answer, nothing is known of the seed
		Device string `json:"device"`
		Stats  struct {
			Bytes int64 `json:"rd_bytes"`
		} `json:"stats"`
	}](ctx, i.qmp, "query-blockstats", nil)
	for _, d := range disks {
		if d.Device == seedDrive {
			p.SeedRead = d.Stats.Bytes
		}
	}
	return i.entry.Report(p)
}

// consoles is the connection to a root shell on one of two consoles, the one on which it has greeted first.
type consoles struct {
	net.Conn          // the virtio console
	port     net.Conn // the port of the entry
	out      *io.PipeReader
	in       *io.PipeWriter
	work     sync.WaitGroup

	chosen  atomic.Int32  // where the shell is
	greeted chan struct{} // closed when chosen is set
}

// Where a shell is.
const (
	unknown int32 = iota
	onVirtio
	onPort
)

// newConsoles returns the connection.
func newConsoles(virtio, port net.Conn, chosen int32) *consoles {
	c := &consoles{Conn: virtio, port: port, greeted: make(chan struct{})}
	c.out, c.in = io.Pipe()
	if chosen != unknown {
		c.choose(chosen)
	}
	c.work.Go(func() { c.in.CloseWithError(c.carry(virtio, onVirtio)) })
	c.work.Go(func() { c.in.CloseWithError(c.carry(port, onPort)) })
	return c
}

// choose reports whether the shell is on that console.
func (c *consoles) choose(which int32) bool {
	if c.chosen.CompareAndSwap(unknown, which) {
		close(c.greeted)
	}
	return c.chosen.Load() == which
}

// maxHeld is the most of a line that is held back.
const maxHeld = 64 << 10

// carry passes on what a console says: whole lines until a shell has greeted, after that all if the shell is there.
func (c *consoles) carry(from net.Conn, which int32) error {
	var held []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return err
		}
		held = append(held, buf[:n]...)
		pass := len(held)
		switch {
		case bytes.Contains(held, []byte(shell.Greeting)) && c.choose(which), c.chosen.Load() == which:
		case c.chosen.Load() != unknown:
			held = held[:0] // of a login prompt, or a second shell
			continue
		case len(held) < maxHeld:
			pass = bytes.LastIndexByte(held, '\n') + 1
		}
		if _, err := c.in.Write(held[:pass]); err != nil {
			return err
		}
		held = append(held[:0], held[pass:]...)
	}
}

// Read returns what the consoles say.
func (c *consoles) Read(p []byte) (int, error) { return c.out.Read(p) }

// Write sends to the shell.
func (c *consoles) Write(p []byte) (int, error) {
	if c.chosen.Load() == onPort {
		return c.port.Write(p)
	}
	return c.Conn.Write(p)
}

// SetWriteDeadline sets the deadline of both consoles.
func (c *consoles) SetWriteDeadline(t time.Time) error {
	return errors.Join(c.Conn.SetWriteDeadline(t), c.port.SetWriteDeadline(t))
}

// Close closes both consoles.
func (c *consoles) Close() error {
	err := errors.Join(c.Conn.Close(), c.port.Close(), c.out.Close())
	c.work.Wait()
	return err
}
