package machine

import (
	"strings"
	"testing"
)

// TestPlace reads what filefrag 1.47 prints with -b512 -v, behind the device and its first sector.
func TestPlace(t *testing.T) {
	const list = `Filesystem type is: ef53
File size of /mnt/a is 5000 (16 blocks of 512 bytes)
 ext:     logical_offset:        physical_offset: length:   expected: flags:
   0:        0..      15:       4112..      4127:     16:             last,eof
/mnt/a: 1 extent found
`
	for _, c := range []struct {
		text, disk     string
		offset, length int64
		err            string
	}{
		{text: "/sys/devices/pci0000:00/0000:00:18.0/virtio4/block/vdb 0\n" + list, disk: "vdb", offset: 4112 * 512, length: 16 * 512},
		{text: "/sys/devices/pci0000:00/0000:00:18.0/virtio4/block/vdb/vdb1 2048\n" + list, disk: "vdb", offset: (4112 + 2048) * 512, length: 16 * 512},
		{text: "/sys/devices/pci0000:00/0000:00:04.0/virtio2/block/vda 0\n" + list, disk: "vdb", err: "it is not on the disk vdb, but on vda"},
		{text: "/sys/dev/block/0:31 0\n" + list, disk: "vdb", err: "it is not on the disk vdb, but on 0:31"},
		{text: "/sys/devices/virtio4/block/vdb 0\n/mnt/a: 0 extents found\n", disk: "vdb", err: "it is empty"},
	} {
		offset, length, err := place(c.text, c.disk)
		if offset != c.offset || length != c.length || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%.60q: %d, %d, %v", c.text, offset, length, err)
		}
	}
}
