package conformance_test

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

// TestHostIsOutOfReach: a guest reaches no service of the host, and QEMU runs with a filter for system calls. A guest that
// has taken over a QEMU of root's, which can do what the monitor can, has no rights over root's files.
func TestHostIsOutOfReach(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(c, "secret of the host")
			c.Close()
		}
	}()
	attack := fmt.Sprintf("until ip addr show dev eth0 | grep -q 10.0.2.15; do sleep 0.1; done; nc -w 5 10.0.2.2 %d </dev/null || :", l.Addr().(*net.TCPAddr).Port)
	for _, open := range []bool{false, true} {
		m := bootGuest(t, driver.MachineConfig{Name: "server", Guest: "tiny", Internet: open})
		r, err := m.Execute(t.Context(), attack, machine.ExecuteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if read := strings.Contains(r.Output, "secret"); read != open {
			t.Errorf("with internet = %v the guest reads %q from the host's loopback", open, r.Output)
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.PID()))
		if err != nil || !strings.Contains(string(status), "\nSeccomp:\t2\n") {
			t.Errorf("QEMU has no filter for system calls (%v):\n%s", err, status)
		}
		if os.Geteuid() == 0 && !open {
			takeOver(t, m)
		}
		if err := m.Crash(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// takeOver makes the attacks of a guest on root's files: by QEMU, and by files in the shared directory that get their
// owner's rights or are devices.
func takeOver(t *testing.T, m *machine.Machine) {
	t.Helper()
	dir := t.TempDir() // which only root can enter
	evil, secret := filepath.Join(dir, "evil"), filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, make([]byte, 512), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, attack := range []string{`pmemsave 0 16 "` + evil + `"`, "screendump " + evil, "drive_add 0 if=none,format=raw,file=" + secret} {
		answer, err := m.MonitorCommand(t.Context(), attack)
		if err != nil || !strings.Contains(answer, "Permission denied") {
			t.Errorf("%s: %q, %v", attack, answer, err)
		}
	}
	if _, err := os.Lstat(evil); !os.IsNotExist(err) {
		t.Errorf("the guest has written a file of root's: %v", err)
	}
	if _, err := m.Succeed(t.Context(), `grep -q ' /tmp/shared 9p ' /proc/mounts; cd /tmp/shared; echo > run; chmod 6755 run; mkdir d
		ln -s /etc d/link; { mknod disk b 8 0; chown 0:0 run; mkfifo pipe; chmod 6755 run; } || :`, 0); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(m.SharedDir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode, owner := info.Mode(), info.Sys().(*syscall.Stat_t).Uid
		if mode&fs.ModeDevice != 0 || mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && owner == 0 {
			t.Errorf("the guest has made %s: %v, of user %d", path, mode, owner)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	// What the driver does with QEMU's files goes on.
	if b, err := m.Picture(t.Context()); err != nil || len(b) == 0 {
		t.Errorf("a screenshot of %d bytes, %v", len(b), err)
	}
	if err := m.CopyFromMachine(t.Context(), "/tmp/shared/run", dir); err != nil {
		t.Error(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "run")); err != nil || st.Mode() != 0o755 || st.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("a copy is %v, %v", st, err)
	}
}
