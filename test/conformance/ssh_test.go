package conformance_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
)

// TestSSHBackdoor logs in to a guest that the host can't reach by network, with the command that the driver prints.
func TestSSHBackdoor(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	if _, err := exec.LookPath("vhost-device-vsock"); err != nil {
		t.Skip("needs vhost-device-vsock; make test fetches it")
	}
	binary, dir := buildtest.Driver(t), t.TempDir()
	script := filepath.Join(dir, "test.star")
	src := `
m = create_machine(guest = "debian", name = "server", ssh_backdoor = True)
m.start()
m.wait_until_succeeds("systemctl is-active ssh-vsock.socket", timeout = 120)
dump_machine_ssh()
m.wait_for_file("/root/by-ssh", timeout = 300)
m.shutdown()
# The device serves the next boot, too.
m.start()
m.wait_until_succeeds("systemctl is-active ssh-vsock.socket", timeout = 120)
`
	if err := os.WriteFile(script, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "run", "--plain", "-o", dir+"/out", script)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tried := false
	var printed strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		command, found := strings.CutPrefix(strings.TrimSpace(lines.Text()), "server: ssh ")
		if !found || tried {
			continue
		}
		tried = true
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		got, err := exec.CommandContext(ctx, "sh", "-c", "ssh "+command+" 'hostname; touch /root/by-ssh' 2>&1").CombinedOutput()
		cancel()
		if err != nil || !strings.Contains(string(got), "server\n") {
			t.Errorf("%v: %s", err, got)
		}
	}
	if err := cmd.Wait(); err != nil || !tried {
		t.Errorf("%v, the command was printed: %v\n%s", err, tried, testlog.Brief(printed.String()))
	}
}

// TestSSHBackdoorIsRefused: if vhost-device-vsock is missing or does not start, the error says so.
func TestSSHBackdoorIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the driver")
	}
	binary, bin := buildtest.Driver(t), t.TempDir()
	const src = "m = create_machine(guest = \"tiny\", name = \"server\", ssh_backdoor = True)\nm.start()\n"
	if _, err := exec.LookPath("vhost-device-vsock"); err != nil {
		if out, status, _ := runScript(t, binary, src); status != 2 || !strings.Contains(out, "needs the program vhost-device-vsock") {
			t.Errorf("status %d\n%s", status, testlog.Brief(out))
		}
	}
	fake := "#!/bin/sh\necho \"called with $*\" >&2\nexit 3\n"
	if err := os.WriteFile(filepath.Join(bin, "vhost-device-vsock"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	out, status, _ := runScript(t, binary, src)
	for _, want := range []string{"vhost-device-vsock ended at its start (exit status 3)", "called with --vm guest-cid=3,socket=", "/vm-state-server/vsock-guest,uds-path="} {
		if status != 2 || !strings.Contains(out, want) {
			t.Errorf("status %d, want %q\n%s", status, want, testlog.Brief(out))
		}
	}
}
