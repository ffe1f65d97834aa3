// Package stock_test boots images as distributions make them, which fixture.sh makes of Debian's packages.
//
// They run with STOCK=all only (make stock), and boot each image by each way that it knows.
package stock_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// fixture returns the path of an image, which it makes if need be, and checks at the end of the test that nobody wrote to it.
func fixture(t *testing.T, name string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can make the image")
	}
	cmd := exec.CommandContext(t.Context(), "./fixture.sh", name)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, testlog.Brief(log.String()))
	}
	path := strings.TrimSpace(string(out))
	before := sum(t, path)
	t.Cleanup(func() {
		if after := sum(t, path); after != before {
			t.Errorf("%s has changed", path)
		}
	})
	return path
}

// sum returns the SHA-256 of a file.
func sum(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// newRun makes a run that the test's end closes.
func newRun(t *testing.T) *driver.Driver {
	t.Helper()
	var printed bytes.Buffer
	t.Cleanup(func() { // when the log is closed
		if t.Failed() {
			t.Logf("what happened last:\n%s", testlog.Brief(printed.String()))
		}
	})
	log := report.NewLog(nil, report.NewPlain(&printed, report.PlainOptions{}))
	d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// create makes a machine.
func create(t *testing.T, d *driver.Driver, mc driver.MachineConfig) *machine.Machine {
	t.Helper()
	m, err := d.CreateMachine(t.Context(), mc)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// succeed runs a command.
func succeed(t *testing.T, m *machine.Machine, command string) string {
	t.Helper()
	out, err := m.Succeed(t.Context(), command, 0)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// settled waits for the end of the boot, which left no failed unit.
func settled(t *testing.T, m *machine.Machine) {
	t.Helper()
	if state := succeed(t, m, "systemctl is-system-running --wait || systemctl --failed --no-legend"); state != "running" {
		t.Errorf("%s: the system is %s", m.Name(), state)
	}
}

// TestStock: two machines of one image, of which nobody has to know what is in it.
func TestStock(t *testing.T) {
	if os.Getenv("STOCK") != "all" {
		t.Skip("a part of make stock")
	}
	for _, name := range []string{"debian-12", "debian-12-cloud", "debian-13"} {
		t.Run(name, func(t *testing.T) {
			image := fixture(t, name)
			d := newRun(t)
			var machines []*machine.Machine
			for _, name := range []string{"web", "client"} {
				m := create(t, d, driver.MachineConfig{Name: name, Image: image, VLANs: []int{1}, DiskSize: 3 << 10})
				if err := m.Start(t.Context(), machine.StartConfig{AllowReboot: true}); err != nil {
					t.Fatal(err)
				}
				machines = append(machines, m)
			}
			web, client := machines[0], machines[1]
			for n, m := range machines {
				if host := succeed(t, m, "hostname"); host != m.Name() {
					t.Errorf("%s has the host name %q", m.Name(), host)
				}
				if size := succeed(t, m, "cat /sys/class/block/vda/size"); size != fmt.Sprint(3<<30/512) {
					t.Errorf("the disk has %s sectors", size)
				}
				if out := succeed(t, m, "ip -4 -o addr show to 192.168.1.0/24"); !strings.Contains(out, fmt.Sprintf("192.168.1.%d/24", n+1)) {
					t.Errorf("%s has the address %q", m.Name(), out)
				}
			}
			succeed(t, client, "ping -c 1 -W 20 web")
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, []byte("from the host"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := client.CopyFromHost(t.Context(), file, "/root/file"); err != nil {
				t.Fatal(err)
			}
			if text := succeed(t, client, "cat /root/file"); text != "from the host" {
				t.Errorf("the copy is %q", text)
			}
			settled(t, web)
			settled(t, client)
			if err := client.Close(); err != nil {
				t.Error(err)
			}
			boot := succeed(t, web, "cat /proc/sys/kernel/random/boot_id")
			if _, err := web.Execute(t.Context(), "systemctl reboot", machine.ExecuteOptions{Timeout: time.Second}); err != nil {
				t.Log(err) // the shell may end before the command does
			}
			deadline := time.Now().Add(10 * time.Minute)
			for again := boot; again == boot; {
				out, err := web.Succeed(t.Context(), "cat /proc/sys/kernel/random/boot_id; hostname", 0)
				if again, _, _ = strings.Cut(strings.TrimSpace(out), "\n"); err != nil {
					t.Log(err)
					again = boot
				}
				if time.Now().After(deadline) {
					t.Fatal("there is no root shell after the reboot")
				}
			}
			if host := succeed(t, web, "hostname"); host != "web" {
				t.Errorf("after the reboot the host name is %q", host)
			}
			settled(t, web)
		})
	}
}

// TestWays: each way works on its own.
func TestWays(t *testing.T) {
	if os.Getenv("STOCK") != "all" {
		t.Skip("a part of make stock")
	}
	for _, c := range []struct {
		fixture string
		way     stock.Way
		from    string // where the unit's file is
	}{
		{"debian-13", stock.ExtraUnit, "/run/systemd/generator.early/"},
		{"debian-13", stock.Tmpfiles, "/etc/systemd/system/"},
		{"debian-12", stock.Tmpfiles, "/etc/systemd/system/"},
		{"debian-12-cloud", stock.CloudInit, "/run/systemd/system/"},
		{"debian-12", stock.Login, "/run/systemd/system/"},
	} {
		t.Run(c.fixture+" "+string(c.way), func(t *testing.T) {
			m := create(t, newRun(t), driver.MachineConfig{Name: "m", Image: fixture(t, c.fixture), Access: string(c.way)})
			if path := succeed(t, m, "systemctl show --value -p FragmentPath gotest-backdoor"); !strings.HasPrefix(path, c.from) {
				t.Errorf("the unit is %s", path)
			}
			settled(t, m)
		})
	}
}

// TestKept: the next run goes on from the boot of an earlier one, with the names and addresses of its own machines.
func TestKept(t *testing.T) {
	if os.Getenv("STOCK") != "all" {
		t.Skip("a part of make stock")
	}
	image := fixture(t, "debian-13")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	boots := map[string]bool{}
	for _, other := range []string{"first", "second"} {
		d := newRun(t)
		m := create(t, d, driver.MachineConfig{Name: "m", Image: image, VLANs: []int{1}, Boot: "cached"})
		create(t, d, driver.MachineConfig{Name: other, Image: image, VLANs: []int{1}})
		boots[succeed(t, m, "cat /proc/sys/kernel/random/boot_id")] = true
		if address := succeed(t, m, "ip -4 -o addr show to 192.168.1.1/32"); address == "" {
			t.Error("it has not its address")
		}
		if host := succeed(t, m, "hostname; getent hosts "+other); !strings.HasPrefix(host, "m\n192.168.1.2 ") {
			t.Errorf("it knows %q", host)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(boots) != 1 {
		t.Error("the second run has booted, too")
	}
}

// TestUserData: what the user gives to cloud-init is done, beside the driver's part.
func TestUserData(t *testing.T) {
	if os.Getenv("STOCK") != "all" {
		t.Skip("a part of make stock")
	}
	m := create(t, newRun(t), driver.MachineConfig{Name: "m", Image: fixture(t, "debian-12-cloud"), Quiesce: true,
		UserData: "bootcmd: [[touch, /run/mine]]\nwrite_files: [{path: /root/mine, content: hello}]\n"})
	if text := succeed(t, m, "test -e /run/mine; cat /root/mine"); text != "hello" {
		t.Errorf("the file is %q", text)
	}
	if timers := succeed(t, m, "systemctl list-timers --no-legend | wc -l"); timers != "0" {
		t.Errorf("%s timers run", timers)
	}
	settled(t, m)
}
