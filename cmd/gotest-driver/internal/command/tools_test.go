package command_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/tools"
	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// TestMain makes the test's program gotest-driver-tools, which has all commands, for program and for testscript, which
// calls it by the name gotest-driver.
func TestMain(m *testing.M) {
	execute := func() { os.Exit(command.Execute(os.Args, tools.All())) }
	if os.Getenv("GOTEST_DRIVER_TEST_MAIN") != "" {
		execute()
	}
	os.Setenv(suite.HistoryVariable, "") // the user's own stays as it is
	testscript.Main(buildtest.Tests{M: m}, map[string]func(){"gotest-driver": execute})
}
