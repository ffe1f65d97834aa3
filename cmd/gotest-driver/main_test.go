package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
)

// TestMain makes the test's program the command itself, for program and for testscript, which calls it by its name.
func TestMain(m *testing.M) {
	if os.Getenv("GOTEST_DRIVER_TEST_MAIN") != "" {
		os.Exit(execute(os.Args))
	}
	os.Setenv(suite.HistoryVariable, "") // the user's own stays as it is
	testscript.Main(m, map[string]func(){"gotest-driver": func() { os.Exit(execute(os.Args)) }})
}

// program returns the command to run, which is this test's program.
func program(t *testing.T) string {
	t.Setenv("GOTEST_DRIVER_TEST_MAIN", "1")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// command runs a command in this process. It returns its output and its exit status.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := root(args)
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
	for _, s := range subcommands() {
		if got := s.make().Name(); got != s.name {
			t.Errorf("the command %q is listed as %q", got, s.name)
		}
	}
}
