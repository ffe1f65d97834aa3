// Package examples holds scripts that run as they are; its test runs each.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
	"github.com/gotest-driver/gotest-driver/internal/testlog"
)

// limit is how many seconds an example may take where QEMU emulates.
const limit = "600"

func TestMain(m *testing.M) { buildtest.Main(m) }

func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("boots guests")
	}
	files, err := filepath.Glob("*.star")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	binary := buildtest.Driver(t)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			if file == "vm-and-container.star" && os.Getuid() != 0 {
				t.Skip("containers need root")
			}
			out, err := exec.CommandContext(t.Context(), binary, "run", "--plain", "--global-timeout", limit, "-o", t.TempDir(), file).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, testlog.Brief(string(out)))
			}
		})
	}
}
