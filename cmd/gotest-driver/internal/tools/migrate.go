package tools

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// migrateCommand translates scripts in Python.
func migrateCommand() *cobra.Command {
	var output, report string
	var write, list bool
	cmd := &cobra.Command{
		Use:   "migrate [FILE.py…]",
		Short: "Translate Python test scripts to Starlark",
		Long: `Translate Python test scripts to typed Starlark as a person would write it: formatted, with
their comments, and passing the check.

A place without such a form is a finding, with its position, the reason and often a hint how to write it. A file with
findings is not translated, and can stay in Python: "gotest-driver run test.py" runs it unchanged. Without a file, or
with -, standard input is read.

The exit status is 0 when all files were translated, 1 when there are findings, and 2 when a file could not be read
or is not Python (the others are translated).`,
		Example: `  gotest-driver migrate test.py                 print the translation
  gotest-driver migrate -o test.star test.py    write it to a file
  gotest-driver migrate --write tests/*.py      write tests/x.star for each tests/x.py
  gotest-driver migrate --report nixos/tests    show what can be translated in a tree of .nix and .py files
  gotest-driver migrate --report . --findings   list each place too`,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if report != "" {
				if len(args) > 0 {
					return errors.New("--report takes a directory and no files")
				}
				return runReport(cmd, report, list)
			}
			if output != "" && (write || len(args) > 1) {
				return errors.New("-o takes one file, and can't be combined with --write")
			}
			if write && len(args) == 0 {
				return errors.New("--write needs files")
			}
			if len(args) == 0 {
				args = []string{"-"}
			}
			var errs []error
			found := false
			for _, file := range args {
				err := migrate(cmd, file, output, write)
				if found = found || err == command.ErrFailed; err != command.ErrFailed {
					errs = append(errs, err)
				}
			}
			if err := errors.Join(errs...); err != nil || !found {
				return err
			}
			return command.ErrFailed
		},
	}
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "", "write the translation to this `file` (-: standard output)")
	f.BoolVarP(&write, "write", "w", false, "write the translation of x.py to x.star beside it")
	f.StringVar(&report, "report", "", "print a table of what can be translated below a `directory`")
	f.BoolVar(&list, "findings", false, "with --report: list each finding")
	return cmd
}

func runReport(cmd *cobra.Command, dir string, list bool) error {
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	scripts, err := python.Report(cmd.Context(), dir)
	if err != nil {
		return err
	}
	return python.WriteReport(cmd.OutOrStdout(), dir, scripts, list)
}

func migrate(cmd *cobra.Command, file, output string, write bool) error {
	var src []byte
	var err error
	name := file
	if file == "-" {
		if write {
			return errors.New("--write can't write beside standard input: give a file, or -o")
		}
		name = "<stdin>"
		src, err = userfile.All(cmd.Context(), cmd.InOrStdin(), "standard input")
	} else {
		src, err = userfile.Read(cmd.Context(), file)
	}
	if err != nil {
		return err
	}
	text, findings, err := python.Migrate(cmd.Context(), name, string(src))
	if err != nil {
		return err
	}
	if len(findings) > 0 {
		for _, f := range findings {
			fmt.Fprintln(cmd.ErrOrStderr(), f)
		}
		return command.ErrFailed
	}
	switch {
	case write:
		output = strings.TrimSuffix(file, filepath.Ext(file)) + ".star"
		if output == file {
			return fmt.Errorf("%s is already a Starlark file", file)
		}
	case output == "", output == "-":
		_, err := io.WriteString(cmd.OutOrStdout(), text)
		return err
	}
	return wholefile.WriteBytes(output, 0o644, []byte(text))
}
