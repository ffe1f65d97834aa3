package stock

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/gotest-driver/gotest-driver/internal/qcow2"
)

// Sizes of the UEFI specification's partition table (GPT), in bytes.
const (
	sector    = 512
	tableHead = 2 * sector // the protective boot record, and the header
	maxTable  = tableHead + 128*128
)

// rootTypes are the types of root file systems' partitions, by the architecture that they are for (UAPI group: Discoverable
// Partitions Specification), in the byte order of the table.
var rootTypes = map[string]string{
	"e3bc684fcde8b14d96e7fbcaf984b709": "x86_64",
	"4095474497f2b2419af7d131d5f0458a": "x86",
	"45b021b9f01dc341af444c6f280d3fae": "aarch64",
}

// CheckImage returns an error, one sentence, for a disk image that a machine of that architecture ("x86_64", "aarch64") can't
// boot: one that is not whole, is for another architecture, or needs UEFI firmware that the machine has not. It reads the
// image's own tables only, and lets pass what it does not know.
func CheckImage(path, arch string, efi bool) error {
	if err := qcow2.Check(path); err != nil {
		return err
	}
	head, size, err := qcow2.Head(path, maxTable)
	if err != nil || len(head) < tableHead || string(head[sector:sector+8]) != "EFI PART" {
		return err
	}
	le := binary.LittleEndian
	if last := le.Uint64(head[sector+32:]); last >= uint64(size/sector) && last < 1<<54 { // where the table's copy is
		return fmt.Errorf("%s is not whole: its partition table is for a disk of %d bytes, and it has %d; copy or download it again", path, (last+1)*sector, size)
	}
	var found []string
	for at := tableHead; at+128 <= len(head); at += 128 {
		if a := rootTypes[hex.EncodeToString(head[at:at+16])]; a != "" {
			found = append(found, a)
		}
	}
	switch {
	case len(found) > 0 && !slices.Contains(found, arch):
		return fmt.Errorf("%s is for %s (by the type of its root partition), and the machine is %s", path, found[0], arch)
	case arch == "x86_64" && !efi && bytes.Equal(head[:440], make([]byte, 440)):
		return fmt.Errorf("%s has no boot loader for a BIOS in its boot sector: give efi = True", path)
	}
	return nil
}
