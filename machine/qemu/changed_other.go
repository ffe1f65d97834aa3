//go:build !linux

package qemu

import "syscall"

// changed returns 0: the fields of the time differ between systems, and the time of the content is looked at in any case.
func changed(*syscall.Stat_t) int64 { return 0 }
