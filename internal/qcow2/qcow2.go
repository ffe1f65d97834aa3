// Package qcow2 makes overlays: empty disk images in QEMU's format qcow2 that have all their content from another image. The
// format is described in docs/interop/qcow2 of QEMU's sources.
package qcow2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	magic       = "QFI\xfb"
	clusterBits = 16
	clusterSize = 1 << clusterBits
	headerSize  = 104
	// perL1 is how much of the disk an entry of the L1 table stands for.
	perL1 = clusterSize / 8 * clusterSize
	// maxSize is the largest disk whose L1 table fits into a cluster.
	maxSize = clusterSize / 8 * perL1
)

// header is the header of version 3.
type header struct {
	Magic          [4]byte
	Version        uint32
	BackingOffset  uint64
	BackingSize    uint32
	ClusterBits    uint32
	Size           uint64
	CryptMethod    uint32
	L1Size         uint32
	L1Offset       uint64
	RefTableOffset uint64
	RefTableSize   uint32
	Snapshots      uint32
	SnapshotOffset uint64
	Incompatible   uint64
	Compatible     uint64
	AutoClear      uint64
	RefOrder       uint32
	HeaderLength   uint32
}

// backingFormat is the type of the header extension that names the backing file's format.
const backingFormat = 0xe2792aca

// Create makes a new image at path, whose content is that of the image backing until it is written to. Backing is named by
// its absolute path; it is qcow2 or raw, and must not change as long as the new image is used. The disk has at least that
// size, in bytes; what is behind the end of backing is zero.
func Create(path, backing string, atLeast int64) error {
	backing, err := filepath.Abs(backing)
	if err != nil {
		return err
	}
	format, size, err := inspect(backing)
	if err != nil {
		return err
	}
	size = max(size, (atLeast+511)&^511)
	switch {
	case size > maxSize:
		return fmt.Errorf("%s is too large for an overlay: %d bytes", backing, size)
	case len(backing) > 1023: // the format's limit
		return fmt.Errorf("%s is too long a name for an overlay's backing file", backing)
	}
	// The clusters are: header, refcount table, refcount block, L1 table.
	extension := binary.BigEndian.AppendUint32(nil, backingFormat)
	extension = binary.BigEndian.AppendUint32(extension, uint32(len(format)))
	extension = append(extension, format...)
	extension = append(extension, make([]byte, -len(format)&7+8)...) // padding, and the end of the extensions
	h := header{Version: 3, BackingOffset: headerSize + uint64(len(extension)), BackingSize: uint32(len(backing)),
		ClusterBits: clusterBits, Size: uint64(size), L1Size: uint32(max(1, (size+perL1-1)/perL1)), L1Offset: 3 * clusterSize,
		RefTableOffset: clusterSize, RefTableSize: 1, RefOrder: 4, HeaderLength: headerSize}
	copy(h.Magic[:], magic)
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, h) // a buffer takes everything
	b.Write(extension)
	b.WriteString(backing)
	image := make([]byte, 4*clusterSize)
	copy(image, b.Bytes())
	binary.BigEndian.PutUint64(image[clusterSize:], 2*clusterSize)
	for n := range 4 {
		binary.BigEndian.PutUint16(image[2*clusterSize+2*n:], 1)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(image)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Is reports whether a file is an image in this format.
func Is(path string) bool {
	format, _, err := inspect(path)
	return err == nil && format == "qcow2"
}

// inspect returns the format of an image and the size of its disk in bytes.
func inspect(path string) (format string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if !st.Mode().IsRegular() {
		return "", 0, &fs.PathError{Op: "overlay", Path: path, Err: errors.New("it is not a regular file")}
	}
	start := make([]byte, 32)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", 0, err
	}
	if n == len(start) && string(start[:4]) == magic {
		size := binary.BigEndian.Uint64(start[24:])
		return "qcow2", int64(min(size, maxSize+1)), nil
	}
	return "raw", (st.Size() + 511) &^ 511, nil // QEMU's disks have whole sectors
}
