// Package disk is a virtual machine's disk that the driver serves, so that it can fail as disks do: lose what was not flushed,
// return errors, be slow, run full, show other bytes than those that were written. QEMU reaches it by the NBD protocol.
//
// Machines make these disks themselves; see machine.Disk.
package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// Sector is the smallest part of a disk that is read or written, in bytes.
	Sector = 512
	// blockSize is the unit in which a disk keeps what was written: a memory page of most guests.
	blockSize = 4096
	// MaxUnflushed is how many bytes a disk holds in memory, at most, of what the guest has not flushed yet. Then it counts all of
	// it as flushed.
	MaxUnflushed = 256 << 20
)

// Options describe a disk to New.
type Options struct {
	Path string      // of the file that keeps what is written; it is made anew
	Base io.ReaderAt // the content before anything is written; nil: zeros
	Size int64       // in bytes, a multiple of Sector
	Seed uint64      // decides which sectors survive a power failure, and which requests fail
	Logf func(format string, args ...any)
	// Limit bounds the bytes in memory that the guest has not flushed; 0 means MaxUnflushed.
	Limit int64
}

// Disk is a disk. Its methods may be called concurrently.
type Disk struct {
	o Options

	mu        sync.Mutex
	file      *os.File
	written   bitmap           // the blocks that the file has
	unflushed map[int64]*block // by number
	allocated bitmap           // the blocks that were ever written to, flushed or not
	power     int              // counts power failures: what was asked for before one comes too late
	faults    []*fault         // in the order in which they began
	next      time.Time        // when a disk of limited speed takes the next request
}

// block is written data that was not flushed.
type block struct {
	data    [blockSize]byte
	sectors uint8 // a bit for each sector of data that counts
}

const wholeBlock = 1<<(blockSize/Sector) - 1

// bitmap is a set of the numbers of blocks.
type bitmap []uint64

func newBitmap(size int64) bitmap     { return make(bitmap, (blocks(size)+63)/64) }
func (b bitmap) has(n int64) bool     { return b[n/64]>>(n%64)&1 != 0 }
func (b bitmap) add(n int64)          { b[n/64] |= 1 << (n % 64) }
func blocks(size int64) (count int64) { return (size + blockSize - 1) / blockSize }

// New makes a disk. The caller closes it.
func New(o Options) (*Disk, error) {
	if o.Size <= 0 || o.Size%Sector != 0 {
		return nil, fmt.Errorf("a disk of %d bytes: want a multiple of %d", o.Size, Sector)
	}
	if o.Limit == 0 {
		o.Limit = MaxUnflushed
	}
	f, err := os.OpenFile(o.Path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &Disk{o: o, file: f, written: newBitmap(o.Size), allocated: newBitmap(o.Size), unflushed: map[int64]*block{}}, nil
}

// Size returns the size in bytes.
func (d *Disk) Size() int64 { return d.o.Size }

// Close removes the disk's file. Nobody may use the disk any more.
func (d *Disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unflushed = map[int64]*block{}
	err := d.file.Close()
	if e := os.Remove(d.o.Path); !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}

// ReadAt reads what the guest would read; faults don't affect it. It implements io.ReaderAt.
func (d *Disk) ReadAt(p []byte, off int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if off < 0 || off >= d.o.Size {
		return 0, io.EOF
	}
	whole := len(p)
	p = p[:min(int64(whole), d.o.Size-off)]
	if err := d.read(p, off); err != nil {
		return 0, err
	}
	if len(p) < whole {
		return len(p), io.EOF
	}
	return len(p), nil
}

// read reads within the disk. The caller holds mu.
func (d *Disk) read(p []byte, off int64) error {
	if err := d.readFlushed(p, off); err != nil || len(d.unflushed) == 0 {
		return err
	}
	for n := off / blockSize; n*blockSize < off+int64(len(p)); n++ {
		if b := d.unflushed[n]; b != nil {
			for s := range int64(blockSize / Sector) {
				if b.sectors>>s&1 != 0 {
					overlap(p, off, b.data[s*Sector:(s+1)*Sector], n*blockSize+s*Sector)
				}
			}
		}
	}
	return nil
}

// overlap copies the bytes of a part of the disk to where they belong in p, which begins at off.
func overlap(p []byte, off int64, part []byte, at int64) {
	if at < off {
		if off-at >= int64(len(part)) {
			return
		}
		part, at = part[off-at:], off
	}
	if at-off < int64(len(p)) {
		copy(p[at-off:], part)
	}
}

// readFlushed reads what survives a power failure.
func (d *Disk) readFlushed(p []byte, off int64) error {
	for len(p) > 0 {
		n := off / blockSize
		inFile := d.written.has(n)
		end := (n + 1) * blockSize
		for end < off+int64(len(p)) && d.written.has(end/blockSize) == inFile {
			end += blockSize
		}
		part := p[:min(int64(len(p)), end-off)]
		from := d.o.Base
		if inFile {
			from = d.file
		}
		read := 0
		if from != nil {
			var err error
			if read, err = from.ReadAt(part, off); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		clear(part[read:]) // behind the end of the file
		p, off = p[len(part):], off+int64(len(part))
	}
	return nil
}

// write keeps whole sectors in memory until they are flushed. The caller holds mu.
func (d *Disk) write(p []byte, off int64) error {
	for len(p) > 0 {
		n := off / blockSize
		b := d.unflushed[n]
		if b == nil {
			b = new(block)
			d.unflushed[n] = b
		}
		at := off % blockSize
		count := copy(b.data[at:], p)
		for s := at / Sector; s < (at+int64(count))/Sector; s++ {
			b.sectors |= 1 << s
		}
		d.allocated.add(n)
		p, off = p[count:], off+int64(count)
	}
	if held := int64(len(d.unflushed)) * blockSize; held > d.o.Limit {
		d.o.Logf("the guest has not flushed its last %d MB of writes, more than are kept in memory: they count as flushed now", held>>20)
		return d.flush()
	}
	return nil
}

// Flush makes everything that was written survive a power failure.
func (d *Disk) Flush() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flush()
}

// maxRun bounds how much is written to the file at once.
const maxRun = 256

func (d *Disk) flush() error {
	numbers := make([]int64, 0, len(d.unflushed))
	for n := range d.unflushed {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for len(numbers) > 0 {
		run := 1
		for run < min(len(numbers), maxRun) && numbers[run] == numbers[0]+int64(run) {
			run++
		}
		if err := d.settle(numbers[:run]); err != nil {
			return err
		}
		numbers = numbers[run:]
	}
	return nil
}

// settle writes adjacent blocks to the file.
func (d *Disk) settle(numbers []int64) error {
	data := make([]byte, len(numbers)*blockSize)
	for i, n := range numbers {
		part := data[i*blockSize : (i+1)*blockSize]
		b := d.unflushed[n]
		if b.sectors != wholeBlock {
			if err := d.readFlushed(part[:min(blockSize, d.o.Size-n*blockSize)], n*blockSize); err != nil {
				return err
			}
		}
		for s := range blockSize / Sector {
			if b.sectors>>s&1 != 0 {
				copy(part[s*Sector:(s+1)*Sector], b.data[s*Sector:])
			}
		}
	}
	if _, err := d.file.WriteAt(data, numbers[0]*blockSize); err != nil {
		return err
	}
	for _, n := range numbers {
		d.written.add(n)
		delete(d.unflushed, n)
	}
	return nil
}

// PowerFailure drops what was not flushed: all of it, or, of a torn disk, a part of its sectors that the seed decides, each
// for itself. What QEMU asked for earlier and was not answered has no effect. It returns the numbers of sectors.
func (d *Disk) PowerFailure(torn bool) (lost, kept int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.power++
	chance := uniform(d.o.Seed, uint64(d.power))
	for n, b := range d.unflushed {
		for s := range blockSize / Sector {
			if b.sectors>>s&1 == 0 {
				continue
			}
			if torn && uniform(d.o.Seed, uint64(d.power), uint64(n)*(blockSize/Sector)+uint64(s)) < chance {
				kept++
				continue
			}
			b.sectors &^= 1 << s
			lost++
		}
		if b.sectors == 0 {
			delete(d.unflushed, n)
		}
	}
	return lost, kept, d.flush()
}

// uniform returns a number from 0 up to but not including 1 that depends on nothing but its arguments.
func uniform(words ...uint64) float64 {
	// The mixing function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
	var h uint64
	for _, w := range words {
		h += w + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return float64(h>>11) / (1 << 53)
}
