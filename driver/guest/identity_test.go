package guest

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestIdentityCommands has bash read the commands with other programs in place of those that change this host.
func TestIdentityCommands(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{
		"ip": `echo "ip $*" >>"$OUT"`, "networkctl": `echo "networkctl $*" >>"$OUT"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(dir, "root")
	for name, content := range map[string]string{
		"etc/hostname": "server\n", "etc/hosts": "", "sys/class/net/eth1/address": "52:54:00:01:01:aa\n", "proc/sys/kernel/hostname": "", "dev/urandom": "",
		"run/systemd/network/10-eth1.network": "[Match]\nName=eth1\n\n[Network]\nAddress=192.168.1.1/24\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, card := range []string{"eth1", "52:54:00:01:01:aa"} {
		out := filepath.Join(dir, "out")
		_ = os.Remove(out)
		identity := Identity{Name: "node1", Seed: "seed", Cards: []NewCard{{Card: card, MAC: "52:54:00:01:02:bb", Address: netip.MustParsePrefix("192.168.1.2/24")}},
			Hosts: map[string]netip.Addr{"node1": netip.MustParseAddr("192.168.1.2"), "b'c": netip.MustParseAddr("192.168.1.3")}}
		apart, _ := identity.Commands()
		for _, top := range []string{"/etc", "/sys", "/proc", "/dev", "/run"} {
			apart = strings.NewReplacer(`"`+top+"/", `"`+root+top+"/", " "+top+"/", " "+root+top+"/", ">"+top+"/", ">"+root+top+"/", "<"+top+"/", "<"+root+top+"/", "="+top+"/", "="+root+top+"/").Replace(apart)
		}
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", apart)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "OUT="+out)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for name, want := range map[string]string{
			"proc/sys/kernel/hostname": "node1\n", "etc/hostname": "node1\n", "dev/urandom": "seed",
			"etc/hosts":                           "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n192.168.1.3 b'c\n192.168.1.2 node1\n",
			"run/systemd/network/10-eth1.network": "[Match]\nName=eth1\n\n[Network]\nAddress=192.168.1.2/24\n",
		} {
			if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
				t.Errorf("%s: %s has %q, want %q (%v)", card, name, got, want, err)
			}
		}
		got, err := os.ReadFile(out)
		if want := "ip link set eth1 down\nip link set eth1 address 52:54:00:01:02:bb\nip link set eth1 up\nip -4 -o addr show dev eth1\n" +
			"ip -4 addr flush dev eth1\nip addr add 192.168.1.2/24 broadcast + dev eth1\n"; err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s: called were\n%s, want\n%s (%v)", card, got, want, err)
		}
	}
}

// TestIdentityOfOthers: only the built-in guests' addresses and files are known.
func TestIdentityOfOthers(t *testing.T) {
	apart, joined := Identity{Name: "a", Cards: []NewCard{{Card: "52:54:00:01:01:aa", MAC: "52:54:00:01:02:bb", Address: netip.MustParsePrefix("192.168.1.2/24")}}}.Commands()
	if strings.Contains(apart, "192.168") || !strings.Contains(apart, "hosts=''\n") || joined != "" {
		t.Errorf("%s\n%s", apart, joined)
	}
}
