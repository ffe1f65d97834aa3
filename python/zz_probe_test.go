package python

import (
	"os"
	"path/filepath"
	"testing"
)

func TestProbes(t *testing.T) {
	files, _ := filepath.Glob(os.Getenv("PROBES"))
	want := runCPython(t, files)
	for i, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			src, _ := os.ReadFile(f)
			compareOutcome(t, f, string(src), want[i])
			if t.Failed() {
				return
			}
			if _, fs, err := Migrate(f, string(src)); err != nil || len(fs) > 0 {
				t.Error("MIGRATE", err, fs)
			}
		})
	}
}
