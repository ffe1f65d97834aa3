package command

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// program returns the command to run, which is this test's program.
func program(t *testing.T) string {
	t.Setenv("GOTEST_DRIVER_TEST_MAIN", "1")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// command runs a command of gotest-driver in this process. It returns its output and its exit status.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return Command(t, nil, stdin, args...)
}

// Command runs a command of either program.
func Command(t *testing.T, tools *Tools, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd, _ := root(args, tools)
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err := cmd.ExecuteContext(t.Context())
	code = status(t.Context(), cmd, err)
	return out.String(), errs.String(), code
}

// Each command is found by the name in its usage; otherwise it would not be made.
func TestSubcommandNames(t *testing.T) {
	for _, s := range subcommands(nil) {
		if got := s.Make().Name(); got != s.Name {
			t.Errorf("the command %q is listed as %q", got, s.Name)
		}
	}
}
