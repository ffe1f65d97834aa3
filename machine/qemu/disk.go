package qemu

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/qcow2"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/disk"
)

// served are the disks that the driver serves to a machine.
type served struct {
	mu    sync.Mutex
	disks []machine.ServedDisk
	base  io.Closer // the image of the first one; nil: none
}

// maxDisks bounds the disks: each takes a slot of the PCI bus.
const maxDisks = 8

// firstSlot is the PCI slot of the first disk that was added. Guests name their disks in the order of the slots, so these come
// after those of the command line.
const firstSlot = 0x18

// Disks returns the served disks. The first one, if Spec.ServeDisk asks for it, is made by the first call.
func (b *Backend) Disks(state string) ([]machine.ServedDisk, error) {
	b.served.mu.Lock()
	defer b.served.mu.Unlock()
	if b.StartCommand == "" && len(b.served.disks) == 0 {
		if spec := b.Spec(); spec.ServeDisk {
			if spec.Image == "" {
				return nil, errors.New("disk_faults needs a machine with a disk, which this one has not: add_disk gives it one, whose faults need no disk_faults")
			}
			base, size, err := qcow2.Open(spec.Image)
			if err != nil {
				return nil, fmt.Errorf("the image can't be used: %w", err)
			}
			b.served.base = base
			if err := b.make(state, "vda", disk.Options{Base: base, Size: max(size, spec.DiskSize)}); err != nil {
				return nil, err
			}
		}
	}
	return slices.Clone(b.served.disks), nil
}

// make makes a disk. The caller holds served.mu.
func (b *Backend) make(state, name string, o disk.Options) error {
	h := fnv.New64a()
	fmt.Fprint(h, b.Seed, b.Name, name)
	o.Path, o.Seed = filepath.Join(state, b.Name+"-"+name), h.Sum64()
	o.Logf = func(format string, args ...any) {
		if b.Logf != nil {
			b.Logf("disk "+name+": "+format, args...)
		}
	}
	d, err := disk.New(o)
	if err != nil {
		return err
	}
	b.served.disks = append(b.served.disks, machine.ServedDisk{Name: name, Disk: d})
	return nil
}

// AddDisk makes an empty disk. Its name is that of the first virtio disk which the machine has not.
func (b *Backend) AddDisk(ctx context.Context, inst machine.Instance, state string, size int64) (machine.ServedDisk, error) {
	list, err := b.Disks(state)
	if err != nil {
		return machine.ServedDisk{}, err
	}
	if len(list) == maxDisks {
		return machine.ServedDisk{}, fmt.Errorf("it has %d disks that the driver serves already", maxDisks)
	}
	others, err := b.others(ctx, inst)
	if err != nil {
		return machine.ServedDisk{}, err
	}
	b.served.mu.Lock()
	name := "vd" + string(rune('a'+others+len(list)))
	err = b.make(state, name, disk.Options{Size: size})
	if err != nil {
		b.served.mu.Unlock()
		return machine.ServedDisk{}, err
	}
	d := b.served.disks[len(list)]
	b.served.mu.Unlock()
	if inst == nil {
		return d, nil
	}
	if err := inst.(*instance).PlugDisk(ctx, d); err != nil {
		b.served.mu.Lock()
		defer b.served.mu.Unlock()
		b.served.disks = slices.DeleteFunc(b.served.disks, func(x machine.ServedDisk) bool { return x == d })
		return d, errors.Join(err, d.Close())
	}
	return d, nil
}

// others returns how many virtio disks the machine has beside the served ones.
func (b *Backend) others(ctx context.Context, inst machine.Instance) (int, error) {
	if b.StartCommand == "" {
		spec := b.Spec()
		n := strings.Count(strings.Join(spec.Options, " "), "if=virtio")
		if spec.Image != "" && !spec.ServeDisk {
			n++
		}
		return n, nil
	}
	if inst == nil {
		return 0, errors.New("add_disk needs a machine that runs: only then is known which disks its start command makes")
	}
	blocks, err := inst.(*instance).blocks(ctx)
	n := 0
	for _, block := range blocks {
		if strings.HasSuffix(block.Path, "/virtio-backend") && !strings.Contains(block.Path, "/"+devicePrefix) {
			n++
		}
	}
	return n, err
}

// CloseDisks removes the disks.
func (b *Backend) CloseDisks() error {
	b.served.mu.Lock()
	defer b.served.mu.Unlock()
	var errs []error
	for _, d := range b.served.disks {
		errs = append(errs, d.Close())
	}
	b.served.disks = nil
	if b.served.base != nil {
		errs = append(errs, b.served.base.Close())
		b.served.base = nil
	}
	return errors.Join(errs...)
}

// devicePrefix begins the ids of the served disks in QEMU.
const devicePrefix = "gotest-disk-"

// diskDevice are the properties of a disk's device. A guest is told of errors; QEMU would stop it when there is no room.
func diskDevice(d machine.ServedDisk) map[string]any {
	id := devicePrefix + d.Name
	return map[string]any{"driver": "virtio-blk-pci", "id": id, "drive": id, "serial": d.Name, "werror": "report", "rerror": "report"}
}

// serveDisks makes a connection for each disk that is in the machine. It returns QEMU's options, and its ends of the
// connections, whose numbers begin with 3.
func (i *instance) serveDisks(list []machine.ServedDisk, root bool) (words []string, err error) {
	for n, d := range list {
		if !d.Present() {
			continue
		}
		theirs, err := i.serve(d)
		if err != nil {
			return nil, err
		}
		i.given = append(i.given, theirs)
		id := devicePrefix + d.Name
		device := fmt.Sprintf("virtio-blk-pci,id=%s,drive=%[1]s,serial=%s,werror=report,rerror=report", id, d.Name)
		if !root || n > 0 {
			device += fmt.Sprintf(",addr=%#x", firstSlot+n)
		}
		words = append(words, "-blockdev", fmt.Sprintf("driver=nbd,node-name=%s,server.type=fd,server.str=%d", id, 2+len(i.given)), "-device", device)
	}
	return words, nil
}

// serve serves a disk to QEMU until the connection ends. It returns QEMU's end.
func (i *instance) serve(d machine.ServedDisk) (theirs *os.File, err error) {
	mine, theirs, err := socketPair(d.Name)
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return nil, errors.Join(errEnded, mine.Close(), theirs.Close())
	}
	i.diskConns = append(i.diskConns, mine)
	i.serving.Go(func() {
		if err := d.Serve(mine); err != nil {
			i.o.Logf("disk %s: %v", d.Name, err)
		}
	})
	return theirs, nil
}

// closeGiven closes the driver's copies of QEMU's ends.
func (i *instance) closeGiven() {
	for _, f := range i.given {
		f.Close()
	}
	i.given = nil
}

// settleServed ends the service when QEMU has ended. What QEMU was told to write counts as flushed: only a power failure, which
// comes before the end, loses it.
func (i *instance) settleServed() {
	i.mu.Lock()
	conns := i.diskConns
	i.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	i.serving.Wait()
	i.backend.served.mu.Lock()
	defer i.backend.served.mu.Unlock()
	for _, d := range i.backend.served.disks {
		if err := d.Flush(); err != nil {
			i.o.Logf("disk %s: %v", d.Name, err)
		}
	}
}

// PlugDisk puts a served disk into the running machine.
func (i *instance) PlugDisk(ctx context.Context, d machine.ServedDisk) error {
	theirs, err := i.serve(d)
	if err != nil {
		return err
	}
	id := devicePrefix + d.Name
	if err := i.qmp.GetFD(ctx, id, theirs); err != nil {
		return err
	}
	if _, err := i.qmp.Execute(ctx, "blockdev-add", map[string]any{"driver": "nbd", "node-name": id, "server": map[string]any{"type": "fd", "str": id}}); err != nil {
		return err
	}
	if _, err := i.qmp.Execute(ctx, "device_add", diskDevice(d)); err != nil {
		_, derr := i.qmp.Execute(ctx, "blockdev-del", map[string]any{"node-name": id})
		return errors.Join(err, derr)
	}
	return nil
}

// unplugLimit bounds how long a guest may take to let go of a device.
const unplugLimit = 30 * time.Second

// UnplugDisk takes a served disk out of the running machine.
func (i *instance) UnplugDisk(ctx context.Context, d machine.ServedDisk) error {
	if err := i.removeDevice(ctx, devicePrefix+d.Name); err != nil {
		return err
	}
	_, err := i.qmp.Execute(ctx, "blockdev-del", map[string]any{"node-name": devicePrefix + d.Name})
	return err
}

// removeDevice asks the guest to let go of a device, and waits until it has.
func (i *instance) removeDevice(ctx context.Context, id string) error {
	sub := i.qmp.SubscribeNew()
	defer sub.Close()
	if _, err := i.qmp.Execute(ctx, "device_del", map[string]any{"id": id}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, unplugLimit, fmt.Errorf("the guest has not let go of the device %s within %v", id, unplugLimit))
	defer cancel()
	for {
		ev, err := sub.Next(ctx)
		if err != nil {
			return errors.Join(context.Cause(ctx), err)
		}
		if ev.Name == "DEVICE_DELETED" && ev.Data["device"] == id {
			return nil
		}
	}
}

// ThrottleDisk bounds the speed of a drive. The name of a virtio disk is what Linux calls it; others go by QEMU's names.
func (i *instance) ThrottleDisk(ctx context.Context, name string, s disk.Speed) error {
	blocks, err := i.blocks(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, b := range blocks {
		called := b.Device
		if strings.HasSuffix(b.Path, "/virtio-backend") {
			called = "vd" + string(rune('a'+len(names)))
		}
		names = append(names, called)
		if called != name {
			continue
		}
		_, err := i.qmp.Execute(ctx, "block_set_io_throttle", map[string]any{"id": b.Path, "bps": s.Bandwidth, "iops": s.IOPS,
			"bps_rd": 0, "bps_wr": 0, "iops_rd": 0, "iops_wr": 0})
		return err
	}
	return fmt.Errorf("there is no disk %s (there are: %s)", name, strings.Join(names, ", "))
}

var (
	_ machine.DiskThrottler = (*instance)(nil)
	_ machine.DiskServer    = (*Backend)(nil)
	_ machine.DiskPlugger   = (*instance)(nil)
)
