package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// runEach runs several scripts one after the other, and continues when one fails or can't be run. Each has its own output
// directory below that of the flag.
func (f *runFlags) runEach(cmd *cobra.Command, files []string) error {
	if err := f.reports.refuseShared(); err != nil {
		return err
	}
	worst := exitPassed
	used := map[string]int{}
	for i, file := range files {
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if used[name]++; used[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, used[name])
		}
		g := *f
		g.outDir, g.command = filepath.Join(f.outDir, name), without(os.Args, slices.Delete(slices.Clone(files), i, i+1))
		worst = max(worst, status(cmd.Context(), cmd, g.run(cmd, file)))
	}
	if worst != exitPassed {
		return &exitError{status: worst}
	}
	return nil
}

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
func listTests(cmd *cobra.Command, files []string) error {
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if python.IsScript(file, src, "", dialect.Parse) {
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
