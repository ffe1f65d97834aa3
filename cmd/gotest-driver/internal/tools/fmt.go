package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/format"
)

// fmtCommand formats scripts.
func fmtCommand() *cobra.Command {
	var only, showDiff bool
	cmd := &cobra.Command{
		Use:   "fmt [flags] FILE|DIRECTORY…",
		Short: "Format test scripts",
		Long: `Format test scripts in place, in the style of buildifier. Of a directory, all files that end in .star are
formatted. "-" formats the standard input to the standard output.

The exit status is 0 on success, 1 when --check or --diff found files that are not formatted, and 2 when
a file could not be formatted (the others are).`,
		Example: `  gotest-driver fmt tests/
  gotest-driver fmt --check tests/
  gotest-driver fmt --diff test.star
  gotest-driver fmt - < test.star`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("which files? (a directory means all .star files in it; - is the standard input)")
			}
			w := cmd.OutOrStdout()
			if len(args) == 1 && args[0] == "-" {
				src, err := userfile.All(cmd.Context(), cmd.InOrStdin(), "standard input")
				if err != nil {
					return err
				}
				return formatInput(w, src, only, showDiff)
			}
			paths, missing := command.Scripts(args)
			differ, errs := false, []error{missing}
			for _, p := range paths {
				if err := cmd.Context().Err(); err != nil {
					return err
				}
				changed, err := formatFile(cmd.Context(), w, p, only, showDiff)
				errs = append(errs, err)
				differ = differ || changed
			}
			if err := errors.Join(errs...); err != nil {
				return err
			}
			if differ && (only || showDiff) {
				return command.ErrFailed
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&only, "check", false, "change nothing; name the files that are not formatted")
	cmd.Flags().BoolVarP(&showDiff, "diff", "d", false, "change nothing; show what would change")
	return cmd
}

func formatInput(w io.Writer, src []byte, only, showDiff bool) error {
	out, err := format.File("stdin.star", src)
	if err != nil {
		return err
	}
	if !only && !showDiff {
		_, err = w.Write(out)
		return err
	}
	if bytes.Equal(src, out) {
		return nil
	}
	if showDiff {
		if err := writeDiff(w, "stdin.star", src, out); err != nil {
			return err
		}
	}
	return command.ErrFailed
}

func formatFile(ctx context.Context, w io.Writer, path string, only, showDiff bool) (bool, error) {
	src, err := userfile.Read(ctx, path)
	if err != nil {
		return false, err
	}
	out, err := format.File(path, src)
	if err != nil || bytes.Equal(src, out) {
		return false, err
	}
	switch {
	case showDiff:
		return true, writeDiff(w, path, src, out)
	case only:
		_, err = fmt.Fprintln(w, path)
		return true, err
	}
	return true, check.WriteFile(path, out)
}

func writeDiff(w io.Writer, path string, a, b []byte) error {
	d := diff.Diff(path, a, path+" (formatted)", b)
	_, d, _ = bytes.Cut(d, []byte("\n")) // the line "diff …"
	_, err := w.Write(d)
	return err
}
