package disk

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"time"
)

// Failure says which requests fail, with an input/output error (EIO).
type Failure struct {
	Read, Write, Flush bool
	// First is the first sector that is hit, and End the first one behind them; 0 means all. Flushes have no sectors.
	First, End int64
	After      int     // how many of these requests still work
	Rate       float64 // the part of the later ones that fails, from 0 to 1; 0 means all
}

// Speed bounds how fast a disk is. What is 0 has no bound.
type Speed struct {
	Latency   time.Duration // that each request takes longer
	IOPS      int           // requests in a second
	Bandwidth int64         // bytes in a second
}

// fault is what a disk has now: one of its parts.
type fault struct {
	failure *Failure
	seen    uint64 // requests that the failure is about
	speed   *Speed
	full    bool
	room    int64 // of a full disk: how many blocks may still be written to for the first time
	absent  bool
}

// begin makes a fault and returns the function that ends it.
func (d *Disk) begin(f *fault) (end func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, f)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.faults = slices.DeleteFunc(d.faults, func(x *fault) bool { return x == f })
	}
}

// Fail makes requests fail until end is called.
func (d *Disk) Fail(f Failure) (end func(), err error) {
	switch end := d.o.Size / Sector; {
	case !f.Read && !f.Write && !f.Flush:
		return nil, errors.New("nothing is to fail: want read, write or flush")
	case f.Rate < 0 || f.Rate > 1:
		return nil, fmt.Errorf("rate %v: want a part of the requests, from 0 to 1", f.Rate)
	case f.After < 0:
		return nil, fmt.Errorf("after %d: want a number of requests", f.After)
	case f.First < 0 || f.End > end || f.End <= f.First && f.End != 0:
		return nil, fmt.Errorf("sectors from %d up to, but without, %d: the disk has those from 0 to %d", f.First, f.End, end-1)
	}
	return d.begin(&fault{failure: &f}), nil
}

// Slow makes the disk slow until end is called. Of several bounds of one kind the one that began last holds.
func (d *Disk) Slow(s Speed) (end func(), err error) {
	if s.Latency < 0 || s.IOPS < 0 || s.Bandwidth < 0 || s == (Speed{}) {
		return nil, errors.New("want a latency, a number of requests in a second (iops) or of bytes (bandwidth), more than 0")
	}
	return d.begin(&fault{speed: &s}), nil
}

// Fill leaves room for a number of bytes only, until end is called: when so many were written to places that nothing was written
// to before, further such writes fail.
func (d *Disk) Fill(room int64) (end func(), err error) {
	if room < 0 {
		return nil, fmt.Errorf("room for %d bytes: want 0 or more", room)
	}
	return d.begin(&fault{full: true, room: room / blockSize}), nil
}

// Absent marks the disk as taken out of the machine until end is called.
func (d *Disk) Absent() (end func()) { return d.begin(&fault{absent: true}) }

// Present reports whether the disk is in the machine.
func (d *Disk) Present() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !slices.ContainsFunc(d.faults, func(f *fault) bool { return f.absent })
}

// Corrupt replaces bytes of the disk; they survive a power failure. What the guest has in memory of that place stays there.
func (d *Disk) Corrupt(off int64, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if off < 0 || off+int64(len(data)) > d.o.Size {
		return fmt.Errorf("%d bytes at %d: the disk has %d bytes", len(data), off, d.o.Size)
	}
	first := off / blockSize
	for n := first; n*blockSize < off+int64(len(data)); n++ {
		// What the guest has written and not flushed stays unflushed, with the new bytes in it; the rest is flushed.
		var whole [blockSize]byte
		part := whole[:min(blockSize, d.o.Size-n*blockSize)]
		if err := d.readFlushed(part, n*blockSize); err != nil {
			return err
		}
		overlap(part, n*blockSize, data, off)
		if _, err := d.file.WriteAt(part, n*blockSize); err != nil {
			return err
		}
		d.written.add(n)
		d.allocated.add(n)
		if b := d.unflushed[n]; b != nil {
			overlap(b.data[:], n*blockSize, data, off)
		}
	}
	return nil
}

// request is what QEMU asks for.
type request struct {
	kind   uint16
	off    int64
	length int64
}

// judge decides about a request: the error that it fails with, 0 for none. The caller holds mu.
func (d *Disk) judge(r request) syscall.Errno {
	for _, f := range d.faults {
		if f.failure != nil && f.hits(r) {
			f.seen++
			after := uint64(f.failure.After)
			if f.seen > after && (f.failure.Rate == 0 || uniform(d.o.Seed, f.seen, uint64(r.kind)) < f.failure.Rate) {
				return syscall.EIO
			}
		}
	}
	if r.kind != requestWrite || !slices.ContainsFunc(d.faults, func(f *fault) bool { return f.full }) {
		return 0
	}
	added := int64(0)
	for n := r.off / blockSize; n*blockSize < r.off+r.length; n++ {
		if !d.allocated.has(n) {
			added++
		}
	}
	for _, f := range d.faults {
		if f.full && f.room < added {
			return syscall.ENOSPC
		}
	}
	for _, f := range d.faults {
		f.room -= added // of no use to other faults
	}
	return 0
}

func (f *fault) hits(r request) bool {
	x := f.failure
	if r.kind == requestFlush {
		return x.Flush
	}
	if r.kind == requestRead && !x.Read || r.kind == requestWrite && !x.Write {
		return false
	}
	return x.End == 0 || r.off/Sector < x.End && (r.off+r.length-1)/Sector >= x.First
}

// delay returns how long a request has to wait. The caller holds mu.
func (d *Disk) delay(r request, now time.Time) time.Duration {
	var s Speed
	for _, f := range d.faults {
		if x := f.speed; x != nil {
			if x.Latency > 0 {
				s.Latency = x.Latency
			}
			if x.IOPS > 0 {
				s.IOPS = x.IOPS
			}
			if x.Bandwidth > 0 {
				s.Bandwidth = x.Bandwidth
			}
		}
	}
	var busy time.Duration
	if s.IOPS > 0 {
		busy = time.Second / time.Duration(s.IOPS)
	}
	if s.Bandwidth > 0 && r.kind != requestFlush {
		busy = max(busy, time.Duration(float64(r.length)/float64(s.Bandwidth)*float64(time.Second)))
	}
	if busy == 0 {
		return s.Latency
	}
	if d.next.Before(now) {
		d.next = now
	}
	d.next = d.next.Add(busy)
	return d.next.Sub(now) + s.Latency
}

// do does what QEMU asks for, unless the power has failed since the count power. data is written, or read into.
func (d *Disk) do(power int, r request, data []byte) (errno syscall.Errno, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.power != power {
		return 0, true
	}
	if r.off < 0 || r.length < 0 || r.off%Sector != 0 || r.length%Sector != 0 || r.off > d.o.Size-r.length {
		return syscall.EINVAL, false
	}
	if errno := d.judge(r); errno != 0 {
		return errno, false
	}
	var err error
	switch r.kind {
	case requestRead:
		err = d.read(data, r.off)
	case requestWrite:
		err = d.write(data, r.off)
	case requestFlush:
		err = d.flush()
	}
	if err != nil { // of the host's disk
		d.o.Logf("the disk can't be served: %v", err)
		if errors.Is(err, syscall.ENOSPC) {
			return syscall.ENOSPC, false
		}
		return syscall.EIO, false
	}
	return 0, false
}

var _ io.ReaderAt = (*Disk)(nil)
