package nspawn

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gotest-driver/gotest-driver/machine"
)

func TestHostName(t *testing.T) {
	for name, want := range map[string]string{"server": "server", "web_1": "web-1", "_a.b_": "a-b", "né": "n", "__": "container", "Ab-9": "Ab-9"} {
		if got := hostName(name); got != want {
			t.Errorf("%q is the host %q, want %q", name, got, want)
		}
	}
}

// prepared returns an instance that is not started, of a backend with a sandbox that does not exist yet.
func prepared(t *testing.T, b Backend, o machine.StartOptions) *instance {
	t.Helper()
	b.Sandbox = NewSandbox(nil)
	o.Console = io.Discard
	return newInstance(&b, o)
}

func TestStartScript(t *testing.T) {
	state := filepath.Join(t.TempDir(), "it's one")
	i := prepared(t, Backend{StartScript: "run-a-nspawn --quiet"}, machine.StartOptions{Name: "a", StateDir: state})
	defer syscall.Umask(syscall.Umask(0o077))
	command, err := i.prepareScript(i.b.StartScript)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(command, []string{"sh", "-c", "run-a-nspawn --quiet"}) {
		t.Errorf("the command is %q", command)
	}
	st, err := os.Stat(filepath.Join(state, "root"))
	if err != nil || st.Mode().Perm() != 0o755 {
		t.Errorf("the root directory has mode %v (%v): the container's users can't enter it", st.Mode(), err)
	}
	if len(i.undo) != 1 || !strings.Contains(i.undo[0][2], `'"'"'s one/root/var/empty`) {
		t.Errorf("what undoes it is %q", i.undo)
	}
}

func TestCommand(t *testing.T) {
	i := prepared(t, Backend{}, machine.StartOptions{Name: "web_1", SharedDir: "/run/a:b/shared"})
	words := i.command("/state/root")
	for _, want := range []string{"systemd-nspawn", "--directory=/state/root", "--machine=web-1", "--hostname=web-1", "--notify-ready=yes",
		"--private-network", `--bind=/run/a\:b/shared:/tmp/shared`} {
		if !slices.Contains(words, want) {
			t.Errorf("%s is missing in %q", want, words)
		}
	}
	i.o.SharedDir = ""
	if words := i.command("/state/root"); slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "--bind") }) {
		t.Errorf("there is no directory to share: %q", words)
	}
}

// A root directory that can't be used is an error before any mount.
func TestUnusableRoot(t *testing.T) {
	dir := t.TempDir()
	colon := filepath.Join(dir, "a:b")
	for _, c := range []struct{ root, state, want string }{
		{colon, dir, "a:b can't be part of an overlay"}, {dir, colon, "a:b can't be part of an overlay"},
		{dir, filepath.Join(dir, "state"), "no directory usr"}, {filepath.Join(dir, "missing"), dir, "no root directory"},
	} {
		i := prepared(t, Backend{Root: c.root}, machine.StartOptions{Name: "a", StateDir: c.state})
		if _, err := i.prepareRoot(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	hosts := func() map[string]netip.Addr {
		return map[string]netip.Addr{"server": netip.AddrFrom4([4]byte{192, 168, 1, 2})}
	}
	upper := t.TempDir()
	defer syscall.Umask(syscall.Umask(0o077))
	i := prepared(t, Backend{Hosts: hosts}, machine.StartOptions{Name: "web_1"})
	if err := i.writeNames(upper); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"hostname": "web-1\n", "hosts": "127.0.1.1 web-1\n192.168.1.2 server\n"} {
		path := filepath.Join(upper, "etc", file)
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(string(text), want) {
			t.Errorf("%s is %q (%v), want %q", file, text, err, want)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v (%v): the container's users can't read it", file, st.Mode(), err)
		}
	}
}

func TestRebootIsRefused(t *testing.T) {
	_, err := (&Backend{}).Start(t.Context(), machine.StartOptions{Name: "a", AllowReboot: true})
	if err == nil || !strings.Contains(err.Error(), "allow_reboot") {
		t.Errorf("error %v, want one that names allow_reboot", err)
	}
}
