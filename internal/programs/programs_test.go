package programs

import "testing"

// TestInstall names the packages of each system in its own words.
func TestInstall(t *testing.T) {
	for _, c := range []struct {
		release string
		names   []string
		want    string
	}{
		{"ID=debian\n", []string{"vde_switch", "vde_plug", "OVMF_CODE.fd"}, "apt install vde-switch vdeplug ovmf"},
		{"PRETTY_NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", []string{"python3"}, "apt install python3"},
		{"ID=fedora\nID_LIKE=\n", []string{"vde_switch", "vde_plug"}, "dnf install vde2"},
		{"ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\n", []string{"ip"}, "dnf install iproute"},
		{"ID=manjaro\nID_LIKE=arch\n", []string{"python3", "mmdebstrap"}, "pacman -S python, and what Debian has as mmdebstrap"},
		{"ID='opensuse-leap'\nID_LIKE=\"suse opensuse\"\n", []string{"OVMF_CODE.fd"}, "zypper install qemu-ovmf-x86_64"},
		{"ID=nixos\n", []string{"qemu-system-x86_64", "OVMF_CODE.fd"}, "nix-shell -p qemu"},
		{"ID=void\n", []string{"qemu-system-x86_64"}, "what Debian has as qemu-system-x86"},
		{"", []string{"a-program"}, "what Debian has as a-program"},
	} {
		_, ids := parse(c.release)
		if got := install(ids, c.names); got != c.want {
			t.Errorf("%q of %q: %s, want %s", c.names, c.release, got, c.want)
		}
	}
	if name, _ := parse("ID=x\nPRETTY_NAME=\"X 1\"\n"); name != "X 1" {
		t.Error(name)
	}
}
