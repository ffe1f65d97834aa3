package config

import (
	"strings"
	"testing"
)

func TestArch(t *testing.T) {
	for _, arch := range []string{"", "x86_64", "aarch64", "riscv64"} {
		if err := (Machine{Name: "a", Guest: "tiny", Arch: arch}).Check(); err != nil {
			t.Errorf("%q: %v", arch, err)
		}
	}
	for want, m := range map[string]Machine{
		"did you mean aarch64?":            {Name: "a", Guest: "tiny", Arch: "arm64"},
		"says which QEMU it runs":          {Name: "a", StartScript: "run-a-vm", Arch: "aarch64"},
		"a container has no arch":          {Name: "a", Container: "container", Arch: "x86_64"},
		"efi is for machines of arch x86_": {Name: "a", Guest: "tiny", Arch: "riscv64", EFI: true},
	} {
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", m, err, want)
		}
	}
}
