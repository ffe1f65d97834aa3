package command

import (
	"fmt"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/sibling"
)

// Tools are what the program gotest-driver-tools has beyond gotest-driver.
type Tools struct {
	Commands []Subcommand
	// Interactive, Debug and Attached run one script with a prompt: --interactive, --debug, --debug-hook-attach.
	Interactive, Debug, Attached func(cmd *cobra.Command, f *RunFlags, script string, c *driver.Config) error
	// OpenPage opens the page of --web.
	OpenPage OpenPage
}

// toolsName is the name of the program that has all commands.
const toolsName = "gotest-driver-tools"

// continueWithTools makes gotest-driver-tools the program of this process. It returns only where that fails.
func continueWithTools(args []string) error {
	program, err := sibling.Find(toolsName)
	if err == nil {
		err = syscall.Exec(program, args, os.Environ())
	}
	return fmt.Errorf("%w; this command, prompts, and the list of all commands need this program: make build and `go install ./cmd/...` make it", err)
}
