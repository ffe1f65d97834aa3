package nspawn

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// arch is an architecture of system calls (linux/audit.h); the numbers of calls are in the kernel's syscall tables.
type arch uint32

const (
	archX86     arch = unix.AUDIT_ARCH_X86_64
	archI386    arch = unix.AUDIT_ARCH_I386
	archAArch64 arch = unix.AUDIT_ARCH_AARCH64
	archARM     arch = unix.AUDIT_ARCH_ARM
)

// x32 marks the calls of the x32 ABI, which systemd-nspawn refuses on most hosts, too.
const x32 = 0x40000000

// refused are the system calls that systemd-nspawn refuses (nspawn-seccomp.c), in that they need rights over the host's
// kernel or reach what belongs to no namespace, such as keyrings. Those of locked memory are not among them.
var refused = map[arch][]uint32{
	archX86: {
		154 /* modify_ldt */, 156 /* _sysctl */, 159 /* adjtimex */, 163 /* acct */, 164 /* settimeofday */, 167 /* swapon */, 168, /* swapoff */
		172 /* iopl */, 173 /* ioperm */, 174 /* create_module */, 175 /* init_module */, 176 /* delete_module */, 177, /* get_kernel_syms */
		178 /* query_module */, 179 /* quotactl */, 180 /* nfsservctl */, 103 /* syslog */, 134 /* uselib */, 212, /* lookup_dcookie */
		227 /* clock_settime */, 246 /* kexec_load */, 248 /* add_key */, 249 /* request_key */, 250 /* keyctl */, 298, /* perf_event_open */
		304 /* open_by_handle_at */, 305 /* clock_adjtime */, 313 /* finit_module */, 320 /* kexec_file_load */, 321 /* bpf */, 443, /* quotactl_fd */
	},
	archI386: {
		25 /* stime */, 51 /* acct */, 79 /* settimeofday */, 86 /* uselib */, 87 /* swapon */, 101 /* ioperm */, 103 /* syslog */, 110, /* iopl */
		113 /* vm86old */, 115 /* swapoff */, 123 /* modify_ldt */, 124 /* adjtimex */, 127 /* create_module */, 128, /* init_module */
		129 /* delete_module */, 130 /* get_kernel_syms */, 131 /* quotactl */, 149 /* _sysctl */, 166 /* vm86 */, 167, /* query_module */
		169 /* nfsservctl */, 253 /* lookup_dcookie */, 264 /* clock_settime */, 283 /* kexec_load */, 286 /* add_key */, 287, /* request_key */
		288 /* keyctl */, 336 /* perf_event_open */, 342 /* open_by_handle_at */, 343 /* clock_adjtime */, 350 /* finit_module */, 357, /* bpf */
		404 /* clock_settime64 */, 405 /* clock_adjtime64 */, 443, /* quotactl_fd */
	},
	archAArch64: {
		18 /* lookup_dcookie */, 42 /* nfsservctl */, 60 /* quotactl */, 89 /* acct */, 104 /* kexec_load */, 105 /* init_module */, 106, /* delete_module */
		112 /* clock_settime */, 116 /* syslog */, 170 /* settimeofday */, 171 /* adjtimex */, 217 /* add_key */, 218, /* request_key */
		219 /* keyctl */, 224 /* swapon */, 225 /* swapoff */, 241 /* perf_event_open */, 265 /* open_by_handle_at */, 266, /* clock_adjtime */
		273 /* finit_module */, 280 /* bpf */, 294 /* kexec_file_load */, 443, /* quotactl_fd */
	},
	archARM: {
		51 /* acct */, 79 /* settimeofday */, 86 /* uselib */, 87 /* swapon */, 103 /* syslog */, 115 /* swapoff */, 124 /* adjtimex */, 128, /* init_module */
		129 /* delete_module */, 131 /* quotactl */, 149 /* _sysctl */, 169 /* nfsservctl */, 249 /* lookup_dcookie */, 262, /* clock_settime */
		309 /* add_key */, 310 /* request_key */, 311 /* keyctl */, 347 /* kexec_load */, 364 /* perf_event_open */, 371, /* open_by_handle_at */
		372 /* clock_adjtime */, 379 /* finit_module */, 386 /* bpf */, 401 /* kexec_file_load */, 404 /* clock_settime64 */, 405, /* clock_adjtime64 */
		443, /* quotactl_fd */
	},
}

// filter returns the program (seccomp(2)) that refuses the calls with EPERM and lets all others through.
func filter() []unix.SockFilter {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equals = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		result = unix.BPF_RET | unix.BPF_K
	)
	allow := unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ALLOW}
	p := []unix.SockFilter{{Code: load, K: 4}} // the architecture, in struct seccomp_data
	for _, a := range []arch{archX86, archI386, archAArch64, archARM} {
		block := []unix.SockFilter{{Code: load, K: 0}} // the number of the call
		if a == archX86 {
			block = append(block, unix.SockFilter{Code: least, Jf: 1, K: x32}, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})
		}
		for _, nr := range refused[a] {
			block = append(block, unix.SockFilter{Code: equals, Jf: 1, K: nr}, unix.SockFilter{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
		}
		block = append(block, allow)
		p = append(p, unix.SockFilter{Code: equals, Jf: uint8(len(block)), K: uint32(a)})
		p = append(p, block...)
	}
	return append(p, allow)
}

// filtered calls f on a thread whose new processes have the filter: what f starts is refused what systemd-nspawn would
// refuse. The thread ends with f, which therefore waits for them: they die with the thread that has started them.
func filtered(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		// So would other processes of the driver that this thread has started before: another thread is to be found then.
		children, unknown := os.ReadFile("/proc/thread-self/children")
		if len(children) > 0 {
			done <- filtered(f) // meanwhile this thread is not found again
			runtime.UnlockOSThread()
			return
		}
		err := setFilter()
		if err == nil {
			err = f()
		}
		done <- err
		if unknown != nil { // by a kernel without that file: the thread must not end
			select {}
		}
	}()
	return <-done
}

// setFilter sets the filter for the thread.
func setFilter() error {
	p := filter()
	program := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	// Root needs no PR_SET_NO_NEW_PRIVS, which would keep su and sudo from working in the container.
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("the filter for system calls can't be set: %w", errno)
	}
	return nil
}
