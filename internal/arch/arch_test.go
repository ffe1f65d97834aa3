package arch

import (
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	for _, name := range Names() {
		if a, err := Named(name); err != nil || a.Name != name {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
	for name, want := range map[string]string{"arm64": "did you mean aarch64?", "amd64": "did you mean x86_64?", "x86-64": "did you mean x86_64?", "sparc": "want x86_64, aarch64, riscv64"} {
		if _, err := Named(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
