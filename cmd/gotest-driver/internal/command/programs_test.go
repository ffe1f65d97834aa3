package command_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// TestLinked: gotest-driver does not link what makes each of its starts slower.
func TestLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/gotest-driver/gotest-driver/cmd/gotest-driver").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	for _, slow := range []string{"go.lsp.dev/protocol", "github.com/google/go-dap", "github.com/reeflective/readline", "github.com/bazelbuild/buildtools/build"} {
		if slices.Contains(linked, slow) {
			t.Errorf("gotest-driver links %s, which belongs into gotest-driver-tools", slow)
		}
	}
}

// TestTwoPrograms: gotest-driver continues as gotest-driver-tools for what it does not have, and says what is missing where
// that is not there.
func TestTwoPrograms(t *testing.T) {
	driver := buildtest.Driver(t)
	alone := filepath.Join(t.TempDir(), "gotest-driver")
	if out, err := exec.Command("cp", driver, alone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	script := filepath.Join(t.TempDir(), "one.star")
	for _, c := range []struct {
		program string
		args    []string
		stdin   string
		status  int
		out     string // a part of the output
	}{
		{driver, []string{"--help"}, "", 0, "Serve editors' debuggers"},
		{driver, []string{"lsp", "--help"}, "", 0, "Language Server Protocol"},
		{driver, []string{"repl", "--plain", "-o", filepath.Join(t.TempDir(), "out")}, "1 + 2\n", 0, "3"},
		{driver, []string{"run", "--interactive", script}, "", 2, "the script can't be read"},
		{driver, []string{"wrong"}, "", 2, `unknown command "wrong"`},
		{alone, []string{"check", "--explain", "all"}, "", 0, "unknown-machine"},
		{alone, []string{"version"}, "", 0, "gotest-driver "},
		{alone, []string{"lsp"}, "", 2, "gotest-driver-tools is neither beside " + alone},
		{alone, []string{"run", "--interactive", script}, "", 2, "gotest-driver-tools is neither beside " + alone},
	} {
		cmd := exec.Command(c.program, c.args...)
		cmd.Env = append(cmd.Environ(), "PATH=")
		cmd.Stdin = strings.NewReader(c.stdin)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.status || !strings.Contains(string(out), c.out) {
			t.Errorf("%s %v: status %d, %s; want status %d and %q", filepath.Base(c.program), c.args, code, out, c.status, c.out)
		}
	}
}
