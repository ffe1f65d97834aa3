// Package buildtest builds the project's programs for tests that run them like a user.
package buildtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const commands = "github.com/gotest-driver/gotest-driver/cmd/"

// built is the directory of the programs, empty until a test needs them.
var built string

var build = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "gotest-driver-build-")
	if err != nil {
		return err
	}
	built = dir
	out, err := exec.Command("go", "build", "-o", dir, commands+"...").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	return nil
})

// Driver returns the path of gotest-driver; the other programs are in the same directory. They are built once for all tests of a
// package, whose TestMain must call Main.
func Driver(t testing.TB) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(built, "gotest-driver")
}

// Main runs the tests of a package, removes the programs, and ends the test's program.
func Main(m *testing.M) { os.Exit(Tests{m}.Run()) }

// Tests are the tests of a package, for a TestMain that does more than Main.
type Tests struct{ *testing.M }

// Run runs the tests and removes the programs.
func (t Tests) Run() int {
	code := t.M.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	return code
}
