package conformance_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

// TestHostIsOutOfReach: a guest reaches no service of the host, and QEMU runs with a filter for system calls.
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
		if err := m.Crash(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
