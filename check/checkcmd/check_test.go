package checkcmd

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gotest-driver": func() {
		root := &cobra.Command{Use: "gotest-driver", SilenceErrors: true, SilenceUsage: true}
		root.AddCommand(New("test"), NewFmt())
		err := root.Execute()
		var exit ExitError
		switch {
		case errors.As(err, &exit):
			os.Exit(exit.ExitCode())
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}})
}

func TestCommands(t *testing.T) { testscript.Run(t, testscript.Params{Dir: "testdata"}) }
