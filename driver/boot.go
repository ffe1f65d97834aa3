package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/bootcache"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
)

// Snapshots says what a run does with the boots of other runs.
type Snapshots string

// The values of Snapshots.
const (
	SnapshotsWrite Snapshots = ""     // uses and keeps them
	SnapshotsRead  Snapshots = "read" // uses them
	SnapshotsOff   Snapshots = "off"  // boots
)

// SnapshotDir returns the directory of the boots that runs keep: snapshots in guest.DefaultCacheDir.
func SnapshotDir() (string, error) {
	dir, err := guest.DefaultCacheDir()
	return filepath.Join(dir, "snapshots"), err
}

// preparingKey is that of a context in which a boot is prepared for the cache.
type preparingKey struct{}

// cachedBoot returns what starts a machine with a cached boot: it restores the boot of another run, or boots, prepares and saves.
func (d *Driver) cachedBoot(m made) func(context.Context, *machine.Starter) error {
	var again bool // starts come one after the other
	return func(ctx context.Context, s *machine.Starter) error {
		first := !again
		again = true
		if !first && m.StartScript != "" { // its disks stay
			return s.Boot(ctx)
		}
		b := boot{d: d, made: m, s: s}
		key, err := b.key()
		var cache *bootcache.Cache
		if err == nil {
			cache, err = openBoots()
		}
		var not *qemu.UncacheableError
		switch {
		case d.o.Snapshots == SnapshotsOff:
			return b.bootPrepared(ctx, nil)
		case noPlace(err):
			d.o.Log.Logf(ctx, report.Debug, "%s boots: there is no place for kept boots: %v", m.Name, err)
			return b.bootPrepared(ctx, nil)
		case errors.As(err, &not):
			d.o.Log.Logf(ctx, report.Info, "%s boots: %v", m.Name, err)
			return b.bootPrepared(ctx, nil)
		case err != nil:
			d.o.Log.Logf(ctx, report.Warning, "%s boots, since kept boots can't be used: %v", m.Name, err)
			return b.bootPrepared(ctx, nil)
		}
		b.cache, b.digest = cache, key
		return b.start(ctx)
	}
}

// openBoots opens the cache of boots.
func openBoots() (*bootcache.Cache, error) {
	dir, err := SnapshotDir()
	if err != nil {
		return nil, err
	}
	return bootcache.Open(dir, 0)
}

// noPlace reports whether there can be no cache, as in a Nix build.
func noPlace(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR)
}

// boot is the start of a machine with a cached boot.
type boot struct {
	d      *Driver
	made   made
	s      *machine.Starter
	cache  *bootcache.Cache
	digest string // the key of the entry
}

// key returns the SHA-256 of all that decides what the boot leads to.
func (b *boot) key() (string, error) {
	if b.made.fingerprint == nil {
		return "", &qemu.UncacheableError{Reason: "its backend can't keep boots"}
	}
	text, err := b.made.fingerprint(b.s.Machine().StateDir())
	if err != nil {
		return "", err
	}
	if b.made.Guest == "" { // it can't become another machine
		text += fmt.Sprintf("machine %q number %d\n", b.made.Name, b.made.number)
	}
	if p := b.made.Prepare; p != nil {
		text += fmt.Sprintf("preparation %q\n", p.Key)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text))), nil
}

// start restores the boot of another run, or makes it.
func (b *boot) start(ctx context.Context) error {
	if up, err := b.restore(ctx); up || err != nil {
		return err
	}
	if b.d.o.Snapshots == SnapshotsRead || ctx.Value(preparingKey{}) != nil { // within a preparation, to wait for another run could be to wait for oneself
		return b.bootPrepared(ctx, nil)
	}
	unlock, err := b.cache.Lock(ctx, b.digest, func() {
		b.d.o.Log.Logf(ctx, report.Info, "%s waits for the boot of another machine, which is kept", b.made.Name)
	})
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		b.d.o.Log.Logf(ctx, report.Warning, "%s boots, and its boot is not kept: %v", b.made.Name, err)
		return b.bootPrepared(ctx, nil)
	}
	defer unlock()
	if up, err := b.restore(ctx); up || err != nil {
		return err
	}
	var inputs inputs
	if err := b.bootPrepared(ctx, &inputs); err != nil {
		return err
	}
	if err := b.save(ctx, inputs.list); err != nil && ctx.Err() == nil {
		b.d.o.Log.Logf(ctx, report.Warning, "the boot of %s is not kept: %v", b.made.Name, err)
	}
	return context.Cause(ctx)
}

// restore restores the machine from an entry, if there is a good one. One that can't be restored is removed.
func (b *boot) restore(ctx context.Context) (up bool, err error) {
	e, err := b.cache.Find(b.digest)
	if err == nil && e == nil {
		return false, nil
	}
	if err == nil {
		if err = b.s.Restore(ctx, e.Dir, b.identity()); err == nil {
			b.d.uses(e)
			return true, nil
		}
		err = errors.Join(err, e.Close())
	}
	if ctx.Err() != nil {
		return false, err
	}
	b.d.o.Log.Logf(ctx, report.Warning, "%s boots: its kept boot can't be used, and is removed: %v", b.made.Name, err)
	if rerr := b.cache.Remove(b.digest); rerr != nil {
		b.d.o.Log.Logf(ctx, report.Warning, "the kept boot of %s can't be removed: %v", b.made.Name, rerr)
	}
	return false, nil
}

// identity makes the guest of a kept boot this machine.
func (b *boot) identity() machine.Identity {
	return b.d.identity(b.s.Machine(), b.made.description)
}

// uses keeps an entry as it is until the end of the run.
func (d *Driver) uses(e *bootcache.Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, e)
}

// inputs are the paths on the host that a preparation has copied.
type inputs struct {
	mu   sync.Mutex
	list []string
}

func (i *inputs) add(path string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.list, path) {
		i.list = append(i.list, path)
	}
}

// bootPrepared boots and prepares the machine.
func (b *boot) bootPrepared(ctx context.Context, in *inputs) (err error) {
	if err := b.s.Boot(ctx); err != nil {
		return err
	}
	p := b.made.Prepare
	if p == nil {
		return nil
	}
	ctx, span := b.d.o.Log.Begin(ctx, report.Entry{Action: report.ActionMachine, Machine: b.made.Name, Text: "preparing the machine"})
	defer func() { span.End(err) }()
	ctx = context.WithValue(ctx, preparingKey{}, true)
	if in != nil {
		ctx = machine.WithInputs(ctx, in.add)
	}
	return p.Run(ctx, b.s.Machine())
}

// save makes an entry of the machine, which goes on.
func (b *boot) save(ctx context.Context, paths []string) (err error) {
	meta := bootcache.Meta{Key: b.digest, Machine: b.made.Name, Saved: time.Now()}
	if b.made.Guest != "" {
		meta.Machine += " (" + b.made.Guest + ")"
	}
	for _, path := range paths {
		sum, err := bootcache.Sum(path)
		if err != nil {
			return err
		}
		meta.Inputs = append(meta.Inputs, bootcache.Input{Path: path, Sum: sum})
	}
	dir, err := b.cache.New(b.digest)
	if err != nil {
		return err
	}
	if err := b.s.Save(ctx, dir); err != nil {
		return errors.Join(err, b.cache.Drop(dir))
	}
	if key, err := b.key(); err != nil || key != b.digest { // a file has changed meanwhile
		return errors.Join(err, b.cache.Drop(dir))
	}
	if err := b.cache.Keep(dir, meta); err != nil {
		return errors.Join(err, b.cache.Drop(dir))
	}
	return nil
}
