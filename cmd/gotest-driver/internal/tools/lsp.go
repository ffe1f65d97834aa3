package tools

import (
	"errors"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/lsp"
)

// lspCommand serves editors.
func lspCommand() *cobra.Command {
	o := lsp.Options{Version: command.Version()}
	cmd := &cobra.Command{
		Use:   "lsp [flags]",
		Short: "Serve editors: diagnostics, completion, hover, rename and more for test scripts",
		Long: `Speak the Language Server Protocol over standard input and output. docs/editors.md shows how to set up
editors. The machines of a run are taken from --config, from --machines, from the file gotest.json next to the
script or above it, or from declarations in the script ("server: Machine").`,
		Example: `  gotest-driver lsp
  gotest-driver lsp --config driver.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			debug.SetGCPercent(400) // the heap is small: a collection after each keystroke would take longer than the check
			err := lsp.Serve(cmd.Context(), stdio{cancellable(cmd.InOrStdin()), os.Stdout}, o)
			if errors.Is(err, lsp.ErrUntidy) {
				return command.ErrFailed
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&o.Config, "config", "c", "", "driver configuration (JSON) that names the machines")
	cmd.Flags().StringSliceVar(&o.Machines, "machines", nil, "names of the machines, with commas between them")
	cmd.Flags().Bool("stdio", true, "speak over standard input and output (the only way; some editors pass this flag)")
	return cmd
}
