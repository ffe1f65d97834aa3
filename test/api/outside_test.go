package api

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/testlog"
)

// TestOutside runs the tests of a module that uses this one. Its go.mod is completed in a copy, with the checksums of
// this module: nothing is downloaded.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"go.mod": "../outside/go.mod", "go.sum": "../../go.sum"} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-modfile="+filepath.Join(dir, "go.mod"), "-count=1", "./...")
	cmd.Dir = "../outside"
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, testlog.Brief(string(out)))
	}
}
