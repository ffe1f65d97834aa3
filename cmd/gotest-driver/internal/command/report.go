package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/report"
)

// reportCommand makes reports from a JSON log.
func reportCommand() *cobra.Command {
	var flags outputFlags
	plain := false
	cmd := &cobra.Command{
		Use:   "report FILE.jsonl",
		Short: "Make reports from the JSON log of a run",
		Long: `Make reports from the JSON log that "run --log-json FILE" wrote, even if the run was killed.
Without a flag the HTML report is written beside the log. Screenshots are embedded if their files are where
the log says, or beside the log.`,
		Example: `  # run.html from run.jsonl
  gotest-driver report run.jsonl

  # several at once
  gotest-driver report run.jsonl --html out/run.html --junit-xml out/junit.xml --xml out/log.xml

  # as lines, like on the terminal
  gotest-driver report run.jsonl --plain | less -R`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := args[0]
			outputs := flags.outputs("")
			if html := flags.files["html"]; !plain && len(outputs) == 0 {
				*html = strings.TrimSuffix(file, ".jsonl") + ".html"
				outputs = flags.outputs("")
			}
			err := report.Replay(cmd.Context(), file, outputs)
			var torn *report.TornError
			if errors.As(err, &torn) {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %v\n", err)
				err = nil
			}
			if err != nil {
				return err
			}
			if plain {
				if err := printRun(cmd, file); err != nil {
					return err
				}
			}
			for _, o := range outputs {
				fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", o.Path)
			}
			return nil
		},
	}
	cmd.AddCommand(mergeCommand())
	flags.add(cmd.Flags(), cmd.Name())
	cmd.Flags().BoolVar(&plain, "plain", false, "print the run as lines, with serial lines and failures")
	return cmd
}

// printRun prints the run.
func printRun(cmd *cobra.Command, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := cmd.OutOrStdout()
	p := report.NewPlain(w, report.PlainOptions{Serial: true, Level: report.Debug, Color: report.ColorWanted(w, os.Environ()), CI: report.DetectCI(os.Getenv)})
	err = report.FromJSONL(cmd.Context(), f, p)
	var torn *report.TornError
	if errors.As(err, &torn) {
		err = nil
	}
	return errors.Join(err, p.Close())
}
