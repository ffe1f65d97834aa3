package qemu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

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
