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
// directory below that of the flag. args are what the command line names in place of the scripts.
func (f *runFlags) runEach(cmd *cobra.Command, args, files []string) error {
	if err := f.reports.refuseShared(); err != nil {
		return err
	}
	lock, err := lockDir(f.outDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if files, err = f.matching(files); err != nil {
		return err
	}
	worst := exitPassed
	var bad []string
	used := map[string]int{}
	for _, file := range files {
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		name := strings.Trim(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), "<>")
		if used[name]++; used[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, used[name])
		}
		g := *f
		g.outDir, g.command = filepath.Join(f.outDir, name), append(without(os.Args, args), file)
		if file == stdinName {
			g.command[len(g.command)-1] = "-"
		}
		how := status(cmd.Context(), cmd, g.run(cmd, file))
		if how != exitPassed {
			bad = append(bad, file)
		}
		worst = max(worst, how)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), tally(len(files), bad))
	if worst != exitPassed {
		return &exitError{status: worst}
	}
	return nil
}

// tally returns the last line of a run of several scripts.
func tally(n int, bad []string) string {
	what := "scripts"
	if n == 1 {
		what = "script"
	}
	if len(bad) == 0 {
		return fmt.Sprintf("%d %s: all passed", n, what)
	}
	return fmt.Sprintf("%d %s: %d passed, %d did not: %s", n, what, n-len(bad), len(bad), strings.Join(bad, ", "))
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
func (f *runFlags) listTests(cmd *cobra.Command, files []string) error {
	for _, file := range files {
		src, err := f.source(file)
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
