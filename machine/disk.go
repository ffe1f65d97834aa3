package machine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/machine/disk"
	"github.com/gotest-driver/gotest-driver/report"
)

// Disk is a disk of a machine. Its faults end when what they return is called, and with the machine's Close; a new start of the
// machine does not end them.
type Disk struct {
	m    *Machine
	name string
}

// Disk returns the disk that has a name in the guest, such as "vda". Whether there is one is seen when it is used.
func (m *Machine) Disk(name string) *Disk { return &Disk{m, name} }

// Name returns the disk's name in the guest.
func (d *Disk) Name() string { return d.name }

// Machine returns the machine that has the disk.
func (d *Disk) Machine() *Machine { return d.m }

// servedDisks returns the disks that the driver serves.
func (m *Machine) servedDisks(call string) ([]ServedDisk, error) {
	s, ok := m.o.Backend.(DiskServer)
	if !ok {
		return nil, m.unsupported(call)
	}
	disks, err := s.Disks(m.StateDir())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.o.Name, err)
	}
	return disks, nil
}

// ServedDisks returns the disks that the driver serves, in the order of their names.
func (m *Machine) ServedDisks() ([]*Disk, error) {
	served, err := m.servedDisks("faults of disks")
	disks := make([]*Disk, len(served))
	for n, d := range served {
		disks[n] = m.Disk(d.Name)
	}
	return disks, err
}

// AddDisk gives the machine an empty disk of a size in bytes, at once when it runs. The driver serves it, so that it can have
// faults, and it keeps its content when the machine ends.
func (m *Machine) AddDisk(ctx context.Context, size int64) (_ *Disk, err error) {
	m.startMu.Lock()
	defer m.startMu.Unlock()
	if size <= 0 || size%disk.Sector != 0 {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("a disk of %d bytes can't be added: want a multiple of %d", size, disk.Sector)}
	}
	s, ok := m.o.Backend.(DiskServer)
	if !ok {
		return nil, m.unsupported("add_disk")
	}
	if m.isClosed() {
		return nil, m.released()
	}
	ctx, span := m.entry(ctx, report.ActionMachine, "adding a disk of %d bytes", size)
	defer func() { span.End(err) }()
	d, err := s.AddDisk(ctx, m.instance(), m.StateDir(), size)
	if err != nil {
		return nil, fmt.Errorf("%s: a disk can't be added: %w", m.o.Name, err)
	}
	m.logf(ctx, report.Info, "it is %s in the guest", d.Name)
	return m.Disk(d.Name), nil
}

// served returns the disk, which must be one that the driver serves.
func (d *Disk) served(call string) (ServedDisk, error) {
	disks, err := d.m.servedDisks(call)
	if err != nil {
		return ServedDisk{}, err
	}
	var names []string
	for _, x := range disks {
		if x.Name == d.name {
			return x, nil
		}
		names = append(names, x.Name)
	}
	there := "there are none"
	if len(names) > 0 {
		there = "there are " + strings.Join(names, ", ")
	}
	return ServedDisk{}, &ArgumentError{Machine: d.m.o.Name, Message: fmt.Sprintf(
		"%s of the disk %s needs one that the driver serves, by create_machine(disk_faults = True) or add_disk (%s)", call, d.name, there)}
}

// fault makes a fault of a served disk.
func (d *Disk) fault(ctx context.Context, call, text string, begin func(s ServedDisk) (end func(), err error)) (End, error) {
	s, err := d.served(call)
	if err != nil {
		return nil, err
	}
	return d.m.fault(ctx, d.described(text, true), func(context.Context) (End, error) {
		end, err := begin(s)
		if err != nil {
			return nil, d.argument(err.Error())
		}
		return func(context.Context) error { end(); return nil }, nil
	})
}

// described returns a fault of the disk.
func (d *Disk) described(text string, stays bool) *fault {
	return &fault{text: "disk " + d.name + " " + text, stays: stays, of: d.name}
}

// Heal ends all faults of the disk. What is corrupt stays so.
func (d *Disk) Heal(ctx context.Context) error {
	return d.m.faults.undo(ctx, func(x *fault) bool { return x.of == d.name })
}

func (d *Disk) argument(why string) error {
	return &ArgumentError{Machine: d.m.o.Name, Message: "disk " + d.name + ": " + why}
}

// Fail makes requests of the guest fail with an input/output error (EIO).
func (d *Disk) Fail(ctx context.Context, f disk.Failure) (End, error) {
	var what []string
	for _, kind := range []struct {
		name string
		on   bool
	}{{"read", f.Read}, {"write", f.Write}, {"flush", f.Flush}} {
		if kind.on {
			what = append(what, kind.name)
		}
	}
	text := "fails: " + strings.Join(what, ", ")
	if f.End != 0 {
		text += fmt.Sprintf(" of the sectors %d to %d", f.First, f.End-1)
	}
	if f.After > 0 {
		text += fmt.Sprintf(" after %d more", f.After)
	}
	if f.Rate > 0 {
		text += fmt.Sprintf(", the part %g of them", f.Rate)
	}
	return d.fault(ctx, "fail", text, func(s ServedDisk) (func(), error) { return s.Fail(f) })
}

// Fill leaves room for a number of bytes only: when the guest has written so many to places where it had written nothing before,
// further such writes fail. A virtio disk knows one error only, so the guest sees EIO.
func (d *Disk) Fill(ctx context.Context, room int64) (End, error) {
	return d.fault(ctx, "full", fmt.Sprintf("has room for %d bytes", room), func(s ServedDisk) (func(), error) { return s.Fill(room) })
}

// Slow makes the disk slow. A disk that the driver does not serve can't have a latency; QEMU bounds its requests and bytes.
func (d *Disk) Slow(ctx context.Context, speed disk.Speed) (End, error) {
	var what []string
	if speed.Latency != 0 {
		what = append(what, fmt.Sprintf("%v for each request", speed.Latency))
	}
	if speed.IOPS != 0 {
		what = append(what, fmt.Sprintf("%d requests in a second", speed.IOPS))
	}
	if speed.Bandwidth != 0 {
		what = append(what, fmt.Sprintf("%d bytes in a second", speed.Bandwidth))
	}
	text := "is slow: " + strings.Join(what, ", ")
	_, err := d.served("slow")
	if err == nil || speed.Latency != 0 {
		return d.fault(ctx, "slow", text, func(s ServedDisk) (func(), error) { return s.Slow(speed) })
	}
	if speed.IOPS < 0 || speed.Bandwidth < 0 || speed == (disk.Speed{}) {
		return nil, d.argument("want a latency, a number of requests in a second (iops) or of bytes (bandwidth), more than 0")
	}
	return d.m.fault(ctx, d.described(text, false), func(ctx context.Context) (End, error) {
		throttle := func(ctx context.Context, s disk.Speed) error {
			return d.m.running(ctx, "slow", func(ctx context.Context, inst Instance) error {
				t, ok := inst.(DiskThrottler)
				if !ok {
					return d.m.unsupported("slow")
				}
				if err := t.ThrottleDisk(ctx, d.name, s); err != nil {
					return fmt.Errorf("%s: %w", d.m.o.Name, err)
				}
				return nil
			})
		}
		inst := d.m.instance()
		return func(ctx context.Context) error {
			if inst != d.m.instance() { // a new QEMU knows nothing of it
				return nil
			}
			return throttle(ctx, disk.Speed{})
		}, throttle(ctx, speed)
	})
}

// Corrupt replaces bytes of the disk at an offset. That lasts until somebody writes there again. What the guest has read before
// may still be in its memory.
func (d *Disk) Corrupt(ctx context.Context, offset int64, data []byte) (err error) {
	s, err := d.served("corrupt")
	if err != nil {
		return err
	}
	_, span := d.m.entry(ctx, report.ActionMachine, "corrupting %d bytes of the disk %s at %d", len(data), d.name, offset)
	defer func() { span.End(err) }()
	if err := s.Corrupt(offset, data); err != nil {
		return d.argument(err.Error())
	}
	return nil
}

// CorruptFile replaces the first bytes of a file on the disk, which the guest then forgets to have read. The guest needs the
// program filefrag (e2fsprogs), to say where the file is.
func (d *Disk) CorruptFile(ctx context.Context, path string, data []byte) error {
	if _, err := d.served("corrupt"); err != nil {
		return err
	}
	const where = `f=%[1]s; sync; [ -f "$f" ] || { echo "it is no file"; exit 1; }
command -v filefrag >/dev/null || { echo "filefrag, which says where a file is, is not in the guest"; exit 1; }
d=$(stat -c %%d "$f"); d=/sys/dev/block/$((d >> 8 & 4095)):$((d & 255 | d >> 12 & 1048320))
echo "$(readlink -f $d)" "$(cat $d/start 2>/dev/null || echo 0)"
filefrag -b512 -v "$f"`
	r, err := d.m.Execute(ctx, fmt.Sprintf(where, shellescape.Quote(path)), ExecuteOptions{Timeout: defaultTimeout})
	if err != nil {
		return err
	}
	if r.Status != 0 {
		return d.argument(path + " can't be corrupted: " + strings.TrimSpace(r.Output))
	}
	at, room, err := place(r.Output, d.name)
	if err != nil {
		return d.argument(path + " can't be corrupted: " + err.Error())
	}
	if int64(len(data)) > room {
		return d.argument(fmt.Sprintf("%s can't be corrupted: only its first %d bytes are in one place, and not %d", path, room, len(data)))
	}
	if err := d.Corrupt(ctx, at, data); err != nil {
		return err
	}
	_, err = d.m.Succeed(ctx, "echo 3 >/proc/sys/vm/drop_caches", defaultTimeout)
	return err
}

// extent matches the first extent of filefrag's list: its logical and physical offset and its length, in sectors.
var extent = lazyre.Compile(`(?m)^\s*0:\s+0\.\.\s*\d+:\s*(\d+)\.\.\s*\d+:\s*(\d+):`)

// place returns where on a disk the file is that filefrag describes, behind a line with its device's directory and first sector,
// and how many bytes are there together.
func place(text, disk string) (offset, length int64, err error) {
	head, list, _ := strings.Cut(text, "\n")
	device, start, _ := strings.Cut(strings.TrimSpace(head), " ")
	first, err := strconv.ParseInt(start, 10, 64)
	if err != nil || !slices.Contains(strings.Split(device, "/"), disk) {
		return 0, 0, fmt.Errorf("it is not on the disk %s, but on %s", disk, path.Base(device))
	}
	m := extent().FindStringSubmatch(list)
	if m == nil {
		return 0, 0, errors.New("it has no place on the disk: it is empty, or its file system keeps it elsewhere")
	}
	physical, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, 0, err
	}
	sectors, err := strconv.ParseInt(m[2], 10, 64)
	return (first + physical) * 512, sectors * 512, err
}

// detached describes a disk that is not in the machine.
const detached = "is detached"

// Attach puts the disk that Detach has taken out into the machine again.
func (d *Disk) Attach(ctx context.Context) error {
	s, err := d.served("attach")
	if err != nil {
		return err
	}
	if s.Present() {
		return d.argument("it is not detached")
	}
	text := d.described(detached, true).text
	return d.m.faults.undo(ctx, func(x *fault) bool { return x.text == text })
}

// Detach takes the disk out of the machine, as a hot unplug does: the guest agrees to it. A machine that does not run starts without
// it. Its end puts the disk in again.
func (d *Disk) Detach(ctx context.Context) (End, error) {
	s, err := d.served("detach")
	if err != nil {
		return nil, err
	}
	if !s.Present() {
		return nil, d.argument("it is detached already")
	}
	return d.m.fault(ctx, d.described(detached, true), func(ctx context.Context) (End, error) {
		d.m.startMu.Lock()
		defer d.m.startMu.Unlock()
		plugged := func(ctx context.Context, f func(DiskPlugger) error) error {
			if d.m.instance() == nil {
				return nil
			}
			return d.m.running(ctx, "detach", func(_ context.Context, inst Instance) error { return f(inst.(DiskPlugger)) })
		}
		if err := plugged(ctx, func(p DiskPlugger) error { return p.UnplugDisk(ctx, s) }); err != nil {
			return nil, fmt.Errorf("%s: the disk %s can't be detached: %w", d.m.o.Name, d.name, err)
		}
		end := s.Absent()
		return func(ctx context.Context) error {
			d.m.startMu.Lock()
			defer d.m.startMu.Unlock()
			end()
			if err := plugged(ctx, func(p DiskPlugger) error { return p.PlugDisk(ctx, s) }); err != nil {
				return fmt.Errorf("%s: the disk %s can't be attached: %w", d.m.o.Name, d.name, err)
			}
			return nil
		}, nil
	})
}
