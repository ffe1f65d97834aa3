package qemu

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/qcow2"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// The files of a snapshot, beside those of its disks: what saved describes, the memory and the devices in QEMU's format, and the
// EFI variables. Share replaces the state by the memory as it is, and the devices in QEMU's format.
const (
	savedFile   = "snapshot.json"
	stateFile   = "state"
	efiFile     = "efi-vars.fd"
	memoryFile  = "memory"
	devicesFile = "devices"
)

// saved describes a snapshot.
type saved struct {
	QEMU   string      `json:"qemu"`   // the version that has saved it
	Disks  []savedDisk `json:"disks"`  // those that the guest can write to
	EFI    bool        `json:"efi"`    // there are EFI variables
	Shares []share     `json:"shares"` // what the guest had mounted
	Shell  shell.State `json:"shell"`
	OnPort bool        `json:"on_port"` // the root shell is on the port of an Entry
	Memory savedMemory `json:"memory"`
}

// savedMemory is the memory of a machine that has it in one piece.
type savedMemory struct {
	ID    string `json:"id"` // of QEMU's object; empty: it is not in one piece
	Bytes int64  `json:"bytes"`
}

// savedDisk is a disk of a snapshot.
type savedDisk struct {
	Path string `json:"path"` // of the file that the start command names, below the state directory
	File string `json:"file"` // in the snapshot
}

// drive is a drive of a running QEMU.
type drive struct {
	id    string // by which QMP commands name it: a device, or a node
	start string // the path that the start command has for it, relative to the state directory
	path  string // of the file that the guest writes to now
}

// block is a drive as QEMU describes it.
type block struct {
	Device   string `json:"device"`
	Path     string `json:"qdev"` // of the device that the guest sees
	Inserted *struct {
		Node     string `json:"node-name"`
		File     string `json:"file"`
		Format   string `json:"drv"`
		ReadOnly bool   `json:"ro"`
	} `json:"inserted"`
}

// blocks returns all drives.
func (i *instance) blocks(ctx context.Context) ([]block, error) {
	return qmp.Query[[]block](ctx, i.qmp, "query-block", nil)
}

// drives returns the drives that a snapshot has to save, and whether there are EFI variables.
func (i *instance) drives(ctx context.Context) (list []drive, efi bool, err error) {
	blocks, err := i.blocks(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, b := range blocks {
		if b.Inserted == nil || b.Inserted.ReadOnly {
			continue
		}
		d := drive{id: cmp.Or(b.Device, b.Inserted.Node), path: b.Inserted.File}
		if at := slices.IndexFunc(i.overlays, func(o overlay) bool { return o.node == b.Inserted.Node }); at >= 0 {
			d.path, d.start = i.overlays[at].path, i.overlays[at].start
			list = append(list, d)
			continue
		}
		if !filepath.IsAbs(d.path) {
			d.path = filepath.Join(i.state, d.path)
		}
		if sameFile(d.path, i.efiVars) {
			efi = true
			continue
		}
		d.start, err = i.belowState(d.path)
		switch {
		case err != nil:
			return nil, false, fmt.Errorf("%s: its drive %s writes to a file without a name (snapshot=on), which no snapshot can keep", i.name, d.id)
		case b.Inserted.Format != "qcow2":
			return nil, false, fmt.Errorf("%s: its drive %s writes to %s, which has the format %s: a snapshot needs qcow2, or readonly=on", i.name, d.id, d.path, b.Inserted.Format)
		case d.start == "":
			return nil, false, fmt.Errorf("%s: its drive %s writes to %s, which is not in the machine's state directory: a snapshot would change it for good", i.name, d.id, d.path)
		}
		list = append(list, d)
	}
	return list, efi, nil
}

// memory returns what the guest has as its memory.
func (i *instance) memory(ctx context.Context) (savedMemory, error) {
	list, err := qmp.Query[[]struct {
		ID   string `json:"id"`
		Size int64  `json:"size"`
	}](ctx, i.qmp, "query-memdev", nil)
	if err != nil || len(list) != 1 {
		return savedMemory{}, err
	}
	return savedMemory{ID: list[0].ID, Bytes: list[0].Size}, nil
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// belowState returns the path of a file relative to the state directory, empty when it is not in there. The file must exist.
func (i *instance) belowState(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	state, err := filepath.EvalSymlinks(i.state)
	if err != nil {
		return "", err
	}
	below, err := filepath.Rel(state, real)
	if err != nil || !filepath.IsLocal(below) {
		return "", nil
	}
	return below, nil
}

// Snapshot saves the machine into a directory. The guest stands still meanwhile, and goes on after that; it sees that nothing
// has happened, except that its 9p file systems were unmounted and mounted again.
func (i *instance) Snapshot(ctx context.Context, o machine.SnapshotOptions) (err error) {
	i.saving.Lock()
	defer i.saving.Unlock()
	if i.vsock != nil {
		return fmt.Errorf("%s: has an SSH backdoor, whose device (vhost-user-vsock) QEMU can't save", i.name)
	}
	if disks, err := i.backend.Disks(i.state); err != nil || len(disks) > 0 {
		return errors.Join(fmt.Errorf("%s: has disks that the driver serves (disk_faults, add_disk), which no snapshot can keep", i.name), err)
	}
	drives, efi, err := i.drives(ctx)
	if err != nil {
		return err
	}
	shares, err := i.unmountShares(ctx)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, i.remountShares(ctx, shares))
	}()
	s := saved{QEMU: i.qmp.Version().String(), Shares: shares, EFI: efi, OnPort: i.entry != nil && i.entry.consoles.chosen.Load() == onPort}
	if s.Memory, err = i.memory(ctx); err != nil {
		return err
	}
	return i.session.Freeze(ctx, func(state shell.State) (err error) {
		s.Shell = state
		if err := i.qmp.Stop(ctx); err != nil {
			return err
		}
		defer func() {
			longer, cancel := begun(ctx)
			defer cancel()
			err = errors.Join(err, i.qmp.Cont(longer))
		}()
		if err = i.save(ctx, o.Dir, &s, drives); err == nil && o.Barrier != nil {
			err = o.Barrier(ctx)
		}
		return err
	})
}

// save writes all files of a snapshot of the stopped machine.
func (i *instance) save(ctx context.Context, dir string, s *saved, drives []drive) error {
	for n, d := range drives {
		disk := savedDisk{Path: d.start, File: fmt.Sprintf("disk%d", n)}
		if err := i.keepDisk(ctx, d, filepath.Join(dir, disk.File)); err != nil {
			return fmt.Errorf("%s: its disk can't be kept for the snapshot: %w", i.name, err)
		}
		s.Disks = append(s.Disks, disk)
	}
	if s.EFI {
		if err := copyFile(filepath.Join(dir, efiFile), i.efiVars); err != nil {
			return err
		}
	}
	if err := i.saveState(ctx, filepath.Join(dir, stateFile)); err != nil {
		return fmt.Errorf("%s: can't be saved: %w", i.name, err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, savedFile), text, 0o600)
}

// overlay is a file that the guest writes to since a snapshot, in place of the one that the start command names.
type overlay struct {
	node        string // its name in QEMU
	path, start string // as of drive
}

// keepDisk gives the file that the guest writes to a second name, and lets the guest go on with an overlay over it. The
// first name stays as long as QEMU runs: QEMU opens it again.
func (i *instance) keepDisk(ctx context.Context, d drive, file string) error {
	if err := os.Link(d.path, file); err != nil {
		return err
	}
	next := overlay{node: fmt.Sprintf("gotest-overlay%d", len(i.overlays)), path: file + "-next", start: d.start}
	if err := qcow2.Create(next.path, file, 0); err != nil {
		return err
	}
	if err := i.addOverlay(ctx, d, next); err != nil {
		return errors.Join(err, os.Remove(next.path))
	}
	i.overlays = append(i.overlays, next)
	return nil
}

// addOverlay makes QEMU, which may be another user and so gets the file open, write to an overlay.
func (i *instance) addOverlay(ctx context.Context, d drive, o overlay) error {
	f, err := os.OpenFile(o.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	given, err := i.qmp.AddFile(ctx, f)
	if err != nil {
		return err
	}
	cache := map[string]any{"direct": false, "no-flush": true}
	_, err = i.qmp.Execute(ctx, "blockdev-add", map[string]any{"driver": "qcow2", "node-name": o.node, "backing": nil, "cache": cache,
		// Nobody else uses the file; QEMU would lock it by another name than the one that it writes by.
		"file": map[string]any{"driver": "file", "filename": given, "locking": "off", "cache": cache}})
	err = errors.Join(err, i.qmp.RemoveFile(ctx, given))
	if err != nil {
		return err
	}
	if _, err := i.qmp.Execute(ctx, "blockdev-snapshot", map[string]any{"node": d.id, "overlay": o.node}); err != nil {
		_, derr := i.qmp.Execute(ctx, "blockdev-del", map[string]any{"node-name": o.node})
		return errors.Join(err, derr)
	}
	return nil
}

// settleDisks makes the files that the start command names those that the guest has written to last. QEMU has ended.
func (i *instance) settleDisks() {
	for _, o := range i.overlays {
		// Without the file the machine can't start again, which says so.
		_ = os.Rename(o.path, filepath.Join(i.state, o.start))
	}
}

// saveState writes the memory and the devices of the stopped machine. QEMU, which may be another user, gets a connection.
func (i *instance) saveState(ctx context.Context, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	mine, theirs, err := socketPair("migration")
	if err != nil {
		return err
	}
	defer mine.Close()
	received := make(chan error, 1)
	go func() {
		_, err := io.Copy(f, mine)
		mine.Close() // on a full disk, QEMU fails then, too
		received <- err
	}()
	if err = i.qmp.SetMigrationBandwidth(ctx, 1<<40); err != nil {
		theirs.Close()
	} else if err = i.qmp.Migrate(ctx, theirs); err == nil {
		err = i.qmp.WaitMigrated(ctx)
	}
	if err != nil {
		longer, cancel := begun(ctx)
		defer cancel()
		_ = i.qmp.CancelMigration(longer) // the error is that of the migration
		mine.Close()
	}
	if rerr := <-received; rerr != nil && !errors.Is(rerr, net.ErrClosed) {
		err = rerr
	}
	return err
}

// socketPair returns the two ends of a connection, one of them for QEMU.
func socketPair(name string) (mine net.Conn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	f := os.NewFile(uintptr(fds[0]), name)
	defer f.Close()
	theirs = os.NewFile(uintptr(fds[1]), name)
	if mine, err = net.FileConn(f); err != nil {
		theirs.Close()
	}
	return mine, theirs, err
}

// copyFile makes a new file with the content of another one. What that has no blocks for, the new one has none for either.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	block, empty := make([]byte, 64<<10), make([]byte, 64<<10)
	size := int64(0)
	for {
		n, err := io.ReadFull(in, block)
		if n > 0 && !bytes.Equal(block[:n], empty[:n]) {
			if _, err := out.WriteAt(block[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return out.Truncate(size)
		}
		if err != nil {
			return err
		}
	}
}

// Restore starts QEMU with a snapshot's memory, devices and disks.
func (b *Backend) Restore(ctx context.Context, o machine.StartOptions, from machine.SnapshotOptions) (machine.Instance, error) {
	i, r, err := b.startSaved(ctx, o, from.Dir, "")
	if err != nil {
		return nil, err
	}
	if from.Barrier != nil {
		err = from.Barrier(ctx)
	}
	if err == nil {
		err = i.wake(ctx, r.Shares, from.Identity)
	}
	if err != nil {
		killed := i.Kill()
		return nil, errors.Join(err, killed)
	}
	return i, nil
}

// startSaved starts QEMU with a snapshot; the guest stands still. If it is given a path, the memory becomes the file there.
func (b *Backend) startSaved(ctx context.Context, o machine.StartOptions, dir, memory string) (*instance, *restore, error) {
	s, err := readSaved(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: the snapshot can't be read: %w", o.Name, err)
	}
	if disks, err := b.Disks(o.StateDir); err != nil || len(disks) > 0 {
		return nil, nil, errors.Join(fmt.Errorf("%s: has got a disk by add_disk, which it had not when the snapshot was taken", o.Name), err)
	}
	for _, d := range s.Disks {
		path := filepath.Join(o.StateDir, d.Path)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return nil, nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, err
		}
		if err := qcow2.Create(path, filepath.Join(dir, d.File), 0); err != nil {
			return nil, nil, fmt.Errorf("%s: the snapshot's disk: %w", o.Name, err)
		}
	}
	if s.EFI {
		if err := copyFile(b.EFIVarsPath(o.StateDir, o.Name), filepath.Join(dir, efiFile)); err != nil {
			return nil, nil, err
		}
	}
	r := &restore{saved: s, dir: dir, memory: memory}
	if _, err := os.Stat(filepath.Join(dir, devicesFile)); err == nil && memory == "" {
		// QEMU would lengthen a file that is too short.
		r.memory = filepath.Join(dir, memoryFile)
		if st, err := os.Stat(r.memory); err != nil || st.Size() != s.Memory.Bytes {
			return nil, nil, fmt.Errorf("%s: the snapshot's memory is not whole", o.Name)
		}
		r.shared = true
	}
	i, err := b.start(ctx, o, r)
	return i, r, err
}

// Share makes the memory of a snapshot a file that the machines which start from it map, in the snapshot itself or in a copy of it.
// Where the guest's memory is not in one piece, there is no such file.
func (b *Backend) Share(ctx context.Context, o machine.StartOptions, dir, to string) (err error) {
	s, err := readSaved(dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, devicesFile)); err == nil && to == dir {
		return nil
	}
	var files []string
	for _, d := range s.Disks {
		files = append(files, d.File)
	}
	if s.EFI {
		files = append(files, efiFile)
	}
	if s.Memory.ID == "" {
		files = append(files, stateFile)
	}
	for _, name := range append(files, savedFile) {
		if to == dir {
			break
		}
		if err := copyFile(filepath.Join(to, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if s.Memory.ID == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeAny(to, memoryFile, devicesFile+partSuffix))
		}
	}()
	i, _, err := b.startSaved(ctx, o, dir, filepath.Join(to, memoryFile))
	if err != nil {
		return err
	}
	if err = i.qmp.IgnoreSharedMemory(ctx, true); err == nil {
		err = i.saveState(ctx, filepath.Join(to, devicesFile+partSuffix))
	}
	if err = errors.Join(err, i.Kill()); err != nil {
		return err
	}
	// With this name, restores use both files.
	if err = os.Rename(filepath.Join(to, devicesFile+partSuffix), filepath.Join(to, devicesFile)); err != nil {
		return err
	}
	return removeAny(to, stateFile)
}

// partSuffix ends the name of a file that is not whole.
const partSuffix = ".part"

// removeAny removes the files of these names that are in a directory.
func removeAny(dir string, names ...string) error {
	var errs []error
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Discard removes what only Restore needs of a snapshot.
func (b *Backend) Discard(dir string) error {
	return removeAny(dir, savedFile, stateFile, efiFile, memoryFile, devicesFile)
}

// readSaved reads and checks the description of a snapshot.
func readSaved(dir string) (*saved, error) {
	text, err := os.ReadFile(filepath.Join(dir, savedFile))
	if err != nil {
		return nil, err
	}
	s := &saved{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	for _, d := range s.Disks {
		if !filepath.IsLocal(d.Path) || filepath.Base(d.File) != d.File || !filepath.IsLocal(d.File) {
			return nil, fmt.Errorf("%s names the files %q and %q", savedFile, d.Path, d.File)
		}
	}
	if s.Memory.ID != "" && (!memoryID().MatchString(s.Memory.ID) || s.Memory.Bytes <= 0) {
		return nil, fmt.Errorf("%s has %d bytes of memory with the name %q", savedFile, s.Memory.Bytes, s.Memory.ID)
	}
	return s, s.Shell.Check()
}

// memoryID matches what a memory of QEMU's is called, which becomes a part of an option.
var memoryID = lazyre.Compile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// restore is a snapshot that QEMU starts with.
type restore struct {
	*saved
	dir    string
	memory string // the path of a file; empty: the memory has none
	shared bool   // the file has the memory, which the guest changes for itself; else it gets it
}

// options returns those that QEMU starts with.
func (r *restore) options() []string {
	w := []string{"-incoming", "defer"}
	if r.memory != "" {
		share := map[bool]string{true: "off", false: "on"}[r.shared]
		w = append(w, "-object", fmt.Sprintf("memory-backend-file,id=%s,size=%d,mem-path=%s,share=%s,x-use-canonical-path-for-ramblock-id=off",
			r.Memory.ID, r.Memory.Bytes, escapeComma(r.memory), share), "-machine", "memory-backend="+r.Memory.ID)
	}
	return w
}

// load makes a QEMU that waits for its state load it.
func (r *restore) load(ctx context.Context, q *qmp.Client) error {
	if v := q.Version().String(); v != r.QEMU {
		return fmt.Errorf("the snapshot is of QEMU %s, and this is QEMU %s", r.QEMU, v)
	}
	name := stateFile
	if r.shared {
		name = devicesFile
		if err := q.IgnoreSharedMemory(ctx, true); err != nil {
			return err
		}
	}
	f, err := os.Open(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	mine, theirs, err := socketPair("migration")
	if err != nil {
		return err
	}
	defer mine.Close()
	if err := q.MigrateIncoming(ctx, theirs); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { mine.Close() })()
	if _, err := io.Copy(mine, f); err != nil {
		return err
	}
	if err := mine.(*net.UnixConn).CloseWrite(); err != nil {
		return err
	}
	if err := q.WaitMigrated(ctx); err != nil || !r.shared {
		return err
	}
	return q.IgnoreSharedMemory(ctx, false) // a snapshot of this machine has all of its memory
}

// wake lets a restored guest go on, tells it the time and who it is, and mounts its shares.
func (i *instance) wake(ctx context.Context, shares []share, identity machine.Identity) error {
	another := identity != machine.Identity{}
	var cards []qmp.NetDevice
	if another {
		var err error
		if cards, err = i.vlanCards(ctx); err == nil {
			err = i.plug(ctx, cards, false)
		}
		if err != nil {
			return err
		}
	}
	if err := i.qmp.Cont(ctx); err != nil {
		return err
	}
	now := time.Now().Add(time.Duration(i.backend.ahead.Load()))
	r, err := i.session.Run(ctx, shell.Command{Script: fmt.Sprintf("date -u -s @%d.%09d 2>/dev/null || date -u -s @%[1]d", now.Unix(), now.Nanosecond())})
	if err != nil {
		return err
	}
	if r.Status != 0 {
		i.o.Logf("the clock of the restored guest can't be set (date ended with status %d): it goes on from the time of the snapshot", r.Status)
	}
	if another {
		if err := i.identify(ctx, identity.Apart); err != nil {
			return err
		}
		if err := i.plug(ctx, cards, true); err != nil {
			return err
		}
		if err := i.identify(ctx, identity.Joined); err != nil {
			return err
		}
	}
	return i.mountShares(ctx, shares)
}

// identify runs a part of an Identity.
func (i *instance) identify(ctx context.Context, script string) error {
	if script == "" {
		return nil
	}
	r, err := i.session.Run(ctx, shell.Command{Script: script})
	if err == nil && r.Status != 0 {
		err = fmt.Errorf("status %d, the serial console tells more", r.Status)
	}
	if err != nil {
		return fmt.Errorf("%s: the guest can't become a machine of its own: %w", i.name, err)
	}
	return nil
}
