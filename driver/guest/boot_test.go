//go:build linux

package guest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file boot the built images with QEMU alone, without the driver; -short skips them.

// bootLimit is for a busy machine without KVM.
const bootLimit = 5 * time.Minute

// vm is a guest under QEMU, with its root shell.
type vm struct {
	t      *testing.T
	shell  net.Conn
	reader *bufio.Reader
	qmp    net.Conn
	ended  chan error
	serial *bytes.Buffer // read after the end only
}

// boot starts the named guest and waits for its root shell.
func boot(t *testing.T, name string, words Words, more ...string) *vm {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	qemu := os.Getenv("GOTEST_QEMU")
	if qemu == "" {
		qemu = "qemu-system-x86_64"
	}
	image, err := Ensure(t.Context(), name, Options{Progress: func(p Progress) {
		if !p.Detail {
			t.Logf("%s: %s", p.Guest, p.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "shell"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	accel, cpu := "tcg,thread=multi", "max"
	if kvm.Usable() {
		accel, cpu = "kvm", "host"
	}
	kernel := image.Kernel
	for _, word := range more {
		if strings.Contains(word, "OVMF") {
			kernel = image.KernelEFI
		}
	}
	args := append([]string{
		"-accel", accel, "-cpu", cpu, "-m", strconv.Itoa(image.Memory), "-smp", strconv.Itoa(image.Cores),
		"-kernel", kernel, "-initrd", image.Initrd, "-append", strings.Join(append(image.Cmdline, words.Cmdline()...), " "),
		"-device", "virtio-serial", "-chardev", "socket,id=shell,path=" + filepath.Join(dir, "shell"),
		"-device", "virtconsole,chardev=shell", "-device", "virtio-rng-pci", "-serial", "stdio", "-no-reboot", "-display", "none",
		"-qmp", "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off",
	}, image.QEMU...)
	if image.Disk != "" {
		args = append(args, "-drive", "file="+image.Disk+",format=raw,if=virtio,snapshot=on")
	}
	cmd := exec.Command(qemu, append(args, more...)...)
	serial := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = serial, serial
	start := time.Now()
	endWithTest(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := &vm{t: t, ended: make(chan error, 1), serial: serial}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		err := cmd.Wait()
		cancel()
		v.ended <- err
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if <-ctx.Done(); t.Failed() {
			t.Logf("serial console:\n%s", serial)
		}
	})
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	if v.shell, err = listener.Accept(); err != nil {
		t.Fatalf("QEMU ended: %v", err)
	}
	if err := v.shell.SetDeadline(time.Now().Add(bootLimit)); err != nil {
		t.Fatal(err)
	}
	v.reader = bufio.NewReader(v.shell)
	for {
		line, err := v.reader.ReadString('\n')
		if err != nil {
			t.Fatalf("no root shell: %v", err)
		}
		if strings.Contains(line, "Spawning backdoor root shell...") {
			break
		}
	}
	t.Logf("%s: root shell after %.1f s", name, time.Since(start).Seconds())
	if v.qmp, err = net.Dial("unix", filepath.Join(dir, "qmp")); err != nil {
		t.Fatal(err)
	}
	v.command("qmp_capabilities", "")
	return v
}

// run returns the output of a command that must succeed. It waits at most bootLimit.
func (v *vm) run(command string) string {
	v.t.Helper()
	status, out := v.try(command)
	if status != 0 {
		v.t.Fatalf("%s: status %d, output %q", command, status, out)
	}
	return out
}

// try returns the status and output of a command.
func (v *vm) try(command string) (int, string) {
	v.t.Helper()
	quoted := "'" + strings.ReplaceAll(command, "'", `'\''`) + "'"
	if err := v.shell.SetDeadline(time.Now().Add(bootLimit)); err != nil {
		v.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(v.shell, "(bash -c %s) 2>&1 </dev/null | sed 's/^/=/'; echo \"!${PIPESTATUS[0]}\"\n", quoted); err != nil {
		v.t.Fatal(err)
	}
	var out strings.Builder
	for {
		line, err := v.reader.ReadString('\n')
		if err != nil {
			v.t.Fatalf("%s: %v", command, err)
		}
		text, isOut := strings.CutPrefix(line, "=")
		if isOut {
			out.WriteString(text)
			continue
		}
		status, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "!")))
		if err != nil {
			v.t.Fatalf("%s: the shell says %q", command, line)
		}
		return status, out.String()
	}
}

// command sends a QMP command with JSON arguments.
func (v *vm) command(name, arguments string) {
	v.t.Helper()
	if arguments == "" {
		arguments = "{}"
	}
	if _, err := fmt.Fprintf(v.qmp, `{"execute": %q, "arguments": %s}`+"\n", name, arguments); err != nil {
		v.t.Fatal(err)
	}
}

// off waits for QEMU to end by itself.
func (v *vm) off() {
	v.t.Helper()
	start := time.Now()
	select {
	case err := <-v.ended:
		if err != nil {
			v.t.Errorf("QEMU: %v", err)
		}
		v.t.Logf("off after %.1f s", time.Since(start).Seconds())
	case <-time.After(bootLimit):
		v.t.Error("the guest does not power off")
	}
}

func (v *vm) contains(command, want string) {
	v.t.Helper()
	if out := v.run(command); !strings.Contains(out, want) {
		v.t.Errorf("%s: %q does not contain %q", command, out, want)
	}
}

// twoCards are the network cards of the tests, in QEMU's order: the words swap their names.
var twoCards = []string{
	"-netdev", "user,id=a", "-device", "virtio-net-pci,netdev=a,mac=52:54:00:00:00:0a,romfile=",
	"-netdev", "user,id=b", "-device", "virtio-net-pci,netdev=b,mac=52:54:00:00:00:0b,romfile=",
}

func swapped(t *testing.T) Words {
	t.Helper()
	mac := func(s string) net.HardwareAddr {
		m, err := net.ParseMAC(s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	return Words{
		Hostname: "node-7",
		Cards: []Card{
			{Name: "eth1", Address: netip.MustParsePrefix("192.168.1.7/24"), MAC: mac("52:54:00:00:00:0a")},
			{Name: "eth0", DHCP: true, MAC: mac("52:54:00:00:00:0b")},
		},
		Hosts: map[string]netip.Addr{"node-7": netip.MustParseAddr("192.168.1.7"), "peer": netip.MustParseAddr("192.168.1.8")},
	}
}

// checkNetwork checks the network that swapped describes.
func (v *vm) checkNetwork() {
	v.t.Helper()
	v.contains("hostname", "node-7")
	v.contains("ip addr show dev eth1", "192.168.1.7/24")
	v.contains("ip link show dev eth1", "52:54:00:00:00:0a")
	v.contains("ip link show dev eth0", "52:54:00:00:00:0b")
	v.contains("until ip addr show dev eth0 | grep 10.0.2.15; do sleep 0.1; done", "10.0.2.15")
	v.contains("grep -w peer /etc/hosts", "192.168.1.8")
	v.run("ping -c 1 -W 60 node-7")
	v.run("ip link add link eth1 name eth1.5 type vlan id 5 && ip link show eth1.5")
}

func TestTiny(t *testing.T) {
	shared := t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, "from-host"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := boot(t, "tiny", swapped(t), append(twoCards,
		"-virtfs", "local,path="+shared+",security_model=none,mount_tag=shared",
		"-chardev", "null,id=port", "-device", "virtserialport,chardev=port,name=port")...)
	v.checkNetwork()
	v.contains("cat /tmp/shared/from-host", "hello")
	v.run("echo back > /tmp/shared/from-guest")
	if data, err := os.ReadFile(filepath.Join(shared, "from-guest")); err != nil || string(data) != "back\n" {
		t.Errorf("the guest wrote %q, %v", data, err)
	}
	v.run("ls /dev/vport*")
	v.run("for p in timeout base64 sha256sum nc ip stty; do type $p; done")
	v.contains("echo foobar | su alice -c id", "uid=1000")
	v.contains("until cat /dev/vcs1 | grep login:; do sleep 0.1; done", "node-7 login:")
	if out := v.run("cat /dev/vcs1 | wc -c"); strings.TrimSpace(out) != "2000" {
		t.Errorf("the text console has %s characters, want 80x25", out)
	}
	v.command("system_powerdown", "")
	v.off()
}

func TestTinyEFI(t *testing.T) {
	const firmware = "/usr/share/OVMF/OVMF_CODE.fd"
	if _, err := os.Stat(firmware); err != nil {
		t.Skipf("no OVMF here: %v", err)
	}
	vars, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS.fd")
	if err != nil {
		t.Skip(err)
	}
	own := filepath.Join(t.TempDir(), "vars.fd")
	if err := os.WriteFile(own, vars, 0o644); err != nil {
		t.Fatal(err)
	}
	v := boot(t, "tiny", Words{}, "-drive", "if=pflash,format=raw,readonly=on,file="+firmware, "-drive", "if=pflash,format=raw,file="+own)
	v.contains("ls /sys/firmware/efi/efivars", "BootOrder-")
	v.contains("hostname", "tiny")
	_, _ = io.WriteString(v.shell, "poweroff\n")
	v.off()
}

func TestDebian(t *testing.T) {
	shared := t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, "from-host"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := boot(t, "debian", swapped(t), append(twoCards, "-virtfs", "local,path="+shared+",security_model=none,mount_tag=shared")...)
	start := time.Now()
	v.contains("until systemctl is-system-running | grep -E 'running|degraded'; do sleep 0.2; done", "running")
	t.Logf("system running %.1f s later", time.Since(start).Seconds())
	v.checkNetwork()
	v.contains("cat /tmp/shared/from-host", "hello")
	v.contains("until curl -sf http://localhost/; do sleep 0.5; done", "nginx")
	v.contains("until nc -w 5 localhost 22 </dev/null | grep SSH; do sleep 0.5; done", "SSH-2.0")
	v.contains("until fold -w 80 /dev/vcs1 | grep login:; do sleep 0.5; done", "node-7 login:")
	if out := v.run("cat /dev/vcs1 | wc -c"); strings.TrimSpace(out) != "2000" {
		t.Errorf("the text console has %s characters, want 80x25", out)
	}
	v.run("loginctl enable-linger alice")
	v.contains("until systemctl --user -M alice@ is-system-running | grep running; do sleep 0.2; done", "running")
	v.run("systemctl start ssh.service && systemctl is-active ssh.service")
	v.run("df --output=avail -BM / | tail -1 | grep -E '[0-9]{4}M'")
	_, _ = io.WriteString(v.shell, "poweroff\n")
	v.off()
}

func TestDesktop(t *testing.T) {
	v := boot(t, "desktop", Words{})
	v.run("export DISPLAY=:0; until xwininfo -root; do sleep 0.5; done")
	v.contains("DISPLAY=:0 xwininfo -root", "1024x768")
	v.run("until pgrep -x twm; do sleep 0.5; done")
	v.run("DISPLAY=:0 xterm -T marker >/dev/null 2>&1 </dev/null & exit 0")
	v.run("export DISPLAY=:0; until xwininfo -root -tree | grep marker; do sleep 0.5; done")
	v.contains("DISPLAY=:0 xwd -root -silent | wc -c", "3148")
	v.command("system_powerdown", "")
	v.off()
}

func TestContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a guest")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can make containers")
	}
	image, err := Ensure(t.Context(), "container", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/usr/lib/systemd/systemd", "/usr/sbin/nginx", "/usr/bin/curl", "/usr/bin/xdotool", "/usr/bin/xwd", "/usr/bin/Xvfb"} {
		if _, err := os.Stat(filepath.Join(image.Root, name)); err != nil {
			t.Error(err)
		}
	}
	out, err := exec.Command("chroot", image.Root, "/usr/bin/id", "alice").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "uid=1000") {
		t.Errorf("%s, %v", out, err)
	}
}
