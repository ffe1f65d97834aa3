// Package lspcmd holds the command lsp.
package lspcmd

import (
	"errors"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/lsp"
)

// New is the command lsp. version is the program's.
func New(version string) *cobra.Command {
	o := lsp.Options{Version: version}
	cmd := &cobra.Command{
		Use:   "lsp [flags]",
		Short: "Serve editors: diagnostics, completion, hover, rename and more for test scripts",
		Long: `Speak the language server protocol over standard input and output. docs/editors.md shows how editors are set
up. The machines of a run are taken from --config, from --machines, from the file gotest.json next to the
script or above it, or from declarations in the script ("server: Machine").`,
		Example: `  gotest-driver lsp
  gotest-driver lsp --config driver.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			debug.SetGCPercent(400) // the heap is small: collecting after each keystroke would take more time than checking
			return lsp.Serve(cmd.Context(), stdio{cmd.InOrStdin(), cmd.OutOrStdout()}, o)
		},
	}
	cmd.Flags().StringVarP(&o.Config, "config", "c", "", "driver configuration (JSON) that names the machines")
	cmd.Flags().StringSliceVar(&o.Machines, "machines", nil, "names of the machines, with commas between them")
	cmd.Flags().Bool("stdio", true, "speak over standard input and output, as some editors ask for (there is no other way)")
	return cmd
}

// stdio is the standard input and output as one stream.
type stdio struct {
	in  io.Reader
	out io.Writer
}

func (s stdio) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s stdio) Write(p []byte) (int, error) { return s.out.Write(p) }

// Close closes what can be closed.
func (s stdio) Close() error {
	var errs []error
	for _, x := range []any{s.in, s.out} {
		if c, ok := x.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
