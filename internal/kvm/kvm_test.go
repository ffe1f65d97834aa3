package kvm

import "testing"

func TestCapable(t *testing.T) {
	for flags, want := range map[string]bool{
		"fpu vme svm sse":         true,
		"vmx":                     true,
		"fpu hypervisor":          false,
		"svm_lock nosvm vmxnotme": false,
	} {
		if got := capable([]byte("processor\t: 0\nmodel name\t: of vmx and svm\nflags\t\t: " + flags + "\nbugs\t\t:\n")); got != want {
			t.Errorf("%q: %v", flags, got)
		}
	}
}
