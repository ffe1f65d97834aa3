//go:build unix

package pyrt

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// mayAccess is access(2).
func mayAccess(path string, mode int) bool { return unix.Access(path, uint32(mode)) == nil }

func sameDevice(a, b fs.FileInfo) bool {
	x, ok1 := a.Sys().(*syscall.Stat_t)
	y, ok2 := b.Sys().(*syscall.Stat_t)
	return ok1 && ok2 && x.Dev == y.Dev
}
