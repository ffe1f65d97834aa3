package qcow2

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Entries of an L2 table, as the format describes them: the bits of an offset, and the flags.
const (
	offsetBits = 0x00fffffffffffe00
	compressed = 1 << 62
	readsZero  = 1
)

// errUnread is the error for what this package can't read, though QEMU can.
var errUnread = errors.New("the image uses a feature of qcow2 that is not read here")

// Head returns the first n bytes of an image's disk, fewer if it is smaller, and the size of the disk. In an image that has
// them from another one, or has them encrypted or compressed in another way than by deflate, they are nil.
func Head(path string, n int) (head []byte, size int64, err error) {
	format, size, err := inspect(path)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	head = make([]byte, min(int64(n), size))
	if format == "raw" {
		_, err := io.ReadFull(f, head)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) { // the last sector is not whole
			err = nil
		}
		return head, size, err
	}
	r, err := newReader(f)
	if err == nil {
		err = r.read(head)
	}
	if errors.Is(err, errUnread) {
		return nil, size, nil
	}
	return head, size, err
}

// Check returns an error if a qcow2 image is not whole: if something of it would be behind the end of the file.
func Check(path string) error {
	format, _, err := inspect(path)
	if err != nil || format == "raw" {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := newReader(f)
	if err != nil {
		return err
	}
	return r.check()
}

// reader reads an image.
type reader struct {
	f       *os.File
	length  int64 // of the file
	h       header
	cluster int64 // the size of a cluster in bytes
}

// An image's cluster has 512 bytes to 2 MiB; its L1 table may have 32 MiB.
const (
	minClusterBits, maxClusterBits = 9, 21
	maxL1                          = 32 << 20 / 8
)

func newReader(f *os.File) (*reader, error) {
	r := &reader{f: f}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r.length = st.Size()
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, r.length), b); err != nil {
		return nil, errTruncated(f, headerSize, r.length)
	}
	if err := binary.Read(bytes.NewReader(b), binary.BigEndian, &r.h); err != nil {
		return nil, err
	}
	if r.h.Version < 3 {
		r.h.Incompatible = 0
	}
	if r.h.ClusterBits < minClusterBits || r.h.ClusterBits > maxClusterBits || r.h.L1Size > maxL1 {
		return nil, fmt.Errorf("%s is no qcow2 image that QEMU can read: its header is damaged", f.Name())
	}
	r.cluster = 1 << r.h.ClusterBits
	return r, nil
}

// Incompatible features (bits of the header): data in another file, and entries of 128 bits.
const otherLayout = 1<<2 | 1<<4

// errTruncated is the error for an image that ends too early.
func errTruncated(f *os.File, want, have int64) error {
	return fmt.Errorf("%s is not whole: it should have at least %d bytes and has %d; copy or download it again", f.Name(), want, have)
}

// table reads entries of a table.
func (r *reader) table(at int64, entries int) ([]uint64, error) {
	b := make([]byte, 8*entries)
	if _, err := r.f.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errTruncated(r.f, at+int64(len(b)), r.length)
		}
		return nil, err
	}
	list := make([]uint64, entries)
	for n := range list {
		list[n] = binary.BigEndian.Uint64(b[8*n:])
	}
	return list, nil
}

// check looks whether all clusters begin before the file's end.
func (r *reader) check() error {
	if r.h.Incompatible&otherLayout != 0 {
		return nil
	}
	l1, err := r.table(int64(r.h.L1Offset), int(r.h.L1Size))
	if err != nil {
		return err
	}
	for _, e := range l1 {
		at := int64(e & offsetBits)
		if at == 0 {
			continue
		}
		l2, err := r.table(at, int(r.cluster/8))
		if err != nil {
			return err
		}
		for _, e := range l2 {
			start := int64(e & offsetBits)
			if e&compressed != 0 {
				start, _ = r.packed(e)
			}
			if start >= r.length && start != 0 {
				return errTruncated(r.f, start+1, r.length)
			}
		}
	}
	return nil
}

// packed returns where a compressed cluster is in the file, and how many bytes it has at most.
func (r *reader) packed(e uint64) (at, size int64) {
	bits := 62 - (r.h.ClusterBits - 8)
	at = int64(e & (1<<bits - 1))
	sectors := int64(e&(1<<62-1)>>bits) + 1
	return at, sectors*512 - at%512
}

// read reads the first bytes of the disk.
func (r *reader) read(p []byte) error {
	if r.h.CryptMethod != 0 || r.h.Incompatible&otherLayout != 0 {
		return errUnread
	}
	for done := int64(0); done < int64(len(p)); done += r.cluster {
		part := p[done:min(done+r.cluster, int64(len(p)))]
		if err := r.readCluster(part, done/r.cluster); err != nil {
			return err
		}
	}
	return nil
}

// readCluster reads the beginning of a cluster.
func (r *reader) readCluster(p []byte, n int64) error {
	perL2 := r.cluster / 8
	if n/perL2 >= int64(r.h.L1Size) {
		return errUnread
	}
	l1, err := r.table(int64(r.h.L1Offset)+8*(n/perL2), 1)
	if err != nil {
		return err
	}
	entry := []uint64{0}
	if at := int64(l1[0] & offsetBits); at != 0 {
		if entry, err = r.table(at+8*(n%perL2), 1); err != nil {
			return err
		}
	}
	switch e := entry[0]; {
	case e&compressed != 0:
		if r.h.Incompatible&(1<<3) != 0 { // another method than deflate
			return errUnread
		}
		at, size := r.packed(e)
		z := flate.NewReader(io.NewSectionReader(r.f, at, size))
		defer z.Close()
		if _, err := io.ReadFull(z, p); err != nil {
			return fmt.Errorf("%s is damaged: %w", r.f.Name(), err)
		}
	case e&readsZero != 0:
		clear(p)
	case e&offsetBits != 0:
		at := int64(e & offsetBits)
		if _, err := r.f.ReadAt(p, at); err != nil {
			return errTruncated(r.f, at+int64(len(p)), r.length)
		}
	case r.h.BackingSize != 0:
		return errUnread
	default:
		clear(p)
	}
	return nil
}
