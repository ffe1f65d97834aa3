package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/qcow2"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

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
	if err := i.settle(ctx); err != nil {
		return err
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
