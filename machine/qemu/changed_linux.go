package qemu

import "syscall"

// changed returns when a file or what the kernel keeps of it was changed last, in nanoseconds.
func changed(st *syscall.Stat_t) int64 { return st.Ctim.Nano() }
