package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// apiCommand prints the reference.
func apiCommand() *cobra.Command {
	var format string
	var python bool
	cmd := &cobra.Command{
		Use:   "api [flags] [NAME…]",
		Short: "Print the reference of everything that a test script can call",
		Long: `Print what a test script can call: globals, classes with their methods, modules. With names, print only
these: a global, a class, a module, or one member (Machine.succeed).

The format pyi is a stub for Python's type checkers (mypy, pyright).`,
		Example: `  gotest-driver api Machine.wait_for_unit
  gotest-driver api --format markdown > reference.md
  gotest-driver api --format pyi > gotest.pyi && mypy --strict script.py`,
		RunE: func(cmd *cobra.Command, names []string) error {
			a := api.Load()
			w := cmd.OutOrStdout()
			if python {
				dir, err := bridge.Library()
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(w, dir)
				return err
			}
			if len(names) > 0 {
				if format != "text" {
					return fmt.Errorf("names work with --format text only")
				}
				return a.TextOf(w, names)
			}
			switch format {
			case "text":
				return a.Text(w)
			case "markdown":
				return a.Markdown(w)
			case "json":
				return a.JSON(w)
			case "pyi":
				return a.PYI(w)
			}
			return fmt.Errorf("--format %s: want text, markdown, json or pyi", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, markdown, json or pyi")
	cmd.Flags().BoolVar(&python, "python", false, "print the directory of package gotest instead, for editors and type checkers of Python")
	return cmd
}
