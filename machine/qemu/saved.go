package qemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// The files of a snapshot, beside those of its disks: what saved describes, the memory and the devices in QEMU's format, and the
// EFI variables. Share replaces the state by the memory as it is, and the devices in QEMU's format.
const (
	savedFile   = "snapshot.json"
	stateFile   = "state"
	efiFile     = "efi-vars.fd"
	memoryFile  = "memory"
	devicesFile = "devices"
)

// saved describes a snapshot.
type saved struct {
	QEMU   string      `json:"qemu"`   // the version that has saved it
	Disks  []savedDisk `json:"disks"`  // those that the guest can write to
	EFI    bool        `json:"efi"`    // there are EFI variables
	Shares []share     `json:"shares"` // what the guest had mounted
	Shell  shell.State `json:"shell"`
	OnPort bool        `json:"on_port"` // the root shell is on the port of an Entry
	Memory savedMemory `json:"memory"`
}

// savedMemory is the memory of a machine that has it in one piece.
type savedMemory struct {
	ID    string `json:"id"` // of QEMU's object; empty: it is not in one piece
	Bytes int64  `json:"bytes"`
}

// savedDisk is a disk of a snapshot.
type savedDisk struct {
	Path string `json:"path"` // of the file that the start command names, below the state directory
	File string `json:"file"` // in the snapshot
}

// copyFile makes a new file with the content of another one. What that has no blocks for, the new one has none for either.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	block, empty := make([]byte, 64<<10), make([]byte, 64<<10)
	size := int64(0)
	for {
		n, err := io.ReadFull(in, block)
		if n > 0 && !bytes.Equal(block[:n], empty[:n]) {
			if _, err := out.WriteAt(block[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return out.Truncate(size)
		}
		if err != nil {
			return err
		}
	}
}

// partSuffix ends the name of a file that is not whole.
const partSuffix = ".part"

// removeAny removes the files of these names that are in a directory.
func removeAny(dir string, names ...string) error {
	var errs []error
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Discard removes what only Restore needs of a snapshot.
func (b *Backend) Discard(dir string) error {
	return removeAny(dir, savedFile, stateFile, efiFile, memoryFile, devicesFile)
}

// readSaved reads and checks the description of a snapshot.
func readSaved(dir string) (*saved, error) {
	text, err := os.ReadFile(filepath.Join(dir, savedFile))
	if err != nil {
		return nil, err
	}
	s := &saved{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	for _, d := range s.Disks {
		if !filepath.IsLocal(d.Path) || filepath.Base(d.File) != d.File || !filepath.IsLocal(d.File) {
			return nil, fmt.Errorf("%s names the files %q and %q", savedFile, d.Path, d.File)
		}
	}
	if s.Memory.ID != "" && (!memoryID().MatchString(s.Memory.ID) || s.Memory.Bytes <= 0) {
		return nil, fmt.Errorf("%s has %d bytes of memory with the name %q", savedFile, s.Memory.Bytes, s.Memory.ID)
	}
	return s, s.Shell.Check()
}

// memoryID matches what a memory of QEMU's is called, which becomes a part of an option.
var memoryID = lazyre.Compile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
