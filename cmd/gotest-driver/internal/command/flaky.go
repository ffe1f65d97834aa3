package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/report"
)

// flakyCommand lists the tests that sometimes fail.
func flakyCommand() *cobra.Command {
	history, days, asJSON := suite.DefaultHistory(), 0, false
	cmd := &cobra.Command{
		Use:   "flaky",
		Short: "List the tests that sometimes fail",
		Long: `List the tests that have both failed and passed, from the history that "run" keeps: those with the highest share
of failed tries first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 0 {
				return fmt.Errorf("--days %d: want 0 or more", days)
			}
			if history == "" {
				return errors.New("there is no history: name its file with --test-history")
			}
			h, err := suite.ReadHistory(history)
			if err != nil {
				return err
			}
			var since time.Time
			if days > 0 {
				since = time.Now().AddDate(0, 0, -days)
			}
			tests := h.FlakyTests(since)
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(tests)
			}
			if len(tests) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "no test of %s has both failed and passed\n", history)
				return nil
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "FAILED\tTRIES\tFLAKY RUNS\tSINCE\tLAST\tTEST\tLAST FAILURE")
			for _, t := range tests {
				const day = "2006-01-02"
				fmt.Fprintf(w, "%d %%\t%d\t%d of %d\t%s\t%s\t%s\t%s\n", 100*t.Failures/t.Tries, t.Tries, t.Flaky, t.Runs,
					t.First.Format(day), t.Last.Format(day), report.Clean(t.Test), report.Clean(t.Message))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&history, "test-history", history, "`file` of the history")
	cmd.Flags().IntVar(&days, "days", 0, "only runs of so many days (0: all)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
