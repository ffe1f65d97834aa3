//go:build !linux

package qemu

import "net"

// Other systems do not tell what a process does: a silent guest is not excused by it.
func peer(net.Conn) int { return 0 }
