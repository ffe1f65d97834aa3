package modules

import "testing"

// BenchmarkNew measures the modules' share of the driver's start.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Options{Environ: []string{"A=b"}})
	}
}
