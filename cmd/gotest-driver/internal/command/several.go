package command

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// without returns a command line without some of its arguments. A flag's value may have the same text as an argument, so it
// searches from the end.
func without(words, gone []string) []string {
	out := slices.Clone(words)
	for _, g := range gone {
		for i := len(out) - 1; i > 0; i-- {
			if out[i] == g {
				out = slices.Delete(out, i, i+1)
				break
			}
		}
	}
	return out
}

// listTests prints the test functions of scripts, one per line: file:line, name, title.
func (f *RunFlags) listTests(cmd *cobra.Command, files []string) error {
	for _, file := range files {
		src, err := f.source(cmd.Context(), file)
		if err != nil {
			return err
		}
		if syntax.IsScript(file, src, "", dialect.Parse) {
			continue // the file as a whole is one test
		}
		tests, err := script.TestsOf(file, src)
		if err != nil {
			return err
		}
		for _, t := range tests {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s:%d\t%s\t%s\n", file, t.Pos.Line, t.Name, t.Title); err != nil {
				return err
			}
		}
	}
	return nil
}
