package nspawn

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// attacks are system calls that need rights over the host's kernel, with arguments that do nothing where they are allowed.
var attacks = map[string][4]uintptr{
	"init_module":       {unix.SYS_INIT_MODULE},
	"finit_module":      {unix.SYS_FINIT_MODULE, ^uintptr(0)},
	"delete_module":     {unix.SYS_DELETE_MODULE},
	"kexec_load":        {unix.SYS_KEXEC_LOAD, 0, ^uintptr(0)},
	"kexec_file_load":   {unix.SYS_KEXEC_FILE_LOAD, ^uintptr(0), ^uintptr(0), 0},
	"open_by_handle_at": {unix.SYS_OPEN_BY_HANDLE_AT, ^uintptr(0)},
	"swapon":            {unix.SYS_SWAPON},
	"clock_settime":     {unix.SYS_CLOCK_SETTIME, 4711},
	"settimeofday":      {unix.SYS_SETTIMEOFDAY, 1},
	"keyctl":            {unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, ^uintptr(2)},
	"add_key":           {unix.SYS_ADD_KEY},
	"bpf":               {unix.SYS_BPF, 4711},
	"perf_event_open":   {unix.SYS_PERF_EVENT_OPEN},
	"syslog":            {unix.SYS_SYSLOG, 10},
}

// TestFiltered makes the attacks of a program that the driver's commands run in a container: all are refused, and only there.
func TestFiltered(t *testing.T) {
	const child = "GOTEST_ATTACK"
	if os.Getenv(child) != "" {
		for name, a := range attacks {
			_, _, errno := unix.Syscall(a[0], a[1], a[2], a[3])
			fmt.Printf("%s: %v\n", name, errno == unix.EPERM)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("this needs root, as containers do")
	}
	refusals := func(run func(func() error) error) (list []string) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFiltered$")
		cmd.Env = append(os.Environ(), child+"=1")
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := run(cmd.Run); err != nil {
			t.Fatal(err, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if name, ok := strings.CutSuffix(line, ": true\n"); ok {
				list = append(list, name)
			}
		}
		slices.Sort(list)
		return list
	}
	before := refusals(func(f func() error) error { return f() })
	if len(before) == len(attacks) {
		t.Skip("this machine refuses all of them anyway")
	}
	if got := refusals(filtered); len(got) != len(attacks) {
		t.Errorf("refused are only %q", got)
	}
	if after := refusals(func(f func() error) error { return f() }); !slices.Equal(before, after) {
		t.Errorf("without the filter, %q are refused, and before %q", after, before)
	}
}

// TestFilteredSparesOthers: processes that die with the thread that started them survive the end of filtered threads.
func TestFilteredSparesOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("this needs root, as containers do")
	}
	var others []*exec.Cmd
	for range 8 {
		cmd := exec.Command("sleep", "1000")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		others = append(others, cmd)
		for range 10 {
			if err := filtered(exec.Command("true").Run); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, cmd := range others {
		var status syscall.WaitStatus
		if pid, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WNOHANG, nil); pid != 0 || err != nil {
			t.Errorf("a process has ended: %v, %v", status, err)
		}
	}
}

// TestFilterOfEachArchitecture runs the program: it refuses a call by the number that it has for the architecture.
func TestFilterOfEachArchitecture(t *testing.T) {
	for _, c := range []struct {
		arch arch
		nr   uint32
		want uint32
	}{
		{archX86, 250, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}, {archX86, 288, unix.SECCOMP_RET_ALLOW}, {archX86, 0, unix.SECCOMP_RET_ALLOW},
		{archX86, 443, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}, {archX86, x32 | 250, unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{archI386, 288, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}, {archI386, 250, unix.SECCOMP_RET_ALLOW},
		{archAArch64, 219, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}, {archAArch64, 288, unix.SECCOMP_RET_ALLOW},
		{archARM, 311, unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}, {archARM, 219, unix.SECCOMP_RET_ALLOW},
		{unix.AUDIT_ARCH_RISCV64, 219, unix.SECCOMP_RET_ALLOW},
	} {
		if got := decide(t, filter(), c.arch, c.nr); got != c.want {
			t.Errorf("architecture %x, call %d: %x, want %x", c.arch, c.nr, got, c.want)
		}
	}
}

// decide interprets the instructions that filter uses.
func decide(t *testing.T, p []unix.SockFilter, a arch, nr uint32) uint32 {
	t.Helper()
	var acc uint32
	for pc := 0; pc < len(p); pc++ {
		in := p[pc]
		jump := func(taken bool) {
			if taken {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		}
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = map[uint32]uint32{0: nr, 4: uint32(a)}[in.K]
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			jump(acc == in.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			jump(acc >= in.K)
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		default:
			t.Fatalf("instruction %d is %+v", pc, in)
		}
	}
	t.Fatal("the program has no result")
	return 0
}
