package qcow2

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Image is the content of an image, raw or qcow2, with that of its backing files. Reading it does not need QEMU. It implements
// io.ReaderAt, for which it reads zeros where there is nothing.
type Image struct {
	f       *os.File
	size    int64
	backing *Image // nil: zeros

	// Of qcow2 alone: bits is 0 otherwise.
	bits uint32
	l1   []uint64

	mu       sync.Mutex
	tables   map[uint64][]uint64 // L2 tables, by offset
	unpacked []byte              // the compressed cluster that was read last
	packedAt uint64              // its entry in the L2 table
}

// The incompatible features that change how an image is read.
const (
	featureDirty       = 1 << 0
	featureCompression = 1 << 3
)

// maxChain bounds the number of backing files, so that a loop ends.
const maxChain = 64

// Open opens an image for reading and returns the size of its disk in bytes, which is that of whole sectors.
func Open(path string) (*Image, int64, error) {
	m, err := open(path, "", maxChain)
	if err != nil {
		return nil, 0, err
	}
	return m, m.size, nil
}

func open(path, format string, chain int) (_ *Image, err error) {
	if chain == 0 {
		return nil, fmt.Errorf("%s has more than %d backing files behind it", path, maxChain)
	}
	found, size, err := inspect(path)
	if err != nil {
		return nil, err
	}
	m := &Image{size: size}
	if m.f, err = os.Open(path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	switch {
	case format == "raw" || format == "" && found == "raw":
		st, err := m.f.Stat()
		if err != nil {
			return nil, err
		}
		m.size = (st.Size() + 511) &^ 511
		return m, nil
	case found != "qcow2":
		return nil, fmt.Errorf("%s is not in the format %s", path, format)
	}
	return m, m.readHeader(path, chain)
}

// readHeader reads the header of qcow2, opens the backing file and reads the L1 table.
func (m *Image) readHeader(path string, chain int) error {
	var h header
	if err := binary.Read(io.NewSectionReader(m.f, 0, headerSize), binary.BigEndian, &h); err != nil {
		return fmt.Errorf("%s: its header can't be read: %w", path, err)
	}
	if h.Version == 2 {
		h.Incompatible, h.HeaderLength = 0, 72
	}
	switch {
	case h.Version != 2 && h.Version != 3:
		return fmt.Errorf("%s has version %d of the format qcow2, which is not known", path, h.Version)
	case h.CryptMethod != 0:
		return fmt.Errorf("%s is encrypted", path)
	case h.Incompatible&^(featureDirty|featureCompression) != 0:
		return fmt.Errorf("%s uses features of qcow2 (%#x) that can't be read here: convert it with qemu-img convert -O raw", path, h.Incompatible)
	case h.Incompatible&featureCompression != 0:
		var kind [1]byte
		if _, err := m.f.ReadAt(kind[:], headerSize); err != nil || kind[0] != 0 {
			return errors.Join(fmt.Errorf("%s is compressed with another method than zlib: convert it with qemu-img convert -O qcow2", path), err)
		}
	}
	if h.ClusterBits < 9 || h.ClusterBits > 21 || h.Size > maxSize {
		return fmt.Errorf("%s has clusters of 2^%d bytes and a disk of %d bytes", path, h.ClusterBits, h.Size)
	}
	m.bits, m.size, m.tables = h.ClusterBits, int64(h.Size+511)&^511, map[uint64][]uint64{}
	perTable := uint64(1) << (2*m.bits - 3)
	if need := (h.Size + perTable - 1) / perTable; uint64(h.L1Size) < need || h.L1Size > 32<<20/8 {
		return fmt.Errorf("%s has an L1 table of %d entries and a disk of %d bytes", path, h.L1Size, h.Size)
	}
	m.l1 = make([]uint64, h.L1Size)
	if err := m.entries(m.l1, h.L1Offset); err != nil {
		return fmt.Errorf("%s: its L1 table can't be read: %w", path, err)
	}
	if h.BackingOffset == 0 {
		return nil
	}
	if h.BackingSize > 1023 {
		return fmt.Errorf("%s has a backing file's name of %d bytes", path, h.BackingSize)
	}
	name := make([]byte, h.BackingSize)
	if _, err := m.f.ReadAt(name, int64(h.BackingOffset)); err != nil {
		return fmt.Errorf("%s: its backing file's name can't be read: %w", path, err)
	}
	backing := string(name)
	if !filepath.IsAbs(backing) {
		backing = filepath.Join(filepath.Dir(path), backing)
	}
	format, err := m.backingFormat(int64(h.HeaderLength), int64(h.BackingOffset))
	if err != nil {
		return fmt.Errorf("%s: its header can't be read: %w", path, err)
	}
	m.backing, err = open(backing, format, chain-1)
	return err
}

// backingFormat returns the format that an extension of the header names, empty if there is none.
func (m *Image) backingFormat(at, end int64) (string, error) {
	for at+8 <= end {
		var e struct{ Kind, Length uint32 }
		if err := binary.Read(io.NewSectionReader(m.f, at, 8), binary.BigEndian, &e); err != nil {
			return "", err
		}
		at += 8
		if e.Kind == 0 || int64(e.Length) > end-at {
			break
		}
		if e.Kind == backingFormat {
			format := make([]byte, e.Length)
			_, err := m.f.ReadAt(format, at)
			return string(format), err
		}
		at += int64(e.Length+7) &^ 7
	}
	return "", nil
}

// entries reads a table.
func (m *Image) entries(table []uint64, off uint64) error {
	return binary.Read(io.NewSectionReader(m.f, int64(off), int64(len(table))*8), binary.BigEndian, table)
}

// Close closes the files.
func (m *Image) Close() error {
	err := m.f.Close()
	if m.backing != nil {
		err = errors.Join(err, m.backing.Close())
	}
	return err
}

// ReadAt reads a part of the disk.
func (m *Image) ReadAt(p []byte, off int64) (n int, err error) {
	if off >= m.size {
		return 0, io.EOF
	}
	if rest := m.size - off; int64(len(p)) > rest {
		p, err = p[:rest], io.EOF
	}
	if m.bits == 0 {
		if e := m.readFile(p, off); e != nil {
			return 0, e
		}
		return len(p), err
	}
	for n < len(p) {
		at := uint64(off) + uint64(n)
		size := uint64(1) << m.bits
		part := p[n:min(len(p), n+int(size-at%size))]
		if e := m.readCluster(part, at); e != nil {
			return n, e
		}
		n += len(part)
	}
	return n, err
}

// readFile reads from the file. Behind its end are zeros.
func (m *Image) readFile(p []byte, off int64) error {
	n, err := m.f.ReadAt(p, off)
	if errors.Is(err, io.EOF) {
		clear(p[n:])
		return nil
	}
	return err
}

// readCluster reads a part of one cluster.
func (m *Image) readCluster(p []byte, at uint64) error {
	entry, err := m.entry(at)
	if err != nil {
		return err
	}
	within := at % (1 << m.bits)
	switch {
	case entry&compressed != 0:
		return m.readCompressed(p, entry, within)
	case entry&readsZero != 0:
		clear(p)
		return nil
	case entry&offsetBits != 0:
		return m.readFile(p, int64(entry&offsetBits+within))
	case m.backing == nil:
		clear(p)
		return nil
	}
	n, err := m.backing.ReadAt(p, int64(at))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	clear(p[n:])
	return err
}

// entry returns the entry of the L2 table for a place on the disk, 0 if there is none.
func (m *Image) entry(at uint64) (uint64, error) {
	perTable := uint64(1) << (m.bits - 3)
	cluster := at >> m.bits
	off := m.l1[cluster/perTable] & offsetBits
	if off == 0 {
		return 0, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	table := m.tables[off]
	if table == nil {
		table = make([]uint64, perTable)
		if err := m.entries(table, off); err != nil {
			return 0, err
		}
		m.tables[off] = table
	}
	return table[cluster%perTable], nil
}

// readCompressed reads a part of a compressed cluster.
func (m *Image) readCompressed(p []byte, entry, within uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.packedAt != entry {
		// The entry has the offset of the data in its lower bits, above it how many sectors they take after the first one.
		bits := 62 - (m.bits - 8)
		off := entry & (1<<bits - 1)
		sectors := entry&(compressed-1)>>bits + 1
		packed := make([]byte, sectors*512-off%512)
		n, err := m.f.ReadAt(packed, int64(off))
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		unpacked := make([]byte, 1<<m.bits)
		if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(packed[:n])), unpacked); err != nil {
			return fmt.Errorf("%s: a compressed cluster can't be read: %w", m.f.Name(), err)
		}
		m.unpacked, m.packedAt = unpacked, entry
	}
	copy(p, m.unpacked[within:])
	return nil
}
